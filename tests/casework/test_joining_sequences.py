"""Whatever is joined, taken apart, routed and answered in whatever order: states are computed, undoing restores."""

from contextlib import suppress

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cass_portal.casework import actions
from cass_portal.casework.lifecycle import AssignmentRole
from cass_portal.casework.models.joining import written
from cass_portal.db import db
from cass_portal.feedback import actions as stakeholder
from cass_portal.feedback.joining import joined_with, root_of, standing_merge
from cass_portal.feedback.models import NARROWNESS, Visibility
from cass_portal.feedback.standing import standing
from cass_portal.history import Event, EventKind
from cass_portal.transitions import ActRefused
from tests import factories

ITEMS, MEMBERS = st.integers(0, 2), st.integers(0, 1)
STEPS = st.one_of(
    st.tuples(st.just("merge"), ITEMS, ITEMS),
    st.tuples(st.just("unmerge"), ITEMS),
    st.tuples(st.sampled_from(["route", "waive", "acknowledge", "refuse"]), ITEMS, MEMBERS),
    st.tuples(st.sampled_from(["reply", "release", "withdraw", "reject", "deflect", "hide"]), ITEMS),
)
ALSO = {EventKind.FEEDBACK_JOINED_ANSWERED, EventKind.FEEDBACK_UNMERGED}
"""What an act on one matter may leave on its duplicates."""


class World:
    def __init__(self):
        self.by = factories.coordinator()
        self.members = [factories.organization(), factories.organization()]
        self.agents = [factories.person(agent_of=each) for each in self.members]
        self.items = [
            factories.feedback(visibility=each) for each in (*list(Visibility)[:2], Visibility.PRIVATE)
        ]
        self.kept = {}

    def take(self, act, one, other=None):
        item, by = self.items[one], self.by
        part = None
        if act in ("waive", "acknowledge", "refuse"):
            part = next((each for each in item.assignments if each.organization is self.members[other]), None)
            if part is None:
                raise ActRefused("it has no such part")
        {
            "merge": lambda: actions.merge(item, self.items[other], by=by),
            "unmerge": lambda: actions.unmerge(item, by=by),
            "route": lambda: actions.route(
                item, self.members[other], role=AssignmentRole.CONTRIBUTING, by=by
            ),
            "waive": lambda: actions.waive(part, reason="Enough.", by=by),
            "acknowledge": lambda: actions.acknowledge(part, by=self.agents[other]),
            "refuse": lambda: actions.propose_refusal(part, reason="No.", by=self.agents[other]),
            "reply": lambda: stakeholder.reply(item, "More."),
            "release": lambda: actions.release_reply(item, "So it is.", by=by),
            "withdraw": lambda: stakeholder.withdraw(item),
            "reject": lambda: actions.reject(item, reason="No.", by=by),
            "deflect": lambda: actions.deflect(item, to="x@example.org", reason="There.", by=by),
            "hide": lambda: actions.narrow(item, Visibility.PRIVATE, by=by),
        }[act]()

    def rows(self, item):
        return {each.id: written(each) for each in item.assignments}

    def check(self):
        for item in self.items:
            assert item.state == standing(item.facts)
            assert (
                (item.state == "merged")
                == (item.merged_into is not None)
                == (standing_merge(item) is not None)
            )
            assert root_of(item).state != "merged"
            assert item not in joined_with(item)
            assert NARROWNESS.index(item.visibility) >= NARROWNESS.index(item.author_visibility)
            if item.state == "merged":
                assert not any(each.is_open for each in item.assignments)


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(STEPS, max_size=12))
def test_any_sequence_is_computed_and_undone_exactly(app, steps):
    world = World()
    for step in steps:
        before = {each.id: (each.state, world.rows(each)) for each in world.items}
        last = db.session.scalar(sa.select(sa.func.max(Event.id))) or 0
        with suppress(ActRefused):
            world.take(*step)
            db.session.flush()
            events = db.session.scalars(sa.select(Event).where(Event.id > last)).all()
            own = [each for each in events if each.feedback_id == world.items[step[1]].id]
            assert len(own) == 1, step
            assert {each.kind for each in events if each not in own} <= ALSO
        for each in world.items:
            is_joined = each.state == "merged"
            if is_joined and each.id not in world.kept:
                world.kept[each.id] = before[each.id]
            elif not is_joined and each.id in world.kept:
                kept = world.kept.pop(each.id)
                if each.state != "withdrawn":
                    assert (each.state, world.rows(each)) == kept, step
        world.check()
    db.session.rollback()
