"""The pages of webhooks: what their managers see and do, and that nobody else sees that there are any."""

import re

import pytest
import sqlalchemy as sa
from markupsafe import escape

from cass_portal.db import db
from cass_portal.delivery.models import Delivery, DeliveryState, RecipientRole, SendingPause
from cass_portal.history import Event, EventKind, record
from cass_portal.hooks.lifecycle import HookState
from cass_portal.hooks.models import HookKind, Webhook
from cass_portal.hooks.signing import secret_of, written_out
from tests import factories
from tests.hooks.deeds import happen, world

KEY = "tests only: not a secret, but long enough"
GIVEN = {
    "kind": "webhook",
    "name": "Tracker",
    "url": "https://hooks.example.org/in",
    "wishes": ["assignments"],
}
CHAT_URL = "https://hooks.slack.example.org/services/T0/B0/s3cr3t"


@pytest.fixture
def hook(alpha, lead):
    return factories.hook(alpha, by=lead, name="Tracker")


@pytest.fixture
def browser(lead, browser_of):
    return browser_of(lead)


def after(browser, path, sent=None):
    """The page that an act leads to."""
    answer = browser.send(path, sent)
    assert answer.status_code == 303
    return browser.get(answer.headers["Location"]).text


def hooks():
    db.session.rollback()
    return list(db.session.scalars(sa.select(Webhook).order_by(Webhook.id)))


def test_a_lead_sets_one_up_and_sees_its_page(alpha, lead, browser):
    page = after(browser, "/desk/webhooks/new/ALPHA/", GIVEN)

    [hook] = hooks()
    assert (hook.organization_id, hook.name, hook.kinds) == (alpha.id, "Tracker", ["assignment.sent"])
    assert "“Tracker” is set up" in page
    assert written_out(secret_of(hook, key=KEY)) in page


