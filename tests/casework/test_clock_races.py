"""Acts and the worker at the same moment: no step is lost, taken twice, or taken for a promise that was kept."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from cass_portal.casework import actions
from cass_portal.casework.actions import overdue
from cass_portal.casework.lifecycle import AssignmentRole
from cass_portal.casework.models import Assignment
from cass_portal.casework.timekeeping import times_of
from cass_portal.db import db
from cass_portal.history import Event, EventKind, log_of
from cass_portal.people.models import Person
from tests import factories
from tests.feedback.pages import soup

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
MANY = 12


@pytest.fixture
def late(app, time_machine):
    """Ids of assignments whose acknowledgment is overdue since today, and of a person who answers for them."""
    time_machine.move_to(MONDAY, tick=False)
    member, by = factories.organization("ALPHA"), factories.coordinator()
    rows = [actions.route(factories.feedback(), member, role=AssignmentRole.LEAD, by=by) for _ in range(MANY)]
    agent = factories.person(agent_of=member)
    db.session.commit()
    ids = [each.id for each in rows], agent.id
    time_machine.move_to(MONDAY + timedelta(days=8), tick=False)
    db.session.remove()
    return ids


def at_once(portal, *works):
    ready, done = threading.Barrier(len(works), timeout=30), []

    def run(work):
        with portal.app_context():
            ready.wait()
            work()
            done.append(work)

    threads = [threading.Thread(target=run, args=(each,)) for each in works]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert len(done) == len(works)


def test_steps_and_acknowledgments_at_the_same_moment_leave_what_the_log_says(portal, late):
    ids, agent_id = late

    def acknowledge():
        for id_ in ids:
            row = db.session.get_one(Assignment, id_)
            actions.acknowledge(row, by=db.session.get_one(Person, agent_id))
            db.session.commit()

    def take():
        for _ in range(MANY):
            overdue.take_steps(limit=2)
            db.session.commit()

    at_once(portal, acknowledge, take)

    rows = list(db.session.scalars(sa.select(Assignment)))
    for row in rows:
        times = times_of(row, log_of(row.feedback))
        assert (
            (row.overdue_steps, row.answer_by) == (times.overdue_steps, times.answer_by) == (0, row.answer_by)
        )
        assert row.step_at > MONDAY + timedelta(days=8)
    taken = list(
        db.session.scalars(sa.select(Event.assignment_id).where(Event.kind == EventKind.ASSIGNMENT_OVERDUE))
    )
    assert len(taken) == len(set(taken))


def test_of_two_who_change_a_due_date_one_wins(browser_of, late):
    (first, *_), _ = late
    reference = db.session.get_one(Assignment, first).feedback.reference
    page = f"/desk/triage/{reference}/"
    browsers = [browser_of(factories.coordinator()) for _ in range(2)]
    db.session.commit()
    form = soup(browsers[0].get(page)).find("form", action=f"{page}assignments/{first}/due")
    sent = {each["name"]: each.get("value", "") for each in form.select("input[name]")} | {"reason": "Later."}

    answers = [each.send(form["action"], sent | {"answer_by": "2026-04-01"}).status_code for each in browsers]

    assert answers == [303, 409]
