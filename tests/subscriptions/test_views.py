"""Subscribing in the browser, and the page behind the link."""

import re
from contextlib import suppress

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from cass_portal.announcements.lifecycle import EditionState
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.contents import NothingToSay
from cass_portal.delivery.letterhead import letterhead_of
from cass_portal.delivery.messages import parcel_for
from cass_portal.delivery.models import Channel, Delivery, DeliveryState
from cass_portal.delivery.recipients import recipients_of
from cass_portal.feedback.models import Visibility
from cass_portal.history import Event
from cass_portal.subscriptions import actions
from cass_portal.subscriptions.lifecycle import ALL_MATTERS, Matter, Scope
from cass_portal.subscriptions.links import link_token
from tests import factories
from tests.feedback.pages import send_raw
from tests.hostile import NAUGHTY
from tests.statements import count_queries
from tests.subscriptions.pages import ALL_KINDS, confirmation_of, link_to, soup, typed, words
from tests.subscriptions.rows import (
    EMAIL,
    KEY,
    F,
    about,
    everything_of,
    rule,
    states,
    subscribed,
    subscriber,
    told,
)


def rows():
    """How many there are, by table."""
    db.session.commit()
    return {
        table.name: db.session.execute(sa.select(sa.func.count()).select_from(table)).scalar()
        for table in db.metadata.sorted_tables
    }


def mails(app):
    """(address, text) of what the requests and events so far are told in mails of this room."""
    actions.answer_requests()
    db.session.commit()
    letterhead, found = letterhead_of(app), []
    for event in db.session.scalars(
        sa.select(Event).where(Event.subscriber_id.is_not(None)).order_by(Event.id)
    ):
        for number, each in enumerate(recipients_of(event)):
            delivery = Delivery(
                event=event, channel=Channel.EMAIL, role=each.role, address=each.address, created_at=now(),
                next_at=now(), message_id=f"m{event.id}-{number}", state=DeliveryState.PENDING,
            )  # fmt: skip
            db.session.add(delivery)
            db.session.flush()
            with suppress(NothingToSay):
                found.append((each.address, parcel_for(delivery, letterhead).content.decode()))
    db.session.rollback()
    return found


def test_subscribing_from_the_form_to_the_confirmed_page(app, client):
    factories.product("Kokkos")
    page = soup(client.get("/subscribe?product=kokkos"))
    chosen = [each["value"] for each in page.select("input[name=about][checked]")]

    answer = client.send(
        "/subscribe", typed(which="chosen", about=chosen, kinds=["status", "news"], frequency="daily")
    )
    (address, mail), *others = mails(app)
    link = re.search(r"http://localhost(/subscriptions/confirm/\S+)", mail)[1]
    shown = client.get(link)
    confirmed = client.send(link)
    reader = subscriber()

    assert (answer.status_code, answer.location) == (303, "/subscribe/asked")
    assert (chosen, others, address) == (["product:kokkos"], [], EMAIL)
    assert "Status notices and news about Kokkos" in words(shown)
    assert confirmed.status_code == 303
    assert states(reader) == [("daily", "runs")]
    assert everything_of(reader)[0].kinds == {Matter.STATUS, Matter.NEWS}
    assert "Confirmed" in words(client.get(confirmed.location))


@pytest.mark.once
def test_the_mail_holds_no_list_headers_and_nothing_that_was_typed(app, client):
    client.send("/subscribe", typed(email="Canary.Typed@Example.org", time_zone="America/Nuuk"))

    ((address, mail),) = mails(app)

    assert address == "canary.typed@example.org"
    assert re.findall(r"^List-.*", mail, re.MULTILINE) == []
    body = mail.partition("\n\n")[2]
    assert "canary" not in body.lower()
    assert "Nuuk" not in body


@pytest.mark.parametrize("known", [True, False])
def test_the_answer_is_the_same_for_every_address(client, known):
    if known:
        subscribed(rule())

    sent = [client.send("/subscribe", typed()), client.send("/subscribe/link", {"email": EMAIL})]

    assert [(each.status_code, each.location, each.text) for each in sent] == [
        (303, "/subscribe/asked", sent[0].text), (303, "/subscribe/link/asked", sent[1].text),
    ]  # fmt: skip
    assert EMAIL not in sent[0].text + sent[1].text
    assert rows()["subscription_request"] == 2
    assert [EMAIL in client.get(each.location).text for each in sent] == [False, False]