def test_an_administrator_sets_up_the_consortiums_own(browser_of):
    browser = browser_of(factories.administrator())

    answer = browser.send("/desk/webhooks/new/", GIVEN | {"wishes": ["triage", "trouble"], "kind": "matrix"})

    [hook] = hooks()
    assert (answer.status_code, hook.organization_id, hook.kind) == (303, None, HookKind.MATRIX)
    assert "hook.given_up" in hook.kinds


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"url": "http://hooks.example.org/"}, "it must begin with https://"),
        ({"url": "https://10.0.0.1/"}, "it leads into an inner network"),
        ({"url": "https://localhost/"}, "its host is no public name"),
        ({"url": "https://example.org/" + "a" * 2000}, "at most 2,000 characters"),
        ({"url": ""}, "Give the address"),
        ({"name": ""}, "Give it a name."),
        ({"name": "n" * 81}, "cannot be longer than 80"),
        ({"wishes": []}, "Choose at least one."),
        ({"wishes": ["triage"]}, "is not a valid choice"),
        ({"kind": "pager"}, "Not a valid choice"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(wrong, words, browser):
    answer = browser.send("/desk/webhooks/new/ALPHA/", GIVEN | wrong)

    assert (answer.status_code, hooks()) == (200, [])
    assert words in re.sub(r"\s+", " ", answer.text)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\u202eevil", "a\0b", "{{ 7*7 }} & “more”"])
def test_a_name_is_shown_as_plain_text(text, browser):
    browser.send("/desk/webhooks/new/ALPHA/", GIVEN | {"name": text})

    for path in ("/desk/webhooks/", f"/desk/webhooks/{hooks()[0].id}/"):
        assert str(escape(hooks()[0].name)) in browser.get(path).text


def test_the_list_shows_only_what_somebody_manages(bravo, lead, hook, browser, browser_of):
    ada = factories.administrator()
    factories.hook(bravo, by=lead, name="Theirs")
    factories.hook(by=ada, name="Common")
    factories.hook(hook.organization, by=lead, name="Past", state=HookState.ENDED)

    def seen(viewer):
        page = viewer.get("/desk/webhooks/").text
        return {name for name in ("Tracker", "Theirs", "Common", "Past") if name in page}

    assert seen(browser) == {"Tracker"}
    assert seen(browser_of(ada)) == {"Tracker", "Theirs", "Common"}


def test_another_members_webhook_is_nowhere(bravo, lead, browser):
    theirs = factories.hook(bravo, by=lead, name="Theirs")
    db.session.commit()
    base = f"/desk/webhooks/{theirs.id}"

    found = {path: browser.get(base + path).status_code for path in ("/", "/edit", "/removal")}
    acts = ("/edit", "/rotation", "/tests", "/off", "/on", "/removal", "/deliveries/1/resending")
    done = {path: browser.send(base + path, GIVEN).status_code for path in acts}

    assert set(found.values()) | set(done.values()) == {404}
    assert db.session.scalars(sa.select(Event)).all() == []


def test_the_edit_form_keeps_kind_and_owner(hook, browser):
    page = browser.get(f"/desk/webhooks/{hook.id}/edit").text
    sent = GIVEN | {
        "name": "New",
        "wishes": ["status", "answers"],
        "version": str(hook.version),
        "kind": "slack",
    }

    answer = browser.send(f"/desk/webhooks/{hook.id}/edit", sent)

    [changed] = hooks()
    assert ('name="kind"' in page, 'value="https://hooks.example.org/in"' in page) == (False, True)
    assert (answer.status_code, changed.name, changed.kind) == (303, "New", HookKind.WEBHOOK)
    assert changed.kinds == ["announcement.updated", "feedback.reply_released", "feedback.published"]


def test_who_comes_second_is_told(hook, browser):
    sent = GIVEN | {"version": str(hook.version - 1)}

    assert browser.send(f"/desk/webhooks/{hook.id}/edit", sent).status_code == 409


def test_the_address_of_a_chat_is_shown_in_its_form_alone(alpha, lead, browser):
    chat = factories.hook(alpha, by=lead, kind=HookKind.SLACK, url=CHAT_URL)
    signed = factories.hook(alpha, by=lead, url="https://hooks.example.org/in?token=s3cr3t")
    paths = ["/desk/webhooks/", f"/desk/webhooks/{chat.id}/", f"/desk/webhooks/{chat.id}/removal",
             f"/desk/webhooks/{signed.id}/"]  # fmt: skip

    shown = {path for path in paths if "s3cr3t" in browser.get(path).text}

    assert shown == set()
    assert "https://hooks.slack.example.org/…" in browser.get(paths[1]).text
    assert "https://hooks.example.org/in?…" in browser.get(paths[3]).text
    assert CHAT_URL in browser.get(f"/desk/webhooks/{chat.id}/edit").text
    assert "whsec_" not in browser.get(paths[1]).text


def test_the_acts_of_the_page(hook, browser):
    base = f"/desk/webhooks/{hook.id}"

    words = [after(browser, base + path) for path in ("/rotation", "/tests", "/off", "/on", "/removal")]

    found = ["There is a new secret", "The test is sent", "is switched off", "is switched on", "is removed"]
    assert [each in text for each, text in zip(found, words, strict=True)] == [True] * 5
    assert "Show both secrets" in words[0]
    assert len(set(re.findall(r"whsec_[A-Za-z0-9+/=]{44}", words[0]))) == 2
    db.session.rollback()
    kinds = [each.kind for each in db.session.scalars(sa.select(Event).order_by(Event.id))]
    K = EventKind  # noqa: N806
    assert kinds == [K.HOOK_ROTATED, K.HOOK_TESTED, K.HOOK_CHANGED, K.HOOK_CHANGED, K.HOOK_ENDED]
    assert browser.get(base + "/").status_code == 404


def test_removing_asks_first_and_a_look_changes_nothing(hook, browser):
    page = browser.get(f"/desk/webhooks/{hook.id}/removal")

    assert "Remove “Tracker”?" in page.text
    assert hooks()[0].state == HookState.ACTIVE


def test_an_act_that_is_not_possible_says_so(hook, browser):
    browser.send(f"/desk/webhooks/{hook.id}/off")

    assert browser.send(f"/desk/webhooks/{hook.id}/off").status_code == 409


def test_the_log_shows_request_answer_and_time_and_sends_again(alpha, lead, browser, receiver, make_calls):
    hook = factories.hook(alpha, by=lead, url=receiver.url())
    receiver.answers.append((500, {}, b"<b>no & never</b>"))
    happen(EventKind.ASSIGNMENT_SENT, world(alpha, lead))
    make_calls()

    page = browser.get(f"/desk/webhooks/{hook.id}/").text
    [number] = re.findall(rf"/desk/webhooks/{hook.id}/deliveries/(\d+)/resending", page)
    told = after(browser, f"/desk/webhooks/{hook.id}/deliveries/{number}/resending")
    db.session.rollback()
    make_calls()
    again = browser.get(f"/desk/webhooks/{hook.id}/").text

    for words in (
        "assignment.sent",
        "It answered 500",
        "HTTP 500",
        "&lt;b&gt;no &amp; never&lt;/b&gt;",
        "CASS-7K3M",
    ):
        assert words in page
    assert "It is sent again" in told
    assert "Request and 2 answers" in again
    assert len(receiver.heard) == 2


def test_a_delivery_of_another_webhook_is_not_sent_again_here(bravo, lead, hook, browser, make_calls):
    factories.made(SendingPause(reason="x", began_at=hook.created_at, began_by_id=lead.id))
    for owner in (bravo, hook.organization):
        other = factories.hook(owner, by=lead)
        event = record(owner, EventKind.HOOK_TESTED, by=lead, hook=other.id, name=other.name)
        make_calls()
        [delivery] = db.session.scalars(sa.select(Delivery).where(Delivery.event_id == event.id))
        delivery.state = DeliveryState.FAILED

        answer = browser.send(f"/desk/webhooks/{hook.id}/deliveries/{delivery.id}/resending")

        assert (answer.status_code, delivery.webhook_id == other.id) == (404, True)


def test_a_long_log_has_pages(alpha, lead, hook, browser):
    for number in range(45):
        event = record(alpha, EventKind.HOOK_TESTED, by=lead, hook=hook.id, name=hook.name)
        db.session.add(
            Delivery(event=event, channel="webhook", role=RecipientRole.HOOK, address=f"hook:{hook.id}", webhook=hook,
                     state=DeliveryState.SENT, message_id=f"m{number}", created_at=hook.created_at,
                     next_at=hook.created_at)
        )  # fmt: skip
    path, lengths = f"/desk/webhooks/{hook.id}/", []

    while path:
        page = browser.get(path).text
        lengths.append(page.count("<code>hook.tested</code>"))
        older = re.search(r'href="([^"]*before=\d+)"', page)
        path = older[1] if older else None

    assert lengths == [20, 20, 5]


def test_one_and_thirty_take_as_many_questions(alpha, lead, hook, browser):
    def asked():
        statements = []
        listener = lambda *given: statements.append(given[2])  # noqa: E731
        sa.event.listen(db.engine, "before_cursor_execute", listener)
        browser.get("/desk/webhooks/")
        sa.event.remove(db.engine, "before_cursor_execute", listener)
        return len(statements)

    one = asked()
    for _ in range(10):
        factories.hook(alpha, by=lead)
        factories.hook(factories.organization(), by=lead)

    assert asked() == one


def test_who_manages_none_sees_none(alpha, browser_of):
    for person in (factories.person(agent_of=alpha), factories.coordinator()):
        assert browser_of(person).get("/desk/webhooks/").status_code == 403
