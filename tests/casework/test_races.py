"""Two people at once, in two sessions on the real database: one wins, the other is told, nothing is doubled."""

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.orm.exc import StaleDataError

from cass_portal.casework import actions
from cass_portal.casework.lifecycle import AssignmentRole, AssignmentState, Outcome
from cass_portal.casework.models import Assignment, ConsolidatedReply
from cass_portal.casework.refusals import AlreadyAssigned, NotToBeJoined
from cass_portal.db import db
from cass_portal.directory.models import Organization
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.standing import standing
from cass_portal.history import Event, EventKind
from cass_portal.people.models import Person
from cass_portal.transitions import TransitionRefused
from tests import factories

A, K = AssignmentState, EventKind
REFUSED = (StaleDataError, TransitionRefused, AlreadyAssigned, NotToBeJoined)


def at_once(app, *acts):
    """Run each act in a thread and a session of its own, all having read before any writes where the engine allows it.

    SQLite takes the lock at the first statement, so there the second reads what the first has committed.
    """
    db.session.commit()  # an open transaction of this thread would lock SQLite
    has_read = threading.Barrier(len(acts), timeout=5)
    outcomes = []

    def run(act):
        with app.app_context():
            try:
                prepared = act()
                if db.engine.dialect.name == "postgresql":
                    has_read.wait()
                prepared()
                db.session.commit()
                outcomes.append("done")
            except REFUSED as refusal:
                db.session.rollback()
                outcomes.append(type(refusal).__name__)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(each,)) for each in acts]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    db.session.expire_all()
    return outcomes


def events():
    return sorted(db.session.scalars(sa.select(Event.kind)))


@pytest.fixture
def case(app):
    """A matter, two members, an agent of each and two coordinators, committed."""
    one, two = factories.organization("ONE"), factories.organization("TWO")
    ids = {
        "item": factories.feedback().id,
        "one": one.id,
        "two": two.id,
        "uno": factories.person(agent_of=one).id,
        "due": factories.person(agent_of=two).id,
        "cora": factories.coordinator().id,
        "carl": factories.coordinator().id,
    }
    db.session.commit()
    return ids


def routing(case, by, to):
    """Read the matter, then route it when told to."""

    def read():
        item, organization = db.session.get(Feedback, case["item"]), db.session.get(Organization, case[to])
        person = db.session.get(Person, case[by])
        _ = (item.version, list(item.assignments), person.memberships)
        return lambda: actions.route(item, organization, role=AssignmentRole.LEAD, by=person)

    return read


@pytest.mark.parametrize("second", ["one", "two"])
def test_two_triagers_route_at_once(second, app, case):
    outcomes = at_once(app, routing(case, "cora", "one"), routing(case, "carl", second))

    rows = list(db.session.scalars(sa.select(Assignment.organization_id)))
    if db.engine.dialect.name == "postgresql":
        assert sorted(outcomes) == ["StaleDataError", "done"]
    else:
        assert sorted(outcomes) == (["AlreadyAssigned", "done"] if second == "one" else ["done", "done"])
    assert len(rows) == len(set(rows)) == outcomes.count("done")
    assert events() == [K.ASSIGNMENT_SENT] * outcomes.count("done")


def test_a_released_answer_meets_a_new_member(app, case):
    """A member that answered alone and a coordinator who brings in another: never both."""
    item = db.session.get(Feedback, case["item"])
    row = factories.assignment(item, db.session.get(Organization, case["one"]), state=A.DRAFTED)
    factories.answer(row, db.session.get(Person, case["uno"]))
    db.session.commit()
    row_id = row.id

    def release():
        person = db.session.get(Person, case["uno"])
        mine = db.session.get(Assignment, row_id)
        _ = (list(mine.feedback.assignments), mine.answer, person.memberships, mine.feedback.replies)
        return lambda: actions.release_answer(mine, by=person)

    outcomes = at_once(app, release, routing(case, "cora", "two"))

    item = db.session.get(Feedback, case["item"])
    released = K.FEEDBACK_REPLY_RELEASED in events()
    assert released == (item.reply_released_at is not None)
    assert not (released and [a for a in item.assignments if a.is_open])
    assert outcomes.count("done") == len(events())
    assert item.state == standing(item.facts)


@pytest.mark.parametrize("rounds", range(3))
def test_two_coordinators_release_one_reply(rounds, app, case):
    item = db.session.get(Feedback, case["item"])
    for member, person in (("one", "uno"), ("two", "due")):
        row = factories.assignment(item, db.session.get(Organization, case[member]), state=A.ANSWERED)
        factories.answer(row, db.session.get(Person, case[person]))
    item.settle()
    db.session.commit()

    def releasing(by):
        def read():
            person, mine = db.session.get(Person, case[by]), db.session.get(Feedback, case["item"])
            _ = (mine.version, list(mine.replies), [a.answer for a in mine.assignments], person.memberships)
            return lambda: actions.release_reply(mine, f"Words of {by}", by=person)

        return read

    outcomes = at_once(app, releasing("cora"), releasing("carl"))

    assert outcomes.count("done") == 1
    assert events() == [K.FEEDBACK_REPLY_RELEASED]
    assert db.session.scalar(sa.select(sa.func.count(ConsolidatedReply.id))) == 1


def test_two_people_of_a_member_write_at_once(app, case):
    item = db.session.get(Feedback, case["item"])
    row = factories.assignment(item, db.session.get(Organization, case["one"]))
    db.session.commit()
    row_id = row.id

    def drafting(text):
        def read():
            person, mine = db.session.get(Person, case["uno"]), db.session.get(Assignment, row_id)
            _ = (mine.answer, mine.feedback.assignments, person.memberships)
            return lambda: actions.draft_answer(mine, text, outcome=Outcome.DONE, by=person)

        return read

    outcomes = at_once(app, drafting("mine"), drafting("yours"))

    if db.engine.dialect.name == "postgresql":
        assert sorted(outcomes) == ["StaleDataError", "done"]
    assert events() == [K.ASSIGNMENT_ANSWER_DRAFTED] * outcomes.count("done")
    assert db.session.get(Assignment, row_id).answer.text in ("mine", "yours")
