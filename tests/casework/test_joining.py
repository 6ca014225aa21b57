"""Duplicates: what crosses over to their authors, what never does, and that undoing restores every row."""

import pytest
import sqlalchemy as sa

from cass_portal.casework import actions, duplicates
from cass_portal.casework.actions.silence import close
from cass_portal.casework.lifecycle import AssignmentRole, AssignmentState, Outcome
from cass_portal.casework.models import Assignment
from cass_portal.casework.models.joining import written
from cass_portal.casework.refusals import AnswersOthers, NotTheirWords, NotToBeJoined, WiderThanAllowed
from cass_portal.db import db
from cass_portal.delivery.recipients import recipients_of
from cass_portal.directory.models import Level
from cass_portal.feedback import actions as stakeholder
from cass_portal.feedback import conversation, progress
from cass_portal.feedback.joining import joined_with, root_of
from cass_portal.feedback.models import NARROWNESS, Feedback, Visibility
from cass_portal.feedback.queries import Filters, public_list, visible_to
from cass_portal.history import Event, EventKind
from cass_portal.policy import NotPermitted
from cass_portal.transitions import TransitionRefused
from tests import factories

K = EventKind


@pytest.fixture
def coordinator(app):
    return factories.coordinator("Cora Nator")


@pytest.fixture
def alpha(app):
    return factories.organization("ALPHA")


def routed(alpha, **fields):
    item = factories.feedback("Letters are small", **fields)
    factories.assignment(
        item, alpha, reason="Yours?", because=["Letters"], person=factories.person(agent_of=alpha)
    )
    return item


def answered(item, coordinator, text="It is bigger now."):
    actions.release_reply(item, text, by=coordinator)
    db.session.flush()
    return item.replies[-1]


def kinds_of(item):
    query = sa.select(Event.kind).where(Event.feedback_id == item.id).order_by(Event.id)
    return list(db.session.scalars(query))


def last_event(item):
    return db.session.scalars(
        sa.select(Event).where(Event.feedback_id == item.id).order_by(Event.id.desc())
    ).first()


def told_of(event):
    return sorted(each.address for each in recipients_of(event))


def bodies(item, circle):
    return " ".join(str(each["body"]) for each in conversation.entries(item, for_=circle) if each["body"])


def rows(item):
    return {each.id: written(each) for each in item.assignments}


def test_a_duplicate_owes_nothing_and_is_restored_exactly(coordinator, alpha):
    item, into = routed(alpha), factories.feedback("Small letters")
    factories.assignment(item, factories.organization("BRAVO"), state=AssignmentState.REFUSED)
    before = rows(item)

    actions.merge(item, into, by=coordinator)
    db.session.commit()

    assert (item.state, item.merged_into) == ("merged", into)
    assert [each.state for each in item.assignments] == ["waived", "refused"]
    assert last_event(item).detail["assignments"] == [item.assignments[0].id]
    assert told_of(last_event(item)) == sorted(["alpha@example.org", item.email])

    actions.unmerge(item, by=coordinator)
    db.session.commit()

    assert (item.state, item.merged_into_id) == ("routed", None)
    assert rows(item) == before
    assert kinds_of(item) == [K.FEEDBACK_MERGED, K.FEEDBACK_UNMERGED]
    assert told_of(last_event(item)) == sorted(["alpha@example.org", item.email])


def test_the_author_of_a_duplicate_is_given_the_reply_and_nothing_else(coordinator):
    into = factories.feedback("Secret subject", body="Secret words of the other author.")
    first, second = factories.feedback("One"), factories.feedback("Two")
    same_author = factories.feedback("Three", email=first.email)
    for each in (first, second, same_author):
        actions.merge(each, into, by=coordinator)

    reply = answered(into, coordinator)

    assert [kinds_of(each) for each in (first, second, same_author)] == [
        [K.FEEDBACK_MERGED, K.FEEDBACK_JOINED_ANSWERED]
    ] * 3
    assert [told_of(last_event(each)) for each in (first, second, same_author)] == [
        [first.email],
        [second.email],
        [],
    ]
    assert last_event(first).detail == {"reply": reply.id}
    assert "bigger now" in bodies(first, "stakeholder")
    assert "Secret" not in bodies(first, "stakeholder")
    assert "bigger now" not in bodies(first, "staff") + bodies(first, "public")
    assert [each["state"] for each in progress.steps(first)] == ["done", "done", "done", "now"]


def test_what_is_joined_with_an_answered_matter_has_its_answer_at_once(coordinator):
    into, item = factories.feedback(), factories.feedback()
    reply = answered(into, coordinator)

    actions.merge(item, into, by=coordinator)

    assert last_event(item).detail == {"assignments": [], "reply": reply.id}
    assert "bigger now" in bodies(item, "stakeholder")


