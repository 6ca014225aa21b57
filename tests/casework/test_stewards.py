"""Several members on one matter: who leads, what each owes, when it is settled, and who is told."""

from itertools import product

import pytest
import sqlalchemy as sa

from cass_portal.casework import actions, queries
from cass_portal.casework.circles import goes_around
from cass_portal.casework.lifecycle import AssignmentRole, AssignmentState, Outcome
from cass_portal.casework.refusals import AnsweredAlready, MarkedSo, OneLeads, OwesNoAnswer, RefusedAlready
from cass_portal.db import db
from cass_portal.feedback import progress
from cass_portal.feedback.lifecycle import FeedbackState, Moderation
from cass_portal.feedback.standing import Facts, standing
from cass_portal.history import Audience, Event, EventKind
from cass_portal.transitions import TransitionRefused
from tests import factories

A, K, R, S = AssignmentState, EventKind, AssignmentRole, FeedbackState


@pytest.fixture
def members(app):
    return [factories.organization(name) for name in ("S4PST", "RAPIDS", "STEP")]


def roles(item):
    return {each.organization.short_name: each.role.value for each in item.assignments if each.is_living}


def last_events(number=1):
    """(kind, who, member, what else is said) of the newest events, oldest of them first."""
    db.session.flush()
    rows = db.session.scalars(sa.select(Event).order_by(Event.id.desc()).limit(number)).all()
    return [(e.kind, e.actor_role, e.assignment.organization.short_name, e.detail) for e in reversed(rows)]


@pytest.mark.parametrize(
    ("wished", "given"),
    [
        ("lead lead lead", "lead contributing contributing"),
        ("contributing lead contributing", "lead contributing contributing"),
        ("informed contributing lead", "informed lead contributing"),
        ("informed informed contributing", "informed informed lead"),
    ],
)
def test_the_first_that_owes_an_answer_leads_and_nobody_beside_it(wished, given, cora, members):
    item = factories.feedback()

    for member, role in zip(members, wished.split(), strict=True):
        actions.route(item, member, role=R(role), by=cora)

    assert [each.role for each in item.assignments] == given.split()
    assert [
        each.detail["role"] for each in db.session.scalars(sa.select(Event).order_by(Event.id))
    ] == given.split()


def gone_by(how, row, cora):
    if how == "refused":
        row.state, row.refusal_reason = A.REFUSAL_PROPOSED, "Not ours"
        actions.accept_refusal(row, by=cora)
    elif how == "informed":
        actions.change_role(row, R.INFORMED, by=cora)
    else:
        verb = actions.waive if how == "waived" else actions.return_to_triage
        verb(row, reason="x", by=cora)


@pytest.mark.parametrize("how", ["waived", "returned", "refused", "informed"])
def test_where_the_lead_goes_the_next_at_work_leads(how, cora, members):
    item = factories.feedback()
    lead, answered, working = (actions.route(item, each, role=R.LEAD, by=cora) for each in members)
    answered.state = A.ANSWERED

    gone_by(how, lead, cora)

    assert roles(item) == {"RAPIDS": "contributing", "STEP": "lead"}
    assert last_events() == [
        (K.ASSIGNMENT_ROLE_CHANGED, "system", "STEP", {"role": "lead", "before": "contributing"})
    ]
    assert working.role == R.LEAD


def test_handed_on_the_lead_goes_along(cora, members):
    item = factories.feedback()
    lead, _ = (actions.route(item, each, role=R.LEAD, by=cora) for each in members[:2])
    lead.state = A.REFUSAL_PROPOSED

    actions.accept_refusal(lead, handed_to=members[2], by=cora)

    assert roles(item) == {"RAPIDS": "contributing", "STEP": "lead"}
    assert [kind for kind, *_ in last_events(2)] == [K.ASSIGNMENT_REFUSAL_ACCEPTED, K.ASSIGNMENT_SENT]


def test_another_leads_and_the_former_contributes(cora, members):
    item = factories.feedback()
    _, second = (actions.route(item, each, role=R.LEAD, by=cora) for each in members[:2])

    actions.change_role(second, R.LEAD, by=cora)

    assert roles(item) == {"S4PST": "contributing", "RAPIDS": "lead"}
    said = {"role": "lead", "before": "contributing", "instead_of": "S4PST"}
    assert last_events() == [(K.ASSIGNMENT_ROLE_CHANGED, "coordinator", "RAPIDS", said)]
    event = db.session.scalars(sa.select(Event).order_by(Event.id.desc())).first()
    assert event.audience == Audience.MEMBERS


