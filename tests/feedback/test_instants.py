"""What somebody does without a trace leaves its exact instant nowhere: not on the matter, not on others."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
import time_machine

from cass_portal.casework import actions as casework
from cass_portal.casework.actions.silence import ask_outcome
from cass_portal.casework.lifecycle import AssignmentRole, Outcome
from cass_portal.db import UTCDateTime, db
from cass_portal.delivery.actions import fan_out, telling
from cass_portal.delivery.queries import backlog
from cass_portal.feedback import actions
from cass_portal.feedback.lifecycle import Verdict
from cass_portal.history import Event
from tests import factories

EXACT = datetime(2026, 11, 23, 14, 37, 21, 123456, tzinfo=UTC)


def instants():
    """Every stored instant that is not on the hour."""
    db.session.flush()
    columns = [
        each for table in db.metadata.sorted_tables for each in table.c if isinstance(each.type, UTCDateTime)
    ]
    found = {value for each in columns for value in db.session.scalars(sa.select(each)) if value is not None}
    return {each for each in found if each.replace(minute=0, second=0, microsecond=0) != each}


def tell():
    db.session.commit()
    for each in telling.claim_events(limit=99):
        fan_out(db.session.get_one(Event, each))
    db.session.commit()


def test_no_act_of_its_author_leaves_its_instant_in_any_table(app):
    by, alpha = factories.coordinator(), factories.organization()
    agent = factories.person(agent_of=alpha)

    def by_author(act, at):
        """What of the act is told before its hour is over, and which instants it leaves."""
        known = instants()
        db.session.commit()
        with time_machine.travel(at, tick=False):
            found = act()
            db.session.commit()
            assert instants() - known == set(), act
            assert (telling.claim_events(limit=99), backlog().event_at) == ([], None), act
        with time_machine.travel(at + timedelta(hours=1), tick=False):
            tell()
        return found

    def answer():
        casework.draft_answer(part, "It is done.", outcome=Outcome.DONE, by=agent)
        casework.release_answer(part, by=agent)

    db.session.commit()
    hours = [EXACT + timedelta(hours=2 * number) for number in range(6)]
    item = by_author(lambda: actions.submit(subject="It is slow", body="Very.", is_anonymous=True), hours[0])
    with time_machine.travel(hours[0] + timedelta(minutes=40, seconds=1), tick=False):
        casework.accept(item, by=by)
        part = casework.route(item, alpha, role=AssignmentRole.LEAD, by=by)
        db.session.flush()
        casework.acknowledge(part, by=agent)
        casework.ask(item, "Which version?", by=by)
        tell()
    by_author(lambda: actions.reply(item, "The latest."), hours[1])
    with time_machine.travel(hours[1] + timedelta(minutes=40, seconds=1), tick=False):
        answer()
        ask_outcome(item)
        tell()
    by_author(lambda: actions.give_verdict(item, Verdict.PARTLY), hours[2])
    by_author(lambda: actions.give_verdict(item, Verdict.NOT_SOLVED, is_check=True), hours[3])
    with time_machine.travel(hours[3] + timedelta(minutes=40, seconds=1), tick=False):
        duplicate, own = factories.feedback(), factories.feedback(is_anonymous=True, email=None)
        factories.assignment(duplicate, alpha)
        for each in (duplicate, own):
            casework.merge(each, item, by=by)
        tell()
    by_author(lambda: actions.withdraw(own), hours[4])
    by_author(lambda: actions.withdraw(item, reason="Never mind"), hours[5])

    assert [each.state for each in (item, part, duplicate, own)] == [
        "withdrawn", "waived", "routed", "withdrawn",
    ]  # fmt: skip