def test_chains_follow_the_last_and_come_apart_one_by_one(coordinator):
    a, b, c = factories.feedback("A"), factories.feedback("B"), factories.feedback("C")
    actions.merge(a, b, by=coordinator)
    actions.merge(b, c, by=coordinator)

    assert root_of(a) is c
    assert joined_with(c) == [b, a]
    with pytest.raises(NotToBeJoined):
        actions.merge(c, a, by=coordinator)

    answered(c, coordinator)
    actions.unmerge(b, by=coordinator)

    assert (b.state, a.state, root_of(a)) == ("new", "merged", b)
    assert kinds_of(a) == [K.FEEDBACK_MERGED, K.FEEDBACK_JOINED_ANSWERED]
    assert "bigger now" not in bodies(b, "stakeholder") + bodies(a, "stakeholder")


def test_what_cannot_be_joined_is_refused_by_name(coordinator):
    item = factories.feedback()
    rejected, held = factories.feedback(moderation="rejected"), factories.feedback(moderation="held")
    for into in (item, rejected, held):
        with pytest.raises(NotToBeJoined):
            actions.merge(item, into, by=coordinator)
    with pytest.raises(TransitionRefused):
        actions.merge(held, item, by=coordinator)
    with pytest.raises(NotPermitted):
        actions.merge(item, factories.feedback(), by=factories.administrator())
    assert item.state == "new"


@pytest.mark.parametrize("ending", ["withdraw", "reject", "deflect", "silence"])
def test_duplicates_stand_for_themselves_when_the_other_ends_without_an_answer(coordinator, alpha, ending):
    item, into = routed(alpha), factories.feedback()
    before = rows(item)
    actions.merge(item, into, by=coordinator)

    {
        "withdraw": lambda: stakeholder.withdraw(into),
        "reject": lambda: actions.reject(into, reason="No", by=coordinator),
        "deflect": lambda: actions.deflect(into, to="help@example.org", reason="There", by=coordinator),
        "silence": lambda: (actions.ask(into, "Which version?", by=coordinator), close(into)),
    }[ending]()

    assert (item.state, rows(item), into.duplicates) == ("routed", before, [])
    assert last_event(item).actor_role == "system"


def test_a_duplicate_may_be_withdrawn_and_written_to(coordinator):
    item, into = factories.feedback(), factories.feedback()
    actions.merge(item, into, by=coordinator)
    stakeholder.reply(item, "One thing more.")
    assert item.state == "merged"

    stakeholder.withdraw(item)

    assert (item.state, item.merged_into_id, into.duplicates) == ("withdrawn", None, [])
    answered(into, coordinator)
    assert kinds_of(item)[-1] == K.FEEDBACK_WITHDRAWN


def test_what_may_not_come_back_stays_dropped(coordinator, alpha):
    left, hidden, into = routed(alpha), factories.feedback(), factories.feedback()
    factories.assignment(hidden, factories.organization("BRAVO"))
    for each in (left, hidden):
        actions.merge(each, into, by=coordinator)
    alpha.level = Level.FORMER
    actions.narrow(hidden, Visibility.COORDINATORS, by=coordinator)

    for each in (left, hidden):
        actions.unmerge(each, by=coordinator)

    assert [(each.state, each.assignments[0].state) for each in (left, hidden)] == [("new", "waived")] * 2


def test_nobody_may_read_more_than_before(coordinator, alpha):
    item = factories.public_feedback()
    into = factories.feedback(visibility=Visibility.PRIVATE)
    kept = [(each.visibility, each.author_visibility, each.published_at) for each in (item, into)]

    actions.merge(item, into, by=coordinator)
    answered(into, coordinator)

    assert [(each.visibility, each.author_visibility, each.published_at) for each in (item, into)] == kept


def test_an_answer_for_coordinators_and_its_author_reaches_no_other_author(coordinator):
    into = factories.feedback(visibility=Visibility.COORDINATORS)
    own, same_author = factories.feedback(email=into.email), factories.feedback(email=into.email)
    strangers = [
        factories.public_feedback(),
        factories.feedback(email=into.email, confirmed_at=None),
        factories.feedback(email=None),
    ]
    actions.merge(factories.feedback(), same_author, by=coordinator)

    for each in (*strangers, same_author):
        with pytest.raises(NotToBeJoined, match="to another author"):
            actions.merge(each, into, by=coordinator)
    actions.merge(own, into, by=coordinator)
    answered(into, coordinator)

    assert "bigger now" in bodies(own, "stakeholder")
    assert [each for each in strangers if "bigger" in bodies(each, "stakeholder")] == []


