"""After any sequence of acts, of the stakeholder's and of the federation's, the stored state is the computed one."""

from contextlib import suppress

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cass_portal.casework import actions as casework
from cass_portal.casework.lifecycle import AssignmentRole, AssignmentState, Outcome
from cass_portal.db import db
from cass_portal.feedback import actions as feedback
from cass_portal.feedback.lifecycle import FeedbackState, Moderation, Verdict
from cass_portal.feedback.models import Feedback, Visibility
from cass_portal.feedback.standing import standing
from cass_portal.transitions import ActRefused
from tests import factories

WHO = st.integers(0, 1)
ROLE = st.sampled_from(AssignmentRole)
STEPS = st.one_of(
    st.tuples(
        st.sampled_from(
            [
                "confirm",
                "accept",
                "reject",
                "deflect",
                "ask",
                "reply",
                "withdraw",
                "publish",
                "narrow",
                "merge",
                "unmerge",
            ]
        )
    ),
    st.tuples(st.just("verdict"), st.sampled_from(Verdict)),
    st.tuples(st.just("route"), WHO, ROLE),
    st.tuples(
        st.sampled_from(["acknowledge", "work", "draft", "release", "refuse", "decline", "waive", "return"]),
        WHO,
    ),
    st.tuples(st.sampled_from(["accept_refusal", "hand_on"]), WHO),
    st.tuples(st.just("release_reply")),
)


class World:
    """One item, two members with an agent each, one coordinator."""

    def __init__(self, email):
        self.members = [factories.organization(), factories.organization()]
        self.agents = [factories.person(agent_of=each) for each in self.members]
        self.by = factories.coordinator()
        self.other = factories.feedback("The same")
        self.item = feedback.submit(subject="s", body="b" * 10, email=email, visibility=Visibility.PUBLIC)

    def assignment(self, who):
        found = [each for each in self.item.assignments if each.organization is self.members[who]]
        if not found:
            raise ActRefused("nothing was sent there")
        return found[0]

    def take(self, act, *arguments):
        item, by = self.item, self.by
        of_item = {
            "confirm": lambda: feedback.confirm(item),
            "reply": lambda: feedback.reply(item, "More."),
            "withdraw": lambda: feedback.withdraw(item),
            "verdict": lambda: feedback.give_verdict(item, arguments[0]),
            "accept": lambda: casework.accept(item, by=by),
            "reject": lambda: casework.reject(item, reason="No.", by=by),
            "deflect": lambda: casework.deflect(item, to="https://example.org/", reason="There.", by=by),
            "ask": lambda: casework.ask(item, "Which version?", by=by),
            "publish": lambda: casework.publish_item(item, by=by),
            "merge": lambda: casework.merge(item, self.other, by=by),
            "unmerge": lambda: casework.unmerge(item, by=by),
            "narrow": lambda: casework.narrow(item, Visibility.MEMBERS, by=by),
            "route": lambda: casework.route(item, self.members[arguments[0]], role=arguments[1], by=by),
            "release_reply": lambda: casework.release_reply(item, "Together:", by=by),
        }
        of_item[act]() if act in of_item else self.take_part(act, *arguments)

    def take_part(self, act, who):
        one, agent, by = self.assignment(who), self.agents[who], self.by
        {
            "acknowledge": lambda: casework.acknowledge(one, by=agent),
            "work": lambda: casework.work(one, by=agent),
            "draft": lambda: casework.draft_answer(one, "It is done.", outcome=Outcome.DONE, by=agent),
            "release": lambda: casework.release_answer(one, by=agent),
            "refuse": lambda: casework.propose_refusal(one, reason="Not ours.", by=agent),
            "decline": lambda: casework.decline_refusal(one, reason="It is.", by=by),
            "accept_refusal": lambda: casework.accept_refusal(one, by=by),
            "hand_on": lambda: casework.accept_refusal(one, by=by, handed_to=self.members[1 - who]),
            "waive": lambda: casework.waive(one, by=by, reason="Not needed."),
            "return": lambda: casework.return_to_triage(one, by=by, reason="Again."),
        }[act]()


def computed_from_rows(item_id):
    """The state that follows from what the database holds, worked out without the model's own properties."""
    item = db.session.execute(sa.select(Feedback.__table__).where(Feedback.__table__.c.id == item_id)).one()
    if item.moderation != Moderation.ACCEPTED:
        return item.moderation.value
    rows = sa.text("SELECT state FROM assignment WHERE feedback_id = :id AND role <> 'informed'")
    living = set(db.session.scalars(rows, {"id": item_id})) - {"refused", "returned", "waived"}
    if item.reply_released_at and living <= {"answered"}:
        return "closed" if item.verdict in (Verdict.SOLVED, Verdict.PARTLY) else "answered"
    if item.waiting_since:
        return "waiting"
    return "new" if not living else "routed" if living <= {"sent", "refusal_proposed"} else "in_progress"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(email=st.sampled_from(["ada@example.org", None]), steps=st.lists(STEPS, max_size=18))
def test_stored_state_is_the_computed_one_after_any_sequence_of_acts(app, email, steps):
    world = World(email)
    db.session.flush()

    for step in [("confirm",), ("accept",), *steps]:
        with suppress(ActRefused), db.session.begin_nested():
            world.take(*step)
        stored = db.session.scalar(sa.select(Feedback.state).where(Feedback.id == world.item.id))
        assert stored == standing(world.item.facts) == computed_from_rows(world.item.id), step

    db.session.rollback()


def test_the_acts_reach_every_state_but_those_of_later_features(app):
    seen = set()

    answered = [
        ("route", 0, AssignmentRole.LEAD),
        ("ask",),
        ("reply",),
        ("work", 0),
        ("draft", 0),
        ("release", 0),
    ]
    for email, *steps in (
        ("ada@example.org", ("confirm",), *answered, ("verdict", Verdict.SOLVED)),
        (None, ("reject",)),
        (None, ("accept",), ("deflect",)),
        (None, ("accept",), ("merge",)),
        (None, ("withdraw",)),
    ):
        world = World(email)
        seen.add(world.item.state)
        for step in steps:
            world.take(*step)
            db.session.flush()
            seen.add(world.item.state)

    assert seen == set(FeedbackState)


def test_informing_members_leaves_a_matter_where_it_was(app):
    world = World(None)
    world.take("accept")

    world.take("route", 0, AssignmentRole.INFORMED)
    db.session.flush()

    assert (world.item.state, world.item.assignments[0].state) == (FeedbackState.NEW, AssignmentState.SENT)