def test_the_link_is_mailed_to_subscribers_alone(app, client):
    reader = subscribed(rule())
    client.send("/subscribe/link", {"email": EMAIL})
    client.send("/subscribe/link", {"email": "nobody@example.org"})

    ((address, mail),) = mails(app)

    assert address == EMAIL
    assert f"http://localhost{link_to(reader)}" in mail


@pytest.mark.once
@pytest.mark.parametrize(
    "wrong",
    [
        "a@example.org, b@example.org", "a@example.org\u2028Bcc: b@example.org", "a@example.org\r\nBcc: b@example.org",
        "Name <a@example.org>", "a@example.org;b@example.org", '"a@example.org, b"@example.org', "", "nobody",
        "a@b@c.org",
        "a" * 300 + "@example.org", "ü@example.org", "\u202ea@example.org@x",
    ],
)  # fmt: skip
def test_only_one_address_is_taken(client, wrong):
    before = rows()

    answer = client.send("/subscribe", typed(email=wrong))

    assert answer.status_code == 422
    assert rows() == before


@pytest.mark.once
@pytest.mark.parametrize("field", ["email", "which", "about", "kinds", "frequency", "time_zone"])
def test_no_hostile_text_passes_or_breaks_the_form(client, field):
    client.checks_pages = False
    before = rows()

    for text in [*NAUGHTY[::8], "\ud800", "a\x00b", "a@example.org, b@example.org"]:
        fields = typed(kinds="news", which="chosen" if field == "about" else "everything") | {field: text}
        assert send_raw(client, fields, "/subscribe").status_code == 422, text
    assert rows() == before


@pytest.mark.once
def test_prefilling_takes_hostile_text(client):
    client.checks_pages = False

    for text in NAUGHTY[::6]:
        answer = client.get("/subscribe", query_string=dict.fromkeys((*Scope, "kinds"), text))
        assert answer.status_code == 200
        assert soup(answer).select("input[name=about][checked]") == []


def test_what_is_not_open_to_all_is_refused_as_unknown(client):
    editor = factories.coordinator()
    closed = factories.public_feedback()
    closed.state = "closed"
    hidden = [
        f"product:{factories.product(published=False).slug}",
        f"organization:{factories.organization(level='former').short_name}",
        f"announcement:{factories.announcement(by=editor, state=EditionState.DRAFT).slug}",
        f"announcement:{factories.announcement(by=editor, state=EditionState.AGREED).slug}",
        f"feedback:{factories.feedback().reference}",
        f"feedback:{closed.reference}",
    ]
    before = rows()
    unknown = [re.sub(r"[^:]+$", "unknown", each) for each in hidden]
    blank = re.compile("|".join(re.escape(each.split(":")[1]) for each in hidden) + "|unknown")

    refused = [client.send("/subscribe", typed(which="chosen", about=[each])) for each in hidden + unknown]
    prefilled = [client.get("/subscribe", query_string=dict([each.split(":")])) for each in hidden]

    assert {each.status_code for each in refused} == {422}
    masked = [blank.sub("…", re.sub(r'value="[^"]{60,}"', "", each.text)) for each in refused]
    half = len(hidden)
    assert masked[:half] == masked[half:]
    assert [soup(each).select("input[name=about][checked]") for each in prefilled] == [[]] * half
    assert rows() == before


def test_following_one_announcement_asks_only_how_often(client):
    shown = factories.announcement("Kokkos 5 is out", by=factories.coordinator())
    page = soup(client.get(f"/subscribe?announcement={shown.slug}"))

    client.send("/subscribe", typed(which="chosen", about=[f"announcement:{shown.slug}"], kinds=[]))
    actions.answer_requests()

    assert (page.select("input[name=kinds]"), page.select_one("input[name=about]")["type"]) == ([], "hidden")
    assert "Kokkos 5 is out" in page.main.text
    assert [(each.announcement, each.matters) for each in everything_of(subscriber())] == [
        (shown, ALL_MATTERS)
    ]


@pytest.mark.once
def test_machines_get_the_answer_and_nothing_happens(client):
    before = rows()

    sent = [
        client.send("/subscribe", typed(website="x")),
        client.send("/subscribe/link", {"email": EMAIL, "website": "x"}),
    ]

    assert [each.status_code for each in sent] == [303, 303]
    assert rows() == before


