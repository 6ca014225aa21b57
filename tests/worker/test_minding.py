"""What the clock brings to feedback, by the worker: overdue steps, reminders, closings, outcome checks; once each."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from cass_portal import worker
from cass_portal.casework import actions as casework
from cass_portal.casework.actions import overdue
from cass_portal.casework.lifecycle import AssignmentRole, Outcome
from cass_portal.casework.models import Assignment
from cass_portal.casework.timekeeping import times_of
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.models import Delivery
from cass_portal.feedback import actions as feedback
from cass_portal.feedback.lifecycle import FeedbackState, Verdict
from cass_portal.feedback.models import Feedback
from cass_portal.history import Event, EventKind, log_of
from cass_portal.worker import minding
from tests import factories

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
DAY = timedelta(days=1)
K, S = EventKind, FeedbackState


@pytest.fixture
def coordinator(app, time_machine):
    time_machine.move_to(MONDAY, tick=False)
    return factories.coordinator(email="coordinator@example.org")


def routed(by, organization=None):
    item = factories.feedback()
    member = organization or factories.organization()
    row = casework.route(item, member, role=AssignmentRole.LEAD, by=by)
    db.session.commit()
    return item, row


def answered(by, outcome=Outcome.DONE, **said):
    item, row = routed(by)
    agent = factories.person(agent_of=row.organization)
    casework.draft_answer(row, "Here.", outcome=outcome, by=agent, **said)
    casework.release_answer(row, by=agent)
    db.session.commit()
    return item, row


def system_acts(kind):
    query = sa.select(Event).where(Event.actor_role == "system", Event.kind == kind).order_by(Event.id)
    return list(db.session.scalars(query))


def told(kind):
    """Who gets mail of events of that kind."""
    query = sa.select(Delivery.address).join(Delivery.event).where(Event.kind == kind)
    return sorted(db.session.scalars(query))


def work(app, rounds=1):
    db.session.commit()
    for _ in range(rounds):
        worker.tick(app)
    db.session.expire_all()


def test_each_step_of_a_broken_promise_is_taken_once_and_told_ever_higher(app, coordinator, time_machine):
    member = factories.organization("ALPHA", contact_email="contact@example.org")
    factories.person(lead_of=member, email="lead@example.org")
    factories.person(agent_of=member, email="agent@example.org")
    _item, row = routed(coordinator, member)

    taken = []
    for day in (7, 8, 10, 11, 16, 17, 29):
        time_machine.move_to(MONDAY + day * DAY, tick=False)
        work(app, 2)
        taken.append(len(system_acts(K.ASSIGNMENT_OVERDUE)))

    assert taken == [0, 1, 1, 2, 2, 3, 3]
    assert told(K.ASSIGNMENT_OVERDUE) == [
        "contact@example.org",
        "coordinator@example.org",
        "lead@example.org",
    ]
    assert (row.step_at, row.overdue_steps) == (None, 3)


def test_many_broken_promises_of_a_member_are_one_mail_a_day(app, coordinator, time_machine):
    members = [factories.organization(name, contact_email=f"{name}@example.org") for name in ("a", "b")]
    for member in members:
        for _ in range(5):
            routed(coordinator, member)
    time_machine.move_to(MONDAY + 8 * DAY, tick=False)

    assert [overdue.take_steps(limit=3) for _ in range(5)] == [3, 3, 3, 1, 0]
    db.session.commit()
    work(app, 3)

    assert len(system_acts(K.ASSIGNMENT_OVERDUE)) == 10
    assert told(K.ASSIGNMENT_OVERDUE) == ["a@example.org", "b@example.org"]
    assert db.session.scalar(sa.select(sa.func.count()).where(Event.fanned_out_at.is_(None))) == 0


def test_a_step_that_is_taken_by_two_workers_is_taken_once(portal, coordinator, time_machine):
    for _ in range(12):
        routed(coordinator)
    db.session.commit()
    time_machine.move_to(MONDAY + 8 * DAY, tick=False)
    at_once = threading.Barrier(3)

    def take():
        with portal.app_context():
            at_once.wait(5)
            while overdue.take_steps(limit=2):
                db.session.commit()
            db.session.rollback()

    threads = [threading.Thread(target=take) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(20)

    taken = [each.assignment_id for each in system_acts(K.ASSIGNMENT_OVERDUE)]
    assert len(taken) == len(set(taken)) == 12


def test_nobody_is_late_while_the_stakeholder_is_asked_or_once_it_is_settled(app, coordinator, time_machine):
    asked, row = routed(coordinator)
    casework.ask(asked, "Which version?", by=coordinator)
    _, waived = routed(coordinator)
    casework.waive(waived, reason="Not needed.", by=coordinator)
    db.session.commit()
    time_machine.move_to(MONDAY + 10 * DAY, tick=False)
    work(app)
    assert system_acts(K.ASSIGNMENT_OVERDUE) == []

    feedback.reply(asked, "This one.")
    work(app)

    assert system_acts(K.ASSIGNMENT_OVERDUE) == []
    assert (row.acknowledge_by - MONDAY.date()).days == 17


def test_what_is_stored_is_what_the_log_says(app, coordinator, time_machine):
    item, row = routed(coordinator)
    agent = factories.person(agent_of=row.organization)
    acts = [
        lambda: None,
        lambda: casework.ask(item, "Which?", by=coordinator),
        lambda: feedback.reply(item, "This."),
        lambda: None,
        lambda: casework.acknowledge(row, by=agent),
        lambda: None,
        lambda: casework.draft_answer(row, "Done.", outcome=Outcome.DONE, by=agent),
        lambda: casework.release_answer(row, by=agent),
        lambda: feedback.give_verdict(item, Verdict.NOT_SOLVED),
        lambda: None,
    ]
    for number, act in enumerate(acts, start=1):
        time_machine.move_to(MONDAY + 5 * number * DAY, tick=False)
        act()
        work(app)
        times = times_of(row, log_of(item))

        assert (row.acknowledge_by, row.answer_by, row.overdue_steps) == (
            times.acknowledge_by, times.answer_by, times.overdue_steps
        )  # fmt: skip
        was = row.step_at, row.overdue_steps
        row.keep_time()
        assert (row.step_at, row.overdue_steps) == was


def test_a_question_is_called_to_mind_after_a_week_and_closes_the_matter_after_three(
    app, coordinator, time_machine
):
    item, row = routed(coordinator)
    casework.ask(item, "Which version?", by=coordinator)
    db.session.commit()

    def pass_days(number):
        time_machine.move_to(MONDAY + number * DAY, tick=False)
        work(app, 3)
        return item.state, len(system_acts(K.FEEDBACK_REMINDED)), len(system_acts(K.FEEDBACK_CLOSED))

    assert pass_days(6.9) == (S.WAITING, 0, 0)
    assert pass_days(7) == (S.WAITING, 1, 0)
    assert pass_days(20.9) == (S.WAITING, 1, 0)
    assert pass_days(21) == (S.CLOSED, 1, 1)
    assert told(K.FEEDBACK_REMINDED) == told(K.FEEDBACK_ASKED) == [item.email]
    assert item.email in told(K.FEEDBACK_CLOSED)

    feedback.reply(item, "Sorry, I was away.")
    db.session.commit()
    assert (item.state, item.closed_at, item.closing_reason) == (S.ROUTED, None, None)
    assert row.acknowledge_by == (MONDAY + 28 * DAY).date(), "five working days, and the fifteen waited"

    casework.ask(item, "And now?", by=coordinator)
    db.session.commit()
    assert pass_days(28) == (S.WAITING, 2, 1)


def test_an_answer_without_a_verdict_is_closed_after_four_weeks_of_silence(app, coordinator, time_machine):
    quiet, _ = answered(coordinator, Outcome.INFORMATION)
    talking, _ = answered(coordinator, Outcome.INFORMATION)
    time_machine.move_to(MONDAY + 10 * DAY, tick=False)
    feedback.reply(talking, "I will try it.")
    db.session.commit()

    time_machine.move_to(MONDAY + 28 * DAY, tick=False)
    work(app, 2)

    assert (quiet.state, talking.state) == (S.CLOSED, S.ANSWERED)
    assert told(K.FEEDBACK_CLOSED) == [], "the answer said it beforehand"
    feedback.give_verdict(quiet, Verdict.PARTLY)
    assert (quiet.state, quiet.closed_at) == (S.CLOSED, None)


def test_weeks_after_it_was_done_the_stakeholder_is_asked_once_whether_it_held(
    app, coordinator, time_machine
):
    done, row = answered(coordinator)
    planned, _ = answered(coordinator, Outcome.PLANNED, target="2026-04")
    declined, _ = answered(coordinator, Outcome.DECLINED, reason="No.")
    asked = []
    for day in (27, 28, 60, 148, 149, 200):
        time_machine.move_to(MONDAY + day * DAY, tick=False)
        work(app, 2)
        asked.append([each.feedback.reference for each in system_acts(K.FEEDBACK_OUTCOME_ASKED)])

    assert asked == [
        [], [done.reference], [done.reference], [done.reference],
        [done.reference, planned.reference], [done.reference, planned.reference],
    ]  # fmt: skip
    assert declined.outcome_asked_at is None

    feedback.give_verdict(done, Verdict.NOT_SOLVED, note="It is back.", is_check=True)
    work(app)

    verdict = db.session.scalars(sa.select(Event).where(Event.kind == K.FEEDBACK_VERDICT_GIVEN)).one()
    assert (verdict.detail, done.state) == ({"verdict": "not_solved", "check": True}, S.IN_PROGRESS)
    assert told(K.FEEDBACK_VERDICT_GIVEN) == ["coordinator@example.org", row.organization.contact_email]
    assert row.step_at > now()
    assert row.answer_by == (MONDAY + 221 * DAY).date()


def test_what_somebody_did_meanwhile_is_left_alone(app, coordinator, time_machine):
    item, _ = routed(coordinator)
    casework.ask(item, "Which version?", by=coordinator)
    db.session.commit()
    time_machine.move_to(MONDAY + 21 * DAY, tick=False)
    feedback.reply(item, "This one.")
    db.session.commit()

    closes = Feedback.waiting_since.is_not(None)
    assert minding._mind(item.id, closes, lambda _item: pytest.fail("was replied to")) is False
    assert db.session.get_one(Assignment, item.assignments[0].id).step_at is not None
