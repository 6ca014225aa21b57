"""Whatever people do in whatever order: the stored state is the computed one, visibility stays below its ceiling."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cass_portal.casework import actions
from cass_portal.casework.actions import overdue, silence
from cass_portal.casework.clocks import STEP_DAYS
from cass_portal.casework.lifecycle import AssignmentRole, Outcome
from cass_portal.casework.timekeeping import times_of
from cass_portal.clock import as_of, now, today
from cass_portal.db import db
from cass_portal.feedback import actions as feedback
from cass_portal.feedback.lifecycle import Moderation, Verdict
from cass_portal.feedback.models import NARROWNESS, Visibility
from cass_portal.feedback.standing import standing
from cass_portal.history import Event, log_of
from cass_portal.policy import SYSTEM, NotPermitted
from cass_portal.transitions import ActRefused
from tests import factories

PACE = timedelta(days=3)
"""From one act to the next, so that promises are broken on the way."""


def attempt(act, item, which, visibility, cast):
    """One act by whoever may do it; `which` of the members is meant."""
    member, agent, cora = cast["members"][which], cast["agents"][which], cast["coordinator"]
    row = next((each for each in item.assignments if each.organization_id == member.id), None)
    if act in ON_ITEM:
        return ON_ITEM[act](item, cora, member, visibility)
    if row is None:
        return None
    return ON_ROW[act](row, agent, cora, cast["members"][(which + 1) % 3])


ON_ITEM = {
    "accept": lambda item, cora, _m, _v: actions.accept(item, by=cora),
    "reject": lambda item, cora, _m, _v: actions.reject(item, reason="x", by=cora),
    "undo_accept": lambda item, cora, _m, _v: actions.undo_accept(item, by=cora),
    "undo_reject": lambda item, cora, _m, _v: actions.undo_reject(item, by=cora),
    "deflect": lambda item, cora, _m, _v: actions.deflect(
        item, to="https://example.org", reason="x", by=cora
    ),
    "narrow": lambda item, cora, _m, v: actions.narrow(item, v, by=cora),
    "publish": lambda item, cora, _m, _v: actions.publish_item(item, by=cora),
    "route": lambda item, cora, m, _v: actions.route(item, m, role=AssignmentRole.LEAD, by=cora),
    "route_informed": lambda item, cora, m, _v: actions.route(item, m, role=AssignmentRole.INFORMED, by=cora),
    "mark": lambda item, cora, _m, _v: actions.mark_incompatibility(item, is_one=True, by=cora),
    "ask": lambda item, cora, _m, _v: actions.ask(item, "x", by=cora),
    "note": lambda item, cora, _m, _v: actions.note(item, "x", by=cora),
    "draft_reply": lambda item, cora, _m, _v: actions.draft_reply(item, "x", by=cora),
    "release_reply": lambda item, cora, _m, _v: actions.release_reply(item, "x", by=cora),
    "reply": lambda item, _c, _m, _v: feedback.reply(item, "x"),
    "remind": lambda item, _c, _m, _v: silence.remind(item),
    "close": lambda item, _c, _m, _v: silence.close(item),
    "ask_outcome": lambda item, _c, _m, _v: silence.ask_outcome(item),
    "solved": lambda item, _c, _m, _v: feedback.give_verdict(item, Verdict.SOLVED),
    "not_solved": lambda item, _c, _m, _v: feedback.give_verdict(item, Verdict.NOT_SOLVED),
    "withdraw": lambda item, _c, _m, _v: feedback.withdraw(item),
}
PASS_ON_THE_LEAD = ("agree", "hand_on", "inform", "return", "succeed", "waive")
"""With the sending to the next, or the next member leading, as an event of its own."""
ON_ROW = {
    "waive": lambda row, _a, cora, _n: actions.waive(row, reason="x", by=cora),
    "return": lambda row, _a, _c, _n: actions.return_to_triage(row, reason="x", by=SYSTEM),
    "ack": lambda row, agent, _c, _n: actions.acknowledge(row, by=agent),
    "work": lambda row, agent, _c, _n: actions.work(row, by=agent),
    "take": lambda row, agent, _c, _n: actions.take(row, agent, by=agent),
    "draft": lambda row, agent, _c, _n: actions.draft_answer(row, "x", outcome=Outcome.DONE, by=agent),
    "release": lambda row, agent, _c, _n: actions.release_answer(row, by=agent),
    "propose": lambda row, agent, _c, following: actions.propose_refusal(
        row, reason="x", by=agent, proposed_to=following
    ),
    "lead": lambda row, _a, cora, _n: actions.change_role(row, AssignmentRole.LEAD, by=cora),
    "contribute": lambda row, _a, cora, _n: actions.change_role(row, AssignmentRole.CONTRIBUTING, by=cora),
    "inform": lambda row, _a, cora, _n: actions.change_role(row, AssignmentRole.INFORMED, by=cora),
    "agree": lambda row, _a, cora, _n: actions.accept_refusal(row, by=cora),
    "hand_on": lambda row, _a, cora, following: actions.accept_refusal(row, by=cora, handed_to=following),
    "succeed": lambda row, _a, cora, following: actions.succeed(row, following, reason="x", by=cora),
    "change_due": lambda row, _a, cora, _n: actions.change_due(
        row, acknowledge_by=today(), answer_by=today() + PACE, reason="x", by=cora
    ),
    "decline": lambda row, _a, cora, _n: actions.decline_refusal(row, reason="x", by=cora),
}


steps = st.lists(
    st.tuples(st.sampled_from([*ON_ITEM, *ON_ROW]), st.integers(0, 2), st.sampled_from(Visibility)),
    min_size=1,
    max_size=25,
)


def events_of(item):
    return db.session.query(Event).filter_by(feedback_id=item.id).count()


def assert_clocks_say_what_the_log_says(item):
    log = log_of(item)
    for row in item.assignments:
        said = times_of(row, log)
        assert (row.acknowledge_by, row.answer_by, row.overdue_steps) == (
            said.acknowledge_by, said.answer_by, said.overdue_steps
        )  # fmt: skip
        assert 0 <= row.overdue_steps <= len(STEP_DAYS)
        assert row.acknowledge_by >= row.sent_at.date()
        assert row.step_at is None or (row.is_open and row.owes_answer and not row.is_paused)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, ceiling=st.sampled_from(Visibility), held=st.booleans())
def test_any_sequence_of_acts_keeps_the_promises(app, steps, ceiling, held):
    members = [factories.organization() for _ in range(3)]
    agents = [factories.person(agent_of=each) for each in members]
    cast = {"members": members, "agents": agents, "coordinator": factories.coordinator()}
    moderation = Moderation.HELD if held else Moderation.ACCEPTED
    item, begun = factories.feedback(visibility=ceiling, moderation=moderation), now()
    try:
        for day, (act, which, visibility) in enumerate(steps):
            with as_of(begun + day * PACE):
                overdue.take_steps()
                db.session.expire_all()
                before, state = events_of(item), item.state
                try:
                    done = (
                        attempt(act, item, which, visibility, cast)
                        if act in ON_ITEM or item.assignments
                        else None
                    )
                    expected = {0, 1, 2} if act in PASS_ON_THE_LEAD else {0, 1}
                except (ActRefused, NotPermitted):
                    done, expected = None, {0}
                    assert item.state == state
                db.session.flush()
                db.session.expire_all()

                assert events_of(item) - before in expected, (act, done)
                assert item.state == standing(item.facts)
                assert NARROWNESS.index(item.visibility) >= NARROWNESS.index(item.author_visibility)
                assert not item.is_public or item.author_visibility == Visibility.PUBLIC
                assert len({each.organization_id for each in item.assignments}) == len(item.assignments)
                assert item.visibility != Visibility.COORDINATORS or not item.organization_ids
                assert [each.role for each in item.assignments if each.is_living].count("lead") == bool(
                    [each for each in item.assignments if each.is_living]
                )
                assert_clocks_say_what_the_log_says(item)
    finally:
        db.session.rollback()