def test_two_confirmations_of_one_mail_begin_it_once(client):
    actions.ask(EMAIL, rules=[rule()], time_zone="UTC")
    link = confirmation_of(subscriber())

    answers = [client.send(link), client.send(link)]

    assert [each.status_code for each in answers] == [303, 200]
    assert "Nothing left to confirm" in words(answers[1])
    assert told() == ["subscription.asked", "subscription.confirmed"]


def test_preferences_change_add_and_take_back(client):
    kokkos = factories.product("Kokkos")
    reader = subscribed(rule(), about(kokkos, frequency=F.DAILY))
    first, second = everything_of(reader)
    link = link_to(reader)

    client.send(
        f"{link}/rules",
        {
            f"{first.id}-kinds": ALL_KINDS, f"{first.id}-frequency": "immediately",
            f"{second.id}-kinds": ["status"], f"{second.id}-frequency": "weekly",
        },
    )  # fmt: skip
    client.send(
        f"{link}/add", typed(which="chosen", about=["product:kokkos"], kinds=ALL_KINDS, frequency="daily")
    )
    client.send(f"{link}/time-zone", {"time_zone": "Europe/Berlin"})
    client.post(f"{link}/end/all")
    ended = states(reader)
    client.send(f"{link}/again/last")

    assert ended == [
        ("immediately", "unsubscribed"), ("daily", "changed"), ("weekly", "changed"), ("daily", "unsubscribed"),
    ]  # fmt: skip
    assert sorted(states(reader)[4:]) == [("daily", "runs"), ("immediately", "runs")]
    assert reader.time_zone == "Europe/Berlin"
    assert told()[2:] == [
        "subscription.changed", "subscription.confirmed", "subscription.changed", "subscription.ended",
        "subscription.confirmed",
    ]  # fmt: skip


def test_a_rule_without_a_kind_is_given_back_with_everything_typed(client):
    reader = subscribed(rule())
    number = everything_of(reader)[0].id

    answer = client.send(f"{link_to(reader)}/rules", {f"{number}-frequency": "weekly"})

    page = soup(answer)
    assert answer.status_code == 422
    assert page.select_one(f"select[name='{number}-frequency'] option[selected]")["value"] == "weekly"
    assert "Tick at least one kind" in words(answer)
    assert states(reader) == [("immediately", "runs")]


def test_no_more_rules_than_a_page_shows(client, monkeypatch):
    reader = subscribed(rule())
    factories.product("Kokkos")
    monkeypatch.setattr("cass_portal.subscriptions.views.preferences.RULES_SHOWN", 1)

    answer = client.send(f"{link_to(reader)}/add", typed(which="chosen", about=["product:kokkos"]))

    assert answer.status_code == 422
    assert "covers many products at once" in words(answer)
    assert states(reader) == [("immediately", "runs")]


def test_nobody_changes_what_is_anothers(client):
    mine, theirs = subscribed(rule()), subscribed(rule(), email="other@example.org")
    number = everything_of(theirs)[0].id

    client.send(f"{link_to(mine)}/rules", {f"{number}-kinds": ["news"], f"{number}-frequency": "weekly"})
    statuses = [
        client.send(f"{link_to(mine)}/{path}").status_code
        for path in (f"end/{number}", f"again/{number}", "end/none")
    ]

    assert statuses == [404, 404, 404]
    assert states(theirs) == [("immediately", "runs")]


@pytest.mark.parametrize(
    ("what", "left"), [("first", ["daily", "weekly"]), ("daily", ["immediately", "weekly"]), ("all", [])]
)
def test_one_click_needs_no_cookie_token_or_origin(app, what, left):
    reader = subscribed(
        rule(), about(factories.product(), frequency=F.DAILY), about(factories.product(), frequency=F.WEEKLY)
    )
    path = link_to(reader, f"/end/{everything_of(reader)[0].id if what == 'first' else what}")
    db.session.commit()
    program = FlaskClient(app, use_cookies=False)

    answer = program.post(path, data={"List-Unsubscribe": "One-Click"})
    again = program.post(path, data={"List-Unsubscribe": "One-Click"})

    assert [(each.status_code, each.headers.get("Set-Cookie")) for each in (answer, again)] == [
        (200, None)
    ] * 2
    db.session.expire_all()
    assert [each for each, state in states(reader) if state == "runs"] == left
    assert told().count("subscription.ended") == 1


