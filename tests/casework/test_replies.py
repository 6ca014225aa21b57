"""Replies over several answers: begun from them, seen before, released alone, together, or with an announcement."""

import pytest
import sqlalchemy as sa

from cass_portal.announcements.actions import publish
from cass_portal.announcements.lifecycle import EditionState
from cass_portal.casework import actions, ready
from cass_portal.casework.background import release_bound
from cass_portal.casework.consolidation import starting_text
from cass_portal.casework.lifecycle import AssignmentRole, AssignmentState, Outcome
from cass_portal.casework.models import ConsolidatedReply
from cass_portal.casework.refusals import NotReady
from cass_portal.db import db
from cass_portal.delivery.recipients import recipients_of
from cass_portal.feedback.lifecycle import FeedbackState
from cass_portal.feedback.models import Feedback
from cass_portal.history import Event, EventKind
from tests import factories
from tests.casework.test_views import reloaded, soup, submit

A, K, S = AssignmentState, EventKind, FeedbackState


@pytest.fixture
def members(app):
    return [factories.organization(name) for name in ("S4PST", "RAPIDS")]


def answered(members, subject=None, *, words="", **fields):
    """A matter with an answer of each member, and `words` drafted over them."""
    item = factories.feedback(subject, **fields)
    for member, outcome in zip(members, (Outcome.DONE, Outcome.PLANNED), strict=False):
        row = factories.assignment(item, member, state=A.ANSWERED)
        factories.answer(
            row,
            factories.person(agent_of=member),
            outcome=outcome,
            target="4.8",
            text=f"So, {member.short_name}.",
        )
    item.settle()
    if words:
        actions.draft_reply(item, words, by=factories.coordinator())
    db.session.commit()
    return item


def released():
    """(subject, words, announcement) of every reply that is out."""
    db.session.expire_all()
    rows = db.session.scalars(sa.select(ConsolidatedReply).where(ConsolidatedReply.released_at.is_not(None)))
    return {(each.feedback.subject, each.text, each.announcement_id) for each in rows}


def kinds():
    return list(db.session.scalars(sa.select(Event.kind).order_by(Event.id)))


def mails():
    """(kind, matter) of every mail that a stakeholder gets."""
    events = db.session.scalars(sa.select(Event).where(Event.feedback_id.is_not(None)).order_by(Event.id))
    return [
        (event.kind, event.feedback.subject)
        for event in events
        for to in recipients_of(event)
        if to.role == "stakeholder"
    ]


def test_the_words_begin_with_what_each_member_said(app, members):
    assert starting_text(answered(members)) == (
        "Thank you for your feedback. S4PST and RAPIDS have looked into it:\n\n"
        "- S4PST: done, 4.8\n- RAPIDS: planned, 4.8"
    )
    assert starting_text(answered(members[:1])) == ""


def test_the_page_offers_the_first_words_and_shows_them_as_their_reader_would(desk, members):
    item = answered(members, email="ada@example.org")
    page = f"/desk/triage/{item.reference}/"

    kept = submit(desk, page, "reply", then="preview")
    preview = soup(desk.get(f"{page}reply/"))

    assert kept.headers["Location"] == f"{page}reply/"
    assert released() == set()
    on_page, mail = preview.select_one(".reply"), preview.select_one(".mail-preview")
    assert [each.get_text() for each in on_page.select("li")] == ["S4PST: done, 4.8", "RAPIDS: planned, 4.8"]
    assert [each.get_text(" ", strip=True) for each in on_page.select(".part h3")] == [
        "S4PST Done 4.8",
        "RAPIDS Planned 4.8",
    ]
    assert f"The answer to your feedback {item.reference}" in mail.get_text()
    assert "> So, RAPIDS." in mail.get_text()
    assert "/f/…" in mail.get_text()


