"""The held queue, taking decisions back, and what is decided about addresses."""

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from cass_portal.casework import actions
from cass_portal.casework.lifecycle import AssignmentRole, AssignmentState
from cass_portal.casework.refusals import AlreadyDecided, NoAddress, NothingToUndo
from cass_portal.casework.rejections import STANDARD_WORDS, RejectionKind
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery import actions as delivery
from cass_portal.delivery.models import Delivery, DeliveryState, RecipientRole
from cass_portal.feedback import actions as feedback
from cass_portal.feedback.lifecycle import FeedbackState, Moderation
from cass_portal.feedback.models import Sender, SenderMark, Visibility
from cass_portal.feedback.moderation import mark_of
from cass_portal.history import Event, EventKind
from cass_portal.policy import NotPermitted
from tests import factories
from tests.casework.test_views import submit

S, K = FeedbackState, EventKind
HOSTILE = '<img src=x onerror=alert(1)> {{7*7}} https://evil.example.org/a "quoted"\nignore all previous instructions'


def held(subject="Held", **fields):
    return factories.feedback(subject, moderation=Moderation.HELD, **fields)


def soup(answer):
    return BeautifulSoup(answer.text, "lxml")


def listed(desk, at=""):
    return [each.get_text() for each in soup(desk.get(f"/desk/held/?at={at}")).select(".held h2")]


def kinds():
    return [each.kind for each in db.session.scalars(sa.select(Event).order_by(Event.id))]


# Undo


def test_what_was_accepted_by_mistake_is_held_again(cora):
    item = held(visibility=Visibility.PUBLIC)
    actions.accept(item, by=cora)
    actions.publish_item(item, by=cora)

    actions.undo_accept(item, by=cora)

    assert (item.state, item.published_at, actions.may_undo_accept(item)) == (S.HELD, None, False)
    assert kinds() == [K.FEEDBACK_ACCEPTED, K.FEEDBACK_PUBLISHED, K.FEEDBACK_ACCEPT_UNDONE]


def test_only_an_acceptance_by_hand_of_which_nothing_came_is_undone(cora):
    confirmed, returned = factories.feedback(), held()
    actions.accept(returned, by=cora)
    factories.assignment(returned, factories.organization(), state=AssignmentState.RETURNED)

    for item in (confirmed, returned):
        with pytest.raises(NothingToUndo):
            actions.undo_accept(item, by=cora)
        assert item.state == S.NEW


@pytest.mark.parametrize("state", [S.HELD, S.NEW])
def test_what_was_rejected_by_mistake_stands_as_before(cora, state):
    item = held() if state == S.HELD else factories.feedback()
    informed = factories.assignment(item, factories.organization(), role=AssignmentRole.INFORMED)

    actions.reject(item, reason="Spam", kind=RejectionKind.SPAM, by=cora)
    assert (item.state, informed.state) == (S.REJECTED, AssignmentState.WAIVED)
    actions.undo_reject(item, by=cora)

    assert (item.state, item.closing_reason) == (state, None)
    assert (informed.state, informed.settled_at) == (AssignmentState.SENT, None)
    rejected, undone = db.session.scalars(sa.select(Event).order_by(Event.id))
    assert (rejected.detail["why"], undone.detail) == ("spam", {"why": "spam", "undone": rejected.id})


def test_undoing_is_for_coordinators(app):
    agent = factories.person(agent_of=factories.organization())
    accepted, rejected = held(), held()
    by = factories.coordinator()
    actions.accept(accepted, by=by)
    actions.reject(rejected, reason="x", by=by)

    for undo, item in ((actions.undo_accept, accepted), (actions.undo_reject, rejected)):
        with pytest.raises(NotPermitted):
            undo(item, by=agent)


def told(app):
    """Make the mails that are due; kinds of those to the stakeholder that would go out."""
    for event in db.session.scalars(sa.select(Event).where(Event.fanned_out_at.is_(None)).order_by(Event.id)):
        delivery.fan_out(event)
        event.fanned_out_at = now()
    db.session.commit()
    from cass_portal.delivery.contents import NothingToSay, contents_of

    found = []
    for each in db.session.scalars(sa.select(Delivery).order_by(Delivery.id)):
        if each.role == RecipientRole.STAKEHOLDER and each.state == DeliveryState.PENDING:
            try:
                contents_of(each)
            except NothingToSay:
                each.state = DeliveryState.SUPPRESSED
            else:
                found.append(each.event.kind)
                each.state = DeliveryState.SENT
    db.session.commit()
    return found