def test_a_role_that_would_leave_nobody_in_the_lead_is_refused(cora, members):
    item = factories.feedback()
    lead, second = (actions.route(item, each, role=R.LEAD, by=cora) for each in members[:2])
    factories.answer(second, factories.person(agent_of=members[1]))

    for row, role, refusal in (
        (lead, R.CONTRIBUTING, OneLeads),
        (lead, R.LEAD, OneLeads),
        (second, R.INFORMED, OwesNoAnswer),
    ):
        with pytest.raises(refusal):
            actions.change_role(row, role, by=cora)
    second.state = A.WAIVED
    with pytest.raises(TransitionRefused):
        actions.change_role(second, R.LEAD, by=cora)

    assert [kind for kind, *_ in last_events(5)] == [K.ASSIGNMENT_SENT] * 2


def test_who_takes_part_stays_as_it_is_once_the_stakeholder_has_the_answer(cora, members):
    item = factories.feedback()
    lead, informed = (actions.route(item, each, role=R.LEAD, by=cora) for each in members[:2])
    actions.change_role(informed, R.INFORMED, by=cora)
    agent = factories.person(agent_of=members[0])
    actions.draft_answer(lead, "Done.", outcome=Outcome.DONE, by=agent)
    actions.release_answer(lead, by=agent)

    with pytest.raises(AnsweredAlready):
        actions.change_role(informed, R.CONTRIBUTING, by=cora)

    assert (item.state, lead.role, informed.role) == ("answered", R.LEAD, R.INFORMED)


def test_whoever_was_informed_and_now_contributes_has_its_whole_time(cora, members, time_machine):
    item = factories.feedback()
    time_machine.move_to("2026-03-02T12:00Z", tick=False)
    row = actions.route(item, members[0], role=R.INFORMED, by=cora)
    time_machine.move_to("2026-06-01T12:00Z", tick=False)

    actions.change_role(row, R.LEAD, by=cora)

    assert f"{row.acknowledge_by} {row.answer_by}" == "2026-06-08 2026-06-22"


# Settled


OWING = {A.SENT, A.ACKNOWLEDGED, A.WORKING, A.DRAFTED, A.REFUSAL_PROPOSED}


def expected_of(states):
    """The state without and with a released reply, in words of what three members have done."""
    unreleased = S.NEW if not set(states) - {A.REFUSED, A.RETURNED, A.WAIVED} else S.IN_PROGRESS
    untouched = set(states) & (OWING | {A.ANSWERED}) <= {A.SENT, A.REFUSAL_PROPOSED}
    unreleased = S.ROUTED if untouched and unreleased == S.IN_PROGRESS else unreleased
    return unreleased, unreleased if set(states) & OWING else S.ANSWERED


@pytest.mark.once
def test_settled_is_when_every_open_one_is_answered_refused_or_waived():
    for states in product(A, repeat=3):
        facts = [
            Facts(Moderation.ACCEPTED, assignments=states, reply_released=each) for each in (False, True)
        ]

        assert tuple(standing(each) for each in facts) == expected_of(states), states


def test_when_all_are_waived_a_coordinator_answers_alone(cora, members):
    item = factories.feedback()
    rows = [actions.route(item, each, role=R.LEAD, by=cora) for each in members]
    for each in rows:
        actions.waive(each, reason="Nobody needs to", by=cora)
    told = (item.state, progress.steps(item)[1])

    actions.release_reply(item, "It is in the handbook.", by=cora)

    assert told == (
        S.NEW,
        {
            "label": "Read by a coordinator",
            "state": "now",
            "detail": "The members owe no answer any more. A coordinator answers you, or finds who does.",
        },
    )
    assert (item.state, item.replies[0].answers) == (S.ANSWERED, {"parts": []})
    assert [(each.words, each.outcome) for each in progress.member_lines(item)] == [
        ("Owes no answer", None)
    ] * 3