def test_several_are_released_together_and_a_second_run_repeats_nothing(desk, members):
    for subject in ("one", "two"):
        answered(members, subject, words=f"Words on {subject}.")
    answered(members[:1], "alone")
    answered(members, "wordless")
    waiting = answered(members, "waiting", words="Words.")
    factories.assignment(waiting, factories.organization())
    db.session.commit()
    page = soup(desk.get("/desk/replies/"))
    offered = [each["value"] for each in page.select("input[name=chosen]")]
    given = [*offered, f"{waiting.reference}@{waiting.version}"]

    first = desk.send("/desk/replies/", {"chosen": given, "announcement": ""})
    said = desk.get(first.headers["Location"]).text
    second = desk.send("/desk/replies/", {"chosen": given, "announcement": ""})
    said_again = desk.get(second.headers["Location"]).text

    assert [" ".join(each.get_text(" ").split()) for each in page.select(".entry-title")] == [
        "Release one",
        "Release two",
        "Release alone",
        "wordless",
    ]
    assert released() == {("one", "Words on one.", None), ("two", "Words on two.", None), ("alone", "", None)}
    assert kinds().count(K.FEEDBACK_REPLY_RELEASED) == 3
    assert "3 replies: released." in said
    assert f"{waiting.reference}: an answer is still owed by" in said
    assert said_again.count("its reply has been released already.") == 3
    assert [kind for kind, _ in mails()] == [K.FEEDBACK_REPLY_RELEASED] * 3


def test_a_matter_that_changed_after_it_was_ticked_is_left_alone(desk, cora, members):
    item = answered(members, "one", words="Words.")
    tick = f"{item.reference}@{item.version}"
    actions.draft_reply(item, "Other words.", by=cora)
    db.session.commit()

    for chosen in ([tick], [f"{tick}0"], ["CASS-00000@1"], ["nonsense"]):
        desk.send("/desk/replies/", {"chosen": chosen, "announcement": ""})
    nothing = desk.send("/desk/replies/", {"announcement": ""})
    unknown = desk.send("/desk/replies/", {"chosen": [tick], "announcement": "9999"})

    assert released() == set()
    assert (nothing.status_code, unknown.status_code) == (422, 422)


def test_with_an_announcement_that_names_it_the_stakeholder_gets_one_mail(
    desk, client, cora, members, time_machine
):
    item = answered(members, "named", words="Words.", visibility="public", published_at=factories.now())
    other = answered(members, "not released")
    document = factories.announcement(
        "It is out", by=cora, organizations=members, feedback=[item, other], state=EditionState.AGREED
    )
    publish(document.latest_edition, by=factories.coordinator())
    db.session.commit()
    tick = soup(desk.get("/desk/replies/")).select_one("input[name=chosen]")["value"]

    desk.send("/desk/replies/", {"chosen": [tick], "announcement": str(document.id)})

    assert released() == {("named", "Words.", document.id)}
    assert mails() == [(K.FEEDBACK_NAMED, "not released"), (K.FEEDBACK_REPLY_RELEASED, "named")]
    page = soup(client.get(f"/feedback/{item.reference}/"))
    assert [(each["href"], each.get_text()) for each in page.select(".reply a")] == [
        (f"/announcements/{document.slug}/", "It is out")
    ]


def test_a_reply_bound_to_an_announcement_goes_out_when_that_is_published(desk, cora, members):
    item = answered(members, "bound", words="Words.")
    late = answered(members, "bound, but asked again", words="Words.")
    document = factories.announcement(
        "To come", by=cora, organizations=members, feedback=[item], state=EditionState.AGREED
    )
    db.session.commit()
    ticks = [each["value"] for each in soup(desk.get("/desk/replies/")).select("input[name=chosen]")]
    desk.send("/desk/replies/", {"chosen": ticks, "announcement": str(document.id)})
    early = (release_bound(), released())
    late = reloaded(late)
    actions.route(late, factories.organization("STEP"), role=AssignmentRole.CONTRIBUTING, by=reloaded(cora))
    publish(reloaded(document).latest_edition, by=factories.coordinator())
    db.session.commit()

    done = [release_bound(), release_bound()]

    assert early == (False, set())
    assert (done, ready.bound_drafts()) == ([True, False], []), "what is owed again is not tried for ever"
    assert released() == {("bound", "Words.", document.id)}
    event = db.session.scalars(sa.select(Event).where(Event.kind == K.FEEDBACK_REPLY_RELEASED)).one()
    assert (event.actor_role, event.detail) == ("system", {"announcement": document.id})
    assert mails() == [(K.FEEDBACK_REPLY_RELEASED, "bound")]
    assert reloaded(item).state == S.ANSWERED


def test_no_reply_goes_with_what_nobody_may_read(cora, members):
    item = answered(members, "one", words="Words.")
    draft = factories.announcement(by=cora, state=EditionState.DRAFT)

    with pytest.raises(NotReady):
        actions.release_reply(item, "Words.", announcement=draft, by=cora)

    assert db.session.get(Feedback, item.id).reply_released_at is None