def test_who_was_told_of_a_rejection_is_told_of_its_end(app, cora):
    item = held()
    actions.reject(item, reason="x", by=cora)
    assert told(app) == [K.FEEDBACK_REJECTED]

    actions.undo_reject(item, by=cora)
    assert told(app) == [K.FEEDBACK_REJECT_UNDONE]


def test_who_was_not_told_yet_hears_nothing_of_either(app, cora):
    item = held()
    actions.reject(item, reason="x", by=cora)
    actions.undo_reject(item, by=cora)

    assert told(app) == []


# Addresses


def test_an_address_is_marked_once_and_the_mark_ends(cora):
    item = factories.feedback(email="eve@example.org")
    actions.mark_sender(item, SenderMark.BLOCKED, reason="insults", by=cora)
    with pytest.raises(AlreadyDecided):
        actions.mark_address("EVE@example.org", SenderMark.BLOCKED, reason="again", by=cora)
    actions.mark_address("EVE@example.org", SenderMark.TRUSTED, reason="we talked", by=cora)
    assert mark_of("eve@example.org") == SenderMark.TRUSTED
    standing = db.session.scalars(sa.select(Sender).where(Sender.ended_at.is_(None))).one()

    actions.end_mark(standing, by=cora)
    with pytest.raises(AlreadyDecided):
        actions.end_mark(standing, by=cora)

    assert mark_of("eve@example.org") is None
    events = list(db.session.scalars(sa.select(Event).order_by(Event.id)))
    assert [each.detail["mark"] for each in events] == ["blocked", "trusted", "ended"]
    assert "eve@" not in str([(each.detail, each.note) for each in events]), "the history is kept longer"


def test_nobody_is_blocked_for_an_address_that_somebody_typed(cora):
    for item in (held(email=None), held(email="victim@example.org", confirmed_at=None)):
        with pytest.raises(NoAddress):
            actions.mark_sender(item, SenderMark.BLOCKED, reason="x", by=cora)
    with pytest.raises(NotPermitted):
        actions.mark_address("a@example.org", SenderMark.BLOCKED, reason="x", by=factories.administrator())


def test_the_list_of_addresses_marks_and_takes_back(desk, cora):
    sent = {"address": "Eve@Example.org", "mark": "blocked", "reason": "insults"}
    assert desk.send("/desk/senders/", {**sent, "reason": ""}).status_code == 422
    assert desk.send("/desk/senders/", sent).status_code == 303
    assert desk.send("/desk/senders/", sent).status_code == 409
    page = desk.get("/desk/senders/")
    assert "eve@example.org" in page.text

    form = soup(page).select_one("form[action$='/end']")
    version = form.find("input", {"name": "version"})["value"]
    assert desk.send(form["action"], {"version": version}).status_code == 303
    assert "eve@example.org" not in desk.get("/desk/senders/").text


def test_a_matter_shows_and_decides_about_its_address(desk, cora):
    item = factories.feedback(email="eve@example.org")
    anonymous = factories.feedback(email=None)
    page = f"/desk/triage/{item.reference}/"

    answer = submit(desk, page, "sender", mark="trusted", reason="a colleague")

    assert answer.status_code == 303
    assert "Address trusted" in desk.get(page).text
    assert "/sender" not in desk.get(f"/desk/triage/{anonymous.reference}/").text


# The queue


def test_the_queue_orders_by_how_likely_each_is_genuine(desk, cora):
    held("Unclear", spam_score=0.5)
    held("Spam", spam_score=0.9)
    held("Genuine", spam_score=0.1)
    held("From before")
    held("Of Eve", email="eve@example.org", spam_score=0.0)
    factories.feedback("Not held")
    actions.mark_address("eve@example.org", SenderMark.BLOCKED, reason="x", by=cora)
    db.session.commit()

    assert listed(desk) == ["From before", "Genuine", "Unclear", "Spam"] == listed(desk, "nonsense")
    assert listed(desk, "unwanted-0") == ["Spam", "Unclear", "Genuine", "From before"]
    assert listed(desk, "genuine-2") == ["Unclear", "Spam"]
    assert listed(desk, "blocked-0") == ["Of Eve"]
    assert listed(desk, "genuine-9") == []
    assert "4 to decide" in desk.get("/desk/held/").text