def test_each_line_says_what_came_of_it_once_the_reply_is_out(cora, members, time_machine):
    time_machine.move_to("2026-03-02T12:00Z", tick=False)
    item = factories.feedback()
    wished = (R.LEAD, R.LEAD, R.INFORMED)
    rows = [actions.route(item, each, role=role, by=cora) for each, role in zip(members, wished, strict=True)]
    for row, outcome in zip(rows[:2], (Outcome.DONE, Outcome.DECLINED), strict=True):
        agent = factories.person(agent_of=row.organization)
        actions.draft_answer(row, "So.", outcome=outcome, reason="Because", by=agent)
        actions.release_answer(row, by=agent)
    before = [(each.words, each.outcome, each.answered_on) for each in progress.member_lines(item)]

    actions.release_reply(item, "Both say.", by=cora)

    day = factories.today()
    assert before == [("Ready, waits for the others", None, None)] * 2 + [("Kept informed", None, None)]
    assert [(each.words, each.outcome, each.answered_on) for each in progress.member_lines(item)] == [
        ("Has answered", "done", day),
        ("Has answered", "declined", day),
        ("Kept informed", None, None),
    ]


# Not ours, but whose


def test_who_says_not_ours_may_say_whose(cora, members):
    item = factories.feedback()
    row = actions.route(item, members[0], role=R.LEAD, by=cora)
    agent = factories.person(agent_of=members[0])

    actions.propose_refusal(row, reason="They build it", proposed_to=members[1], by=agent)
    proposed = (row.proposed_to, last_events())
    actions.accept_refusal(row, handed_to=members[2], by=cora)

    assert proposed == (
        members[1],
        [(K.ASSIGNMENT_REFUSAL_PROPOSED, "member", "S4PST", {"proposed_to": "RAPIDS"})],
    )
    assert last_events(2)[0][3] == {"handed_to": "STEP", "proposed_to": "RAPIDS"}


def test_a_matter_does_not_go_around_in_circles(cora, members):
    item = factories.feedback()
    first = factories.assignment(item, members[0], state=A.REFUSED, refusal_reason="They build it")
    second = factories.assignment(item, members[1])
    agent = factories.person(agent_of=members[1])
    once = goes_around(item)

    with pytest.raises(RefusedAlready, match="S4PST has said that it is not theirs"):
        actions.propose_refusal(second, reason="They do", proposed_to=members[0], by=agent)
    actions.propose_refusal(second, reason="They do", by=agent)
    with pytest.raises(RefusedAlready):
        actions.accept_refusal(second, handed_to=members[0], by=cora)
    twice = goes_around(item)
    actions.accept_refusal(second, by=cora)
    actions.route(item, members[0], role=R.LEAD, by=cora)

    assert (once, twice, goes_around(item)) == (False, True, False)
    assert first.state == A.SENT


# Among members


def test_a_note_for_all_members_is_read_by_whoever_has_the_matter(cora, members):
    item = factories.feedback()
    one, two, former, stranger = (
        factories.person(agent_of=each) for each in [*members, factories.organization()]
    )
    for member, state in zip(members, (A.WORKING, A.ANSWERED, A.REFUSED), strict=True):
        factories.assignment(item, member, state=state)
    for text, shared, by, organization in (
        ("of Cora", False, cora, None),
        ("of Cora for all", True, cora, None),
        ("of S4PST", False, one, members[0]),
        ("of S4PST for all", True, one, members[0]),
    ):
        actions.note(item, text, by=by, organization=organization, for_members=shared)
    db.session.flush()

    assert {
        name: [each.body for each in queries.notes_for(item, actor=person)]
        for name, person in {
            "cora": cora,
            "one": one,
            "two": two,
            "former": former,
            "stranger": stranger,
        }.items()
    } == {
        "cora": ["of Cora", "of Cora for all", "of S4PST", "of S4PST for all"],
        "one": ["of Cora for all", "of S4PST", "of S4PST for all"],
        "two": ["of Cora for all", "of S4PST for all"],
        "former": [],
        "stranger": [],
    }


def test_an_incompatibility_is_marked_and_unmarked(cora):
    item = factories.feedback()

    actions.mark_incompatibility(item, is_one=True, by=cora)
    with pytest.raises(MarkedSo):
        actions.mark_incompatibility(item, is_one=True, by=cora)
    marked = item.is_incompatibility
    actions.mark_incompatibility(item, is_one=False, by=cora)

    assert (marked, item.is_incompatibility) == (True, False)
    rows = db.session.scalars(sa.select(Event).order_by(Event.id))
    assert [(each.kind, each.audience, each.detail) for each in rows] == [
        (K.FEEDBACK_MARKED, Audience.PUBLIC, {"is_incompatibility": True}),
        (K.FEEDBACK_MARKED, Audience.PUBLIC, {"is_incompatibility": False}),
    ]
