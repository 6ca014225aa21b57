"""The verbs of casework: what each changes, records, refuses."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from cass_portal.casework import actions
from cass_portal.casework.lifecycle import AssignmentRole, AssignmentState, Outcome
from cass_portal.casework.models import Note
from cass_portal.casework.ready import ready_matters
from cass_portal.casework.refusals import (
    AlreadyAssigned,
    ForCoordinatorsOnly,
    MarkedSo,
    NotAMember,
    NotReady,
    OwesNoAnswer,
    SecondPersonNeeded,
    StillWithMembers,
    WiderThanAllowed,
)
from cass_portal.db import db
from cass_portal.directory.lifecycle import Level
from cass_portal.feedback import actions as feedback
from cass_portal.feedback.lifecycle import FeedbackState, Moderation, Verdict
from cass_portal.feedback.models import Visibility
from cass_portal.history import Audience, Event, EventKind
from cass_portal.policy import STRANGER, SYSTEM, NotPermitted
from cass_portal.text import TextRefused
from cass_portal.transitions import TransitionRefused
from tests import factories

A, K, R, S = AssignmentState, EventKind, AssignmentRole, FeedbackState


@pytest.fixture
def coordinator(app):
    return factories.coordinator("Cora")


@pytest.fixture
def s4pst(app):
    return factories.organization("S4PST")


@pytest.fixture
def rapids(app):
    return factories.organization("RAPIDS")


@pytest.fixture
def agent(s4pst):
    return factories.person("Ana", agent_of=s4pst)


def events(item=None):
    """(kind, audience, actor, acting for, note) of what was recorded, oldest first."""
    db.session.flush()
    rows = db.session.scalars(sa.select(Event).order_by(Event.id))
    return [
        (e.kind, e.audience, e.actor.name if e.actor else e.actor_role, _name(e.acting_for), e.note)
        for e in rows
    ]


def _name(organization):
    return organization.short_name if organization else None


def kinds():
    return [each[0] for each in events()]


# Moderation


def test_accept_makes_a_held_matter_new(coordinator):
    item = factories.feedback(moderation=Moderation.HELD)

    actions.accept(item, by=coordinator)

    assert item.state == S.NEW
    assert events() == [(K.FEEDBACK_ACCEPTED, Audience.STAKEHOLDER, "Cora", None, None)]


def test_accept_refuses_what_is_not_held(coordinator):
    with pytest.raises(TransitionRefused):
        actions.accept(factories.feedback(), by=coordinator)

    assert events() == []


def test_reject_gives_the_stakeholder_the_reason(coordinator):
    item = factories.feedback(moderation=Moderation.HELD)

    actions.reject(item, reason="Advertising", by=coordinator)

    assert (item.state, item.closing_reason) == (S.REJECTED, "Advertising")
    assert events() == [(K.FEEDBACK_REJECTED, Audience.STAKEHOLDER, "Cora", None, "Advertising")]


def test_deflect_says_where_and_takes_it_from_everybody(coordinator, s4pst):
    item = factories.feedback()
    row = factories.assignment(item, s4pst)

    actions.deflect(item, to="https://tracker.example.org/", reason="Their tracker is better", by=coordinator)

    assert (item.state, item.deflected_to, row.state) == (
        S.DEFLECTED,
        "https://tracker.example.org/",
        A.WAIVED,
    )
    assert events() == [(K.FEEDBACK_DEFLECTED, Audience.STAKEHOLDER, "Cora", None, "Their tracker is better")]


@pytest.mark.parametrize("act", [
    lambda item, by: actions.accept(item, by=by),
    lambda item, by: actions.reject(item, reason="x", by=by),
    lambda item, by: actions.deflect(item, to="https://example.org", reason="x", by=by),
    lambda item, by: actions.narrow(item, Visibility.PRIVATE, by=by),
    lambda item, by: actions.publish_item(item, by=by),
    lambda item, by: actions.draft_reply(item, "x", by=by),
    lambda item, by: actions.release_reply(item, "x", by=by),
    lambda item, by: actions.route(item, item.assignments[0].organization, role=R.LEAD, by=by),
    lambda item, by: actions.waive(item.assignments[0], reason="x", by=by),
    lambda item, by: actions.accept_refusal(item.assignments[0], by=by),
    lambda item, by: actions.decline_refusal(item.assignments[0], reason="x", by=by),
    lambda item, by: actions.return_to_triage(item.assignments[0], reason="x", by=by),
])  # fmt: skip
def test_only_coordinators_triage(act, agent, s4pst):
    item = factories.feedback()
    factories.assignment(item, s4pst)

    for actor in (agent, factories.administrator(), factories.person(lead_of=s4pst), STRANGER):
        with pytest.raises(NotPermitted):
            act(item, actor)

    assert events() == []


@pytest.mark.parametrize("act", [
    lambda row, by: actions.acknowledge(row, by=by),
    lambda row, by: actions.work(row, by=by),
    lambda row, by: actions.take(row, None, by=by),
    lambda row, by: actions.draft_answer(row, "x", outcome=Outcome.DONE, by=by),
    lambda row, by: actions.release_answer(row, by=by),
    lambda row, by: actions.propose_refusal(row, reason="x", by=by),
    lambda row, by: actions.ask(row.feedback, "x", by=by, acting_for=row.organization),
    lambda row, by: actions.note(row.feedback, "x", by=by, organization=row.organization),
])  # fmt: skip
def test_only_people_of_the_member_work_for_it(act, s4pst, rapids, coordinator):
    row = factories.assignment(factories.feedback(), s4pst)

    for actor in (factories.person(lead_of=rapids), factories.administrator(), coordinator, STRANGER):
        with pytest.raises(NotPermitted):
            act(row, actor)

    assert events() == []


# Visibility


@pytest.mark.parametrize("ceiling", Visibility)
@pytest.mark.parametrize("wanted", Visibility)
def test_narrow_never_goes_beyond_the_authors_choice(ceiling, wanted, coordinator):
    item = factories.feedback(visibility=ceiling)
    wider = list(Visibility).index(wanted) < list(Visibility).index(ceiling)

    if wider:
        with pytest.raises(WiderThanAllowed):
            actions.narrow(item, wanted, by=coordinator)
    else:
        actions.narrow(item, wanted, by=coordinator)

    assert item.visibility == (ceiling if wider else wanted)
    assert kinds() == ([] if wider else [K.FEEDBACK_NARROWED])


def test_narrowing_takes_it_from_the_public_list_for_good(coordinator):
    item = factories.public_feedback()

    actions.narrow(item, Visibility.MEMBERS, by=coordinator)
    actions.narrow(item, Visibility.PUBLIC, by=coordinator)

    assert (item.visibility, item.published_at, item.is_public) == (Visibility.PUBLIC, None, False)


def test_narrowing_to_coordinators_is_refused_while_a_member_has_it(coordinator, s4pst):
    item = factories.feedback()
    row = factories.assignment(item, s4pst)

    with pytest.raises(StillWithMembers):
        actions.narrow(item, Visibility.COORDINATORS, by=coordinator)

    actions.waive(row, reason="x", by=coordinator)
    actions.narrow(item, Visibility.COORDINATORS, by=coordinator)
    assert item.visibility == Visibility.COORDINATORS


def test_only_what_its_author_made_public_is_published(coordinator):
    private, members = factories.feedback(), factories.feedback(visibility=Visibility.MEMBERS)
    narrowed = factories.feedback(visibility=Visibility.PUBLIC)
    narrowed.visibility = Visibility.MEMBERS
    public = factories.feedback(visibility=Visibility.PUBLIC)

    for item in (private, members, narrowed):
        with pytest.raises(WiderThanAllowed):
            actions.publish_item(item, by=coordinator)
    actions.publish_item(public, by=coordinator)
    with pytest.raises(MarkedSo):
        actions.publish_item(public, by=coordinator)

    assert [each.is_public for each in (private, members, narrowed, public)] == [False, False, False, True]
    assert kinds() == [K.FEEDBACK_PUBLISHED]


# Routing


@time_machine.travel("2026-03-06T12:00:00Z", tick=False)  # a Friday
def test_route_hands_it_to_one_member_with_the_members_own_dates(coordinator):
    slow = factories.organization("SLOW", acknowledge_days=2, answer_days=4)
    item = factories.feedback()

    row = actions.route(item, slow, role=R.LEAD, by=coordinator, reason="Yours?", because=["about Slow"])

    assert (row.state, row.role, row.reason, row.because) == (A.SENT, R.LEAD, "Yours?", ["about Slow"])
    assert (row.acknowledge_by, row.answer_by) == (date(2026, 3, 10), date(2026, 3, 12))
    assert item.state == S.ROUTED
    assert events() == [(K.ASSIGNMENT_SENT, Audience.PUBLIC, "Cora", None, None)]
    assert db.session.scalars(sa.select(Event)).one().assignment is row


def test_route_refuses_the_same_member_twice(coordinator, s4pst):
    item = factories.feedback()
    actions.route(item, s4pst, role=R.LEAD, by=coordinator)

    with pytest.raises(AlreadyAssigned):
        actions.route(item, s4pst, role=R.CONTRIBUTING, by=coordinator)

    assert kinds() == [K.ASSIGNMENT_SENT]


@pytest.mark.parametrize("state", [A.REFUSED, A.RETURNED, A.WAIVED])
def test_route_sends_again_what_came_to_nothing(state, coordinator, s4pst, agent):
    item = factories.feedback()
    row = factories.assignment(item, s4pst, state=state, person=agent, refusal_reason="no", handed_to=s4pst)

    again = actions.route(item, s4pst, role=R.INFORMED, by=coordinator)

    assert again is row
    assert (row.state, row.role) == (A.SENT, R.INFORMED)
    assert (row.person, row.refusal_reason, row.handed_to) == (None, None, None)
    assert (item.state, len(item.assignments)) == (S.NEW, 1)


def test_route_refuses_former_members_and_matters_for_coordinators_only(coordinator, s4pst):
    former = factories.organization("OLD", level=Level.FORMER)

    with pytest.raises(NotAMember):
        actions.route(factories.feedback(), former, role=R.LEAD, by=coordinator)
    with pytest.raises(ForCoordinatorsOnly):
        actions.route(
            factories.feedback(visibility=Visibility.COORDINATORS), s4pst, role=R.LEAD, by=coordinator
        )

    assert events() == []


def test_a_member_only_informed_leaves_the_matter_new(coordinator, s4pst, agent):
    item = factories.feedback()

    row = actions.route(item, s4pst, role=R.INFORMED, by=coordinator)

    assert (item.state, row.due_on) == (S.NEW, None)
    with pytest.raises(OwesNoAnswer):
        actions.draft_answer(row, "But I want to", outcome=Outcome.DONE, by=agent)


def test_the_system_returns_what_a_departed_member_had(s4pst):
    item = factories.feedback()
    row = factories.assignment(item, s4pst, state=A.WORKING)

    actions.return_to_triage(row, by=SYSTEM, reason="S4PST left")

    assert (row.state, item.state, row.settled_at is not None) == (A.RETURNED, S.NEW, True)
    assert events() == [(K.ASSIGNMENT_RETURNED_TO_TRIAGE, Audience.STAFF, "system", None, "S4PST left")]


def test_waive_lets_the_others_answer_alone(coordinator, s4pst, rapids):
    item = factories.feedback()
    factories.assignment(item, s4pst)
    waived = factories.assignment(item, rapids)

    actions.waive(waived, reason="S4PST knows", by=coordinator)

    assert (waived.state, item.state) == (A.WAIVED, S.ROUTED)
    assert events() == [(K.ASSIGNMENT_WAIVED, Audience.STAFF, "Cora", None, "S4PST knows")]


# Working


def test_acknowledge_work_and_take(s4pst, agent):
    item = factories.feedback()
    row = factories.assignment(item, s4pst)
    other = factories.person("Otto", agent_of=s4pst)

    actions.acknowledge(row, by=agent)
    acknowledged = (row.state, item.state, row.person)
    actions.work(row, by=agent)
    working = (row.state, row.person)
    actions.take(row, other, by=agent)

    assert acknowledged == (A.ACKNOWLEDGED, S.IN_PROGRESS, None)
    assert working == (A.WORKING, agent)
    assert row.person is other
    assert events() == [
        (K.ASSIGNMENT_ACKNOWLEDGED, Audience.PUBLIC, "Ana", "S4PST", None),
        (K.ASSIGNMENT_WORKING, Audience.PUBLIC, "Ana", "S4PST", None),
        (K.ASSIGNMENT_TAKEN, Audience.STAFF, "Ana", "S4PST", None),
    ]


def test_nobody_of_another_member_can_have_it(s4pst, rapids, agent):
    row = factories.assignment(factories.feedback(), s4pst)

    with pytest.raises(NotAMember):
        actions.take(row, factories.person(agent_of=rapids), by=agent)


# Answering


def test_an_answer_is_rendered_once_and_sanitized(s4pst, agent):
    row = factories.assignment(factories.feedback(), s4pst)

    answer = actions.draft_answer(row, "It *works*.<script>alert(1)</script>", outcome=Outcome.DONE, by=agent)

    assert answer.html == "<p>It <em>works</em>.</p>"
    assert (row.state, answer.drafted_by, answer.released_at) == (A.DRAFTED, agent, None)
    assert events() == [(K.ASSIGNMENT_ANSWER_DRAFTED, Audience.STAFF, "Ana", "S4PST", None)]


def test_planned_needs_a_target_and_declined_a_reason(s4pst, agent):
    row = factories.assignment(factories.feedback(), s4pst)

    with pytest.raises(TextRefused):
        actions.draft_answer(row, "Later", outcome=Outcome.PLANNED, by=agent)
    with pytest.raises(TextRefused):
        actions.draft_answer(row, "No", outcome=Outcome.DECLINED, by=agent)
    planned = actions.draft_answer(row, "Later", outcome=Outcome.PLANNED, target="4.8", reason="x", by=agent)

    assert (planned.target, planned.reason) == ("4.8", None)


def test_one_member_alone_answers_the_stakeholder_at_once(s4pst, agent):
    item = factories.feedback()
    row = factories.assignment(item, s4pst)
    actions.draft_answer(row, "Done.", outcome=Outcome.DONE, by=agent)

    actions.release_answer(row, by=agent)

    assert (row.state, item.state) == (A.ANSWERED, S.ANSWERED)
    reply = item.replies[0]
    assert (reply.text, reply.html, reply.released_by) == ("", "", agent)
    part = {"organization": "S4PST", "outcome": "done", "html": "<p>Done.</p>", "text": "Done."}
    assert reply.answers == {"parts": [part | {"target": None, "reason": None}]}
    assert events()[1:] == [(K.FEEDBACK_REPLY_RELEASED, Audience.PUBLIC, "Ana", "S4PST", None)]


def test_an_informed_member_does_not_keep_the_other_from_answering_alone(s4pst, rapids, agent):
    item = factories.feedback()
    row = factories.assignment(item, s4pst)
    factories.assignment(item, rapids, role=R.INFORMED)
    actions.draft_answer(row, "Done.", outcome=Outcome.DONE, by=agent)

    actions.release_answer(row, by=agent)

    assert item.state == S.ANSWERED


def test_a_second_person_releases_and_a_change_of_text_resets_it(agent):
    strict = factories.organization("STRICT", answers_need_second_person=True)
    first, second = factories.person("First", agent_of=strict), factories.person("Second", agent_of=strict)
    row = factories.assignment(factories.feedback(), strict)
    actions.draft_answer(row, "One", outcome=Outcome.DONE, by=first)

    with pytest.raises(SecondPersonNeeded):
        actions.release_answer(row, by=first)
    actions.draft_answer(row, "Two", outcome=Outcome.DONE, by=second)
    with pytest.raises(SecondPersonNeeded):
        actions.release_answer(row, by=second)
    actions.release_answer(row, by=first)

    assert (row.answer.text, row.answer.drafted_by, row.answer.released_by) == ("Two", second, first)
    assert kinds() == [K.ASSIGNMENT_ANSWER_DRAFTED, K.ASSIGNMENT_ANSWER_DRAFTED, K.FEEDBACK_REPLY_RELEASED]


def test_kokkos_goes_to_two_stewards_and_one_reply_comes_back(coordinator, s4pst, rapids, agent):
    other = factories.person("Rita", agent_of=rapids)
    item = factories.feedback(products=[factories.product("Kokkos", stewards=[s4pst, rapids])])
    first = actions.route(item, s4pst, role=R.LEAD, by=coordinator)
    second = actions.route(item, rapids, role=R.CONTRIBUTING, by=coordinator)
    actions.draft_answer(first, "Fixed.", outcome=Outcome.DONE, by=agent)
    actions.release_answer(first, by=agent)
    waiting = (item.state, list(item.replies))
    with pytest.raises(NotReady):
        actions.release_reply(item, "All said", by=coordinator)
    actions.draft_answer(second, "In 4.8.", outcome=Outcome.PLANNED, target="4.8", by=other)
    actions.release_answer(second, by=other)

    actions.draft_reply(item, "Both **agree**.", by=coordinator)
    with pytest.raises(NotReady):
        actions.release_reply(item, "", by=coordinator)
    actions.release_reply(item, "Both *agree*.", by=coordinator)

    assert waiting == (S.IN_PROGRESS, [])
    assert item.state == S.ANSWERED
    assert [(r.html, [p["organization"] for p in r.answers["parts"]]) for r in item.replies] == [
        ("<p>Both <em>agree</em>.</p>", ["S4PST", "RAPIDS"])
    ]
    assert [kind for kind in kinds() if kind == K.FEEDBACK_REPLY_RELEASED] == [K.FEEDBACK_REPLY_RELEASED]
    with pytest.raises(TransitionRefused):
        actions.release_reply(item, "Again", by=coordinator)


def test_words_that_a_coordinator_has_begun_are_kept_when_the_only_member_answers(coordinator, s4pst, agent):
    item = factories.feedback()
    actions.draft_reply(item, "Dear user, …", by=coordinator)
    row = actions.route(item, s4pst, role=R.LEAD, by=coordinator)
    actions.draft_answer(row, "Fixed.", outcome=Outcome.DONE, by=agent)

    actions.release_answer(row, by=agent)

    assert (item.state, [(each.text, each.released_at) for each in item.replies]) == (
        S.IN_PROGRESS,
        [("Dear user, …", None)],
    )
    assert [each.item for each in ready_matters()] == [item]
    assert kinds()[-1] == K.ASSIGNMENT_ANSWERED


def test_the_last_one_standing_may_be_released_without_words(coordinator, s4pst, rapids, agent):
    item = factories.feedback()
    first, second = factories.assignment(item, s4pst), factories.assignment(item, rapids)
    actions.draft_answer(first, "Done.", outcome=Outcome.DONE, by=agent)
    actions.release_answer(first, by=agent)
    actions.waive(second, reason="x", by=coordinator)

    actions.release_reply(item, "", by=coordinator)

    assert (item.state, [p["organization"] for p in item.replies[0].answers["parts"]]) == (
        S.ANSWERED,
        ["S4PST"],
    )


def test_a_coordinator_replies_where_no_member_has_it(coordinator):
    item = factories.feedback()

    with pytest.raises(NotReady):
        actions.release_reply(item, "", by=coordinator)
    actions.release_reply(item, "The meeting is open to all.", by=coordinator)

    assert (item.state, item.replies[0].answers) == (S.ANSWERED, {"parts": []})


def test_not_solved_opens_it_again_and_keeps_what_was_said(s4pst, agent):
    item = factories.feedback()
    row = factories.assignment(item, s4pst)
    actions.draft_answer(row, "Done.", outcome=Outcome.DONE, by=agent)
    actions.release_answer(row, by=agent)

    feedback.give_verdict(item, Verdict.NOT_SOLVED)
    reopened = (item.state, row.state, row.answer.released_at, row.is_settled)
    actions.draft_answer(row, "Now really.", outcome=Outcome.DONE, by=agent)
    actions.release_answer(row, by=agent)

    assert reopened == (S.IN_PROGRESS, A.WORKING, None, False)
    assert [r.answers["parts"][0]["text"] for r in item.replies] == ["Done.", "Now really."]
    assert item.state == S.ANSWERED


# Refusing


def test_a_refusal_is_proposed_declined_and_kept(coordinator, s4pst, agent):
    item = factories.feedback()
    row = factories.assignment(item, s4pst)

    actions.propose_refusal(row, reason="RAPIDS owns the tool", by=agent)
    proposed = (row.state, item.state)
    actions.decline_refusal(row, reason="You wrote it", by=coordinator)

    assert proposed == (A.REFUSAL_PROPOSED, S.ROUTED)
    assert (row.state, item.state) == (A.ACKNOWLEDGED, S.IN_PROGRESS)
    assert events() == [
        (K.ASSIGNMENT_REFUSAL_PROPOSED, Audience.STAFF, "Ana", "S4PST", "RAPIDS owns the tool"),
        (K.ASSIGNMENT_REFUSAL_DECLINED, Audience.STAFF, "Cora", None, "You wrote it"),
    ]


def test_an_accepted_refusal_without_a_successor_goes_back_to_triage(coordinator, s4pst, agent):
    item = factories.feedback()
    row = factories.assignment(item, s4pst, state=A.REFUSAL_PROPOSED, refusal_reason="Not ours")

    actions.accept_refusal(row, by=coordinator)

    assert (row.state, item.state, row.handed_to) == (A.REFUSED, S.NEW, None)
    assert events() == [(K.ASSIGNMENT_REFUSAL_ACCEPTED, Audience.STAFF, "Cora", None, "Not ours")]


def test_a_handed_on_matter_is_with_the_other_member_at_once(coordinator, s4pst, rapids):
    item = factories.feedback()
    row = factories.assignment(
        item, s4pst, state=A.REFUSAL_PROPOSED, refusal_reason="It is RAPIDS’s", role=R.LEAD
    )

    taken = actions.accept_refusal(row, by=coordinator, handed_to=rapids)

    assert (row.state, row.handed_to, item.state) == (A.REFUSED, rapids, S.ROUTED)
    assert (taken.organization, taken.role, taken.reason) == (
        rapids,
        R.LEAD,
        "Handed on by S4PST: It is RAPIDS’s",
    )
    assert events() == [
        (K.ASSIGNMENT_REFUSAL_ACCEPTED, Audience.STAKEHOLDER, "Cora", None, "It is RAPIDS’s"),
        (K.ASSIGNMENT_SENT, Audience.PUBLIC, "Cora", None, None),
    ]


def test_a_matter_is_not_handed_to_who_refused_or_has_it(coordinator, s4pst, rapids):
    item = factories.feedback()
    row = factories.assignment(item, s4pst, state=A.REFUSAL_PROPOSED, refusal_reason="x")
    factories.assignment(item, rapids)

    for organization in (s4pst, rapids):
        with pytest.raises(AlreadyAssigned):
            actions.accept_refusal(row, by=coordinator, handed_to=organization)
        row.state = A.REFUSAL_PROPOSED


# Talking


def test_a_question_stops_the_clock_until_the_stakeholder_replies(coordinator, s4pst, agent):
    item = factories.feedback()
    factories.assignment(item, s4pst)

    message = actions.ask(item, "Which <version>?", by=agent, acting_for=s4pst)
    waiting = item.state
    feedback.reply(item, "4.7")

    assert (message.body_html, message.organization) == ("<p>Which &lt;version&gt;?</p>", s4pst)
    assert (waiting, item.state) == (S.WAITING, S.ROUTED)
    assert events()[0] == (K.FEEDBACK_ASKED, Audience.STAKEHOLDER, "Ana", "S4PST", None)


def test_a_second_question_waits_for_the_first(coordinator):
    item = factories.feedback()
    actions.ask(item, "One?", by=coordinator)

    with pytest.raises(TransitionRefused):
        actions.ask(item, "Two?", by=coordinator)


def test_nobody_speaks_for_whom_they_do_not_act_for(coordinator, s4pst, rapids, agent):
    item = factories.feedback()
    factories.assignment(item, s4pst)

    with pytest.raises(NotPermitted):
        actions.ask(item, "x", by=agent)
    with pytest.raises(NotPermitted):
        actions.note(item, "x", by=coordinator, organization=rapids)

    assert events() == []


def test_a_note_is_told_of_but_not_told(s4pst, agent):
    item = factories.feedback()
    factories.assignment(item, s4pst)

    actions.note(item, "Secret & dull", by=agent, organization=s4pst)

    assert events() == [(K.FEEDBACK_NOTED, Audience.STAFF, "Ana", "S4PST", None)]
    assert [n.body_html for n in db.session.scalars(sa.select(Note))] == ["<p>Secret &amp; dull</p>"]


def test_withdrawing_frees_everybody(s4pst, rapids):
    item = factories.feedback()
    open_one, refused = factories.assignment(item, s4pst), factories.assignment(item, rapids, state=A.REFUSED)

    feedback.withdraw(item)

    assert (item.state, open_one.state, refused.state) == (S.WITHDRAWN, A.WAIVED, A.REFUSED)


def test_due_dates_follow_the_promise(app, s4pst):
    yesterday = factories.today() - timedelta(days=1)
    row = factories.assignment(factories.feedback(), s4pst, acknowledge_by=yesterday)

    late = (row.due_on, row.is_overdue)
    row.state = A.WORKING

    assert late == (yesterday, True)
    assert (row.due_on, row.is_overdue) == (row.answer_by, False)