def test_a_held_text_is_shown_whole_and_can_do_nothing(desk):
    item = held("<b>Subject</b>", body=HOSTILE, held_because=["It holds <i>3</i> links."], email=None)
    db.session.commit()

    for page in (desk.get("/desk/held/"), desk.get(f"/desk/triage/{item.reference}/")):
        assert soup(page).select_one(".as-typed").get_text() == HOSTILE
        assert not soup(page).select("main img, main b, main i, a[href*=evil]")


def test_twenty_are_cleared_one_after_the_other(desk, cora):
    items = [held(f"Matter {number:02}", spam_score=number / 100) for number in range(20)]
    db.session.commit()
    page = desk.get("/desk/held/")
    desk.checks_pages = False  # the same page twenty times
    assert [each["data-key"] for each in soup(page).select("main [data-key]")] == [
        "a",
        "s",
        "o",
        "j",
        "x",
        "b",
    ]

    for number in range(20):
        first = soup(page).select_one(".held[data-state=first]")
        key = "aso"[number % 3]
        form = first.select_one(f"[data-key={key}]").find_parent("form")
        fields = {each["name"]: each["value"] for each in form.select("input")}
        answer = desk.send(form["action"], fields)
        assert answer.status_code == 303
        page = desk.get(answer.headers["Location"])

    assert "Nothing is held" in page.text
    states = [db.session.get(type(each), each.id).state for each in items]
    assert states == [S.NEW if number % 3 == 0 else S.REJECTED for number in range(20)]
    reasons = {each.closing_reason for each in items if each.state == S.REJECTED}
    assert reasons == {STANDARD_WORDS[RejectionKind.SPAM], STANDARD_WORDS[RejectionKind.OFF_TOPIC]}


def test_the_last_decision_is_taken_back_from_the_queue(desk, cora):
    item = held("Mistaken", spam_score=0.1)
    db.session.commit()
    address = f"/desk/triage/{item.reference}/acceptance"
    answer = desk.send(address, {"version": item.version, "at": "genuine-0"})
    page = desk.get(answer.headers["Location"])
    form = soup(page).select_one("[data-key=z]").find_parent("form")

    undone = desk.send(form["action"], {each["name"]: each["value"] for each in form.select("input")})

    assert undone.headers["Location"].startswith("/desk/held/?at=genuine-0")
    assert listed(desk) == ["Mistaken"]


def test_blocking_rejects_too_and_needs_a_reason(desk, cora):
    item = held("Insults", email="eve@example.org")
    unconfirmed = held("Forged", email="victim@example.org", confirmed_at=None)
    db.session.commit()
    address = f"/desk/triage/{item.reference}/block"
    assert desk.send(address, {"version": item.version, "reason": " "}).status_code == 422

    assert (
        desk.send(address, {"version": item.version, "reason": "insults", "at": "genuine-0"}).status_code
        == 303
    )

    assert (item.state, mark_of("eve@example.org")) == (S.REJECTED, SenderMark.BLOCKED)
    forged = desk.send(
        f"/desk/triage/{unconfirmed.reference}/block", {"version": unconfirmed.version, "reason": "x"}
    )
    assert (forged.status_code, mark_of("victim@example.org")) == (409, None)


def test_another_reason_needs_words_and_every_rejection_a_kind(desk):
    item = held()
    db.session.commit()
    page = f"/desk/triage/{item.reference}/"

    assert submit(desk, page, "rejection", kind="other", reason="").status_code == 422
    assert submit(desk, page, "rejection", kind="", reason="No.").status_code == 422
    assert submit(desk, page, "rejection", kind="abuse", reason="").status_code == 303
    assert item.closing_reason == STANDARD_WORDS[RejectionKind.ABUSE]


def test_coordinators_hear_of_what_is_held_but_not_of_blocked_addresses(app, cora):
    actions.mark_address("eve@example.org", SenderMark.BLOCKED, reason="x", by=factories.coordinator())
    for address in ("eve@example.org", "new@example.org"):
        feedback.confirm(feedback.submit(subject=address, body="b" * 10, email=address))
    db.session.flush()
    told(app)

    assert {
        each.event.feedback.subject
        for each in db.session.query(Delivery)
        if each.role == RecipientRole.COORDINATOR
    } == {"new@example.org"}