def test_one_click_of_a_mail_from_before_a_change_ends_what_came_of_it(client):
    reader = subscribed(rule())
    before = everything_of(reader)[0]
    actions.change(before, matters=ALL_MATTERS, frequency=F.DAILY)

    client.post(link_to(reader, f"/end/{before.id}"))

    assert states(reader) == [("immediately", "changed"), ("daily", "unsubscribed")]


@pytest.mark.once
def test_a_page_elsewhere_cannot_end_anything(client):
    reader = subscribed(rule())
    path = link_to(reader, "/end/all")

    answers = [
        client.post(path, headers={"Origin": "https://evil.example"}),
        client.post(path, headers={"Sec-Fetch-Site": "cross-site"}),
    ]

    assert [each.status_code for each in answers] == [400, 400]
    assert states(reader) == [("immediately", "runs")]


def test_opening_every_link_changes_nothing(client):
    reader = subscribed(rule(), about(factories.product(), frequency=F.DAILY))
    actions.ask(EMAIL, rules=[rule(frequency=F.WEEKLY)], time_zone="UTC")
    first = everything_of(reader)[0].id
    paths = ["", "/end/all", "/end/daily", "/end/weekly", f"/end/{first}"]
    db.session.commit()
    before = (rows(), states(reader), told())

    answers = [
        client.open(path, method=method)
        for path in [*(link_to(reader, each) for each in paths), confirmation_of(reader)]
        for method in ("GET", "HEAD")
    ]

    assert {each.status_code for each in answers} == {200}
    assert {each.headers["Referrer-Policy"] for each in answers} == {"no-referrer"}
    assert {each.headers["Cache-Control"] for each in answers} == {"no-store"}
    db.session.expire_all()
    assert (rows(), states(reader), told()) == before


@pytest.mark.once
def test_forged_and_replaced_links_open_nothing(client):
    reader, other = subscribed(rule()), subscribed(rule(), email="other@example.org")
    old = link_to(reader)
    secret = link_token(other.id, 1, key=KEY).partition("-")[2]
    actions.new_link(reader)

    paths = [
        old,
        f"{old}/end/all",
        f"/subscriptions/{reader.id}-{secret}",
        "/subscriptions/0-",
        "/subscriptions/x",
    ]
    paths += [link_to(reader)[:-1], f"/subscriptions/confirm/{'x' * 40}", f"/subscriptions/{2**70}-{secret}"]

    assert {client.get(each).status_code for each in paths} == {404}
    assert client.get(link_to(reader)).status_code == 200


def test_an_erased_subscriber_has_no_page(client):
    reader = subscribed(rule())
    link = link_to(reader)
    reader.email, reader.erased_at = None, now()

    assert client.get(link).status_code == 404


def test_a_matter_that_is_hidden_again_has_no_subject_on_any_page(client):
    """Its reference was mailed; what it says by now is not for its subscribers."""
    item = factories.public_feedback(subject="The solver hangs")
    reader = subscribed(rule(item, Scope.FEEDBACK))
    [row] = everything_of(reader)
    pages = (link_to(reader), f"{link_to(reader)}/end/{row.id}")
    before = [item.subject in client.get(each).text for each in pages]

    item.visibility = Visibility.MEMBERS
    hidden = [client.get(each).text for each in pages]

    assert before == [True, True]
    assert [(item.reference in each, item.subject in each) for each in hidden] == [(True, False)] * 2


def test_lists_of_many_rules_need_as_many_statements(app, client):
    """As many for thirty as for two."""
    counts = []
    for number in (2, 30):
        reader = subscribed(
            *(about(factories.product()) for _ in range(number)), email=f"reader{number}@example.org"
        )
        client.get(link_to(reader))
        with count_queries() as seen:
            client.get(link_to(reader))
        counts.append(len(seen))

    assert counts[0] == counts[1]


@pytest.mark.once
def test_subscribing_is_limited_by_the_address_of_the_network(client, rate_limited):
    statuses = [
        client.send("/subscribe", typed(email=f"reader{number}@example.org")).status_code
        for number in range(25)
    ]

    assert 429 in statuses
    assert statuses.index(429) == statuses.count(303)
    assert rows()["subscription_request"] == statuses.count(303)