def test_what_answers_other_authors_is_not_narrowed_to_coordinators(coordinator):
    into, middle = factories.feedback(), factories.feedback()
    middle.email = into.email
    far = factories.feedback()
    actions.merge(far, middle, by=coordinator)
    actions.merge(middle, into, by=coordinator)

    with pytest.raises(AnswersOthers):
        actions.narrow(into, Visibility.COORDINATORS, by=coordinator)
    actions.unmerge(far, by=coordinator)
    actions.narrow(into, Visibility.COORDINATORS, by=coordinator)

    assert (into.visibility, joined_with(into)) == ("coordinators", [middle])


def test_similar_matters_are_proposed(coordinator):
    item, other = factories.feedback("Kokkos hangs"), factories.feedback("Kokkos hangs on exit")
    factories.feedback("Kokkos hangs, rejected", moderation="rejected")
    db.session.commit()

    assert duplicates.proposals(item, actor=coordinator) == [other]
    assert duplicates.named(other.reference.lower(), actor=coordinator) is other


def test_split_off_in_the_authors_words(coordinator, alpha):
    item = factories.feedback(
        body="The letters fall.\n\nAnd the page is slow.", name="Ann", visibility=Visibility.MEMBERS
    )
    product = factories.product("Page")

    second = actions.split(item, "A slow page", "And the page  is slow.", by=coordinator, products=[product])
    db.session.commit()

    assert (second.email, second.name, second.confirmed_at) == (item.email, "Ann", item.confirmed_at)
    assert (second.author_visibility, second.visibility, second.published_at) == ("members", "members", None)
    assert (second.state, second.split_from, second.products) == ("new", item, [product])
    assert item.split_off == [second]
    assert kinds_of(item) == [K.FEEDBACK_SPLIT]
    assert kinds_of(second) == []
    with pytest.raises(NotTheirWords, match="slow and ugly"):
        actions.split(item, "A", "And the page is slow and ugly.", by=coordinator)
    assert len(db.session.scalars(sa.select(Feedback)).all()) == 2


@pytest.mark.parametrize("visibility", Visibility)
def test_words_of_the_conversation_are_shown_to_nobody_else_by_splitting(coordinator, alpha, visibility):
    item = factories.feedback(
        "Slow", body="The letters fall.", visibility=visibility, author_visibility=Visibility.PUBLIC
    )
    stakeholder.reply(item, "My colleague saw it.")
    bravo = factories.person(agent_of=factories.organization("BRAVO"))
    narrower = max(visibility, Visibility.PRIVATE, key=NARROWNESS.index)

    parts = {
        body: actions.split(item, "A part", body, by=coordinator)
        for body in ("The letters fall.", "My colleague saw it.", "The letters fall.\nMy colleague saw it.")
    }
    db.session.commit()

    first, *private = parts.values()
    assert (first.visibility, first.author_visibility) == (visibility, "public")
    readable = set(db.session.scalars(visible_to(bravo).where(Feedback.split_from_id == item.id)))
    assert readable == ({first} if visibility in ("public", "members") else set())
    for each in private:
        assert (each.visibility, each.author_visibility) == (narrower, "private")
        with pytest.raises(WiderThanAllowed):
            actions.publish_item(each, by=coordinator)
        with pytest.raises(WiderThanAllowed):
            actions.narrow(each, Visibility.MEMBERS, by=coordinator)


def test_an_answered_part_survives_joining(coordinator, alpha):
    """A member that was only informed, and a draft: both are there again."""
    item, into = factories.feedback(), factories.feedback()
    informed = factories.assignment(item, alpha, role=AssignmentRole.INFORMED, state=AssignmentState.DRAFTED)
    factories.answer(informed, factories.person(agent_of=alpha), outcome=Outcome.DONE)
    actions.merge(item, into, by=coordinator)
    actions.unmerge(item, by=coordinator)
    found = db.session.scalars(sa.select(Assignment).where(Assignment.feedback_id == item.id)).one()
    assert (found.state, found.answer.text) == ("drafted", "It is done.")


def test_the_public_list_leaves_duplicates_out_unless_asked_for(coordinator):
    item, into = factories.public_feedback("Letters are small"), factories.public_feedback("Small letters")
    actions.merge(item, into, by=coordinator)
    db.session.commit()

    found = [
        {each.subject for each in public_list(wanted, before="").items}
        for wanted in (Filters(), Filters(state="merged"), Filters(q="letters"))
    ]

    assert found == [{"Small letters"}, {"Letters are small"}, {"Small letters", "Letters are small"}]
