"""Two people at once who join, take apart, answer and withdraw: never a circle, never an answer lost or given twice."""

import pytest
import sqlalchemy as sa

from cass_portal.casework import actions
from cass_portal.casework.models import Merge
from cass_portal.db import db
from cass_portal.feedback import actions as stakeholder
from cass_portal.feedback.joining import replies_for_author, root_of
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.standing import standing
from cass_portal.history import Event, EventKind
from cass_portal.people.models import Person
from tests import factories
from tests.casework.test_races import at_once
from tests.racing import together

K = EventKind


@pytest.fixture
def case(app):
    ids = [factories.feedback(f"Matter {number}").id for number in range(3)]
    return ids, factories.coordinator().id


def item(ids, number):
    return db.session.get_one(Feedback, ids[number])


def acting(case, act):
    """`act(first, second, third, by)` as `at_once` wants it: reading first, then acting."""
    ids, by = case

    def prepare():
        rows = [item(ids, number) for number in range(3)]
        return lambda: act(*rows, db.session.get_one(Person, by))

    return prepare


def events_of(row):
    return list(
        db.session.scalars(sa.select(Event.kind).where(Event.feedback_id == row.id).order_by(Event.id))
    )


def holds(case):
    rows = [item(case[0], number) for number in range(3)]
    standing_merges = db.session.scalars(sa.select(Merge).where(Merge.undone_at.is_(None))).all()
    assert all(each.state == standing(each.facts) for each in rows)
    assert all(root_of(each).state != "merged" for each in rows)
    assert {each.feedback_id for each in standing_merges} == {
        each.id for each in rows if each.state == "merged"
    }
    return rows


@pytest.mark.parametrize(
    "acts",
    [
        pytest.param(
            (
                lambda a, b, _c, by: actions.merge(a, b, by=by),
                lambda a, b, _c, by: actions.merge(b, a, by=by),
            ),
            id="each into the other",
        ),
        pytest.param(
            (
                lambda a, b, _c, by: actions.merge(a, b, by=by),
                lambda a, _b, c, by: actions.merge(a, c, by=by),
            ),
            id="one into two",
        ),
        pytest.param(
            (
                lambda a, b, _c, by: actions.merge(a, b, by=by),
                lambda _a, b, c, by: actions.merge(b, c, by=by),
            ),
            id="a chain",
        ),
        pytest.param(
            (lambda a, b, _c, by: actions.merge(a, b, by=by), lambda _a, b, _c, _by: stakeholder.withdraw(b)),
            id="into what is withdrawn",
        ),
    ],
)
def test_joining_at_once_leaves_no_circle_and_nothing_dangling(app, case, acts):
    outcomes = at_once(app, *(acting(case, each) for each in acts))

    assert "done" in outcomes
    for each in holds(case):
        assert root_of(each).state in ("new", "withdrawn")
        assert not (root_of(each) is not each and root_of(each).state == "withdrawn")


def test_joined_while_it_is_answered_the_answer_is_given_once(app, case):
    at_once(
        app,
        acting(case, lambda a, b, _c, by: actions.merge(a, b, by=by)),
        acting(case, lambda _a, b, _c, by: actions.release_reply(b, "So it is.", by=by)),
    )

    first, second, _ = holds(case)
    if first.state == "merged" and second.state == "answered":
        assert len(replies_for_author(first)) == 1
        merged = db.session.scalars(sa.select(Event).where(Event.kind == K.FEEDBACK_MERGED)).one()
        told = ["reply" in merged.detail, K.FEEDBACK_JOINED_ANSWERED in events_of(first)]
        assert sorted(told) == [False, True]


def test_taken_apart_once(app, case):
    ids, by = case
    actions.merge(item(ids, 0), item(ids, 1), by=db.session.get_one(Person, by))
    db.session.commit()

    outcomes = at_once(app, *[acting(case, lambda a, _b, _c, by: actions.unmerge(a, by=by))] * 2)

    assert outcomes.count("done") == 1
    assert events_of(holds(case)[0]) == [K.FEEDBACK_MERGED, K.FEEDBACK_UNMERGED]


WAYS = {
    "withdrawn, and taken apart": (
        lambda one, two, by: stakeholder.withdraw(two),
        lambda one, two, by: actions.unmerge(one, by=by),
    ),
    "each withdrawn": (
        lambda one, two, by: stakeholder.withdraw(two),
        lambda one, two, by: stakeholder.withdraw(one),
    ),
}


@pytest.mark.parametrize("acts", [pytest.param(acts, id=name) for name, acts in WAYS.items()])
def test_acts_on_a_duplicate_and_on_its_root_never_wait_for_each_other(app, acts):
    """A duplicate is as often older than its root as not, so that rows are met in both orders."""
    by, rounds = factories.coordinator(), 30 if db.engine.dialect.name == "postgresql" else 2
    pairs = [
        (factories.feedback(), factories.feedback())[:: 1 if number % 3 else -1] for number in range(rounds)
    ]
    for each in pairs:
        actions.merge(*each, by=by)
    ids, by_id = [[row.id for row in each] for each in pairs], by.id

    for pair in ids:

        def doing(act, pair=pair):
            def prepare():
                rows = [db.session.get_one(Feedback, each) for each in pair]
                who = db.session.get_one(Person, by_id)
                return lambda: act(*rows, who)

            return prepare

        assert "done" in together(app, *map(doing, acts))

    assert all(each.state == standing(each.facts) for each in db.session.scalars(sa.select(Feedback)))
