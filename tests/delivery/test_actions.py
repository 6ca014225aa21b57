import threading
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery import actions, outcomes, queries
from cass_portal.delivery.models import Channel, Delivery, DeliveryState, Heartbeat, RecipientRole
from cass_portal.history import Event, EventKind, record
from cass_portal.patience import WAITS
from cass_portal.policy import STAKEHOLDER, NotPermitted
from cass_portal.transitions import TransitionRefused
from tests import factories

S = DeliveryState


def an_event(kind=EventKind.FEEDBACK_REPLIED, item=None):
    event = record(item or factories.feedback(), kind, by=STAKEHOLDER)
    db.session.flush()
    return event


def a_delivery(event=None, **fields):
    number = next(factories.number)
    defaults = {
        "event": event or an_event(),
        "channel": Channel.EMAIL,
        "role": RecipientRole.COORDINATOR,
        "address": f"somebody{number}@example.org",
        "state": S.PENDING,
        "message_id": f"{number:032}",
        "attempts": 0,
        "created_at": now(),
        "next_at": now(),
    }
    return factories.made(Delivery(**(defaults | fields)))


def test_fan_out_makes_one_delivery_for_each_recipient(app):
    ann, bob = factories.coordinator(), factories.coordinator()
    event = an_event()

    added = actions.fan_out(event)

    assert {(d.address, d.role, d.state, d.channel) for d in added} == {
        (each.email, RecipientRole.COORDINATOR, S.PENDING, Channel.EMAIL) for each in (ann, bob)
    }
    assert len({d.message_id for d in added}) == 2
    assert event.fanned_out_at is not None
    assert event.leased_until is None


def test_fan_out_that_is_repeated_adds_only_who_is_missing(app):
    factories.coordinator(email="ann@example.org")
    event = an_event()
    (first,) = actions.fan_out(event)
    db.session.flush()
    factories.coordinator(email="bob@example.org")

    again = actions.fan_out(event)

    assert [d.address for d in again] == ["bob@example.org"]
    assert {d.address for d in db.session.scalars(sa.select(Delivery))} == {first.address, "bob@example.org"}


def test_a_silent_event_is_done_with_nobody_told(app):
    factories.coordinator()
    event = an_event(EventKind.FEEDBACK_NOTED)

    assert actions.fan_out(event) == []
    assert event.fanned_out_at is not None


def test_events_are_claimed_once_until_their_lease_runs_out(app, time_machine):
    time_machine.move_to("2026-03-12 10:00Z", tick=False)
    events = [an_event().id for _ in range(3)]
    fanned_out = an_event()
    fanned_out.fanned_out_at = now()
    db.session.flush()

    first, second = actions.claim_events(limit=2), actions.claim_events(limit=2)
    time_machine.shift(actions.LEASE + timedelta(seconds=1))

    assert (first, second) == (events[:2], events[2:])
    assert actions.claim_events(limit=10) == events


def test_only_what_is_due_and_unfinished_is_claimed(app):
    a_delivery(state=S.SENT)
    a_delivery(state=S.FAILED)
    a_delivery(state=S.SUPPRESSED)
    a_delivery(next_at=now() + timedelta(minutes=1))
    a_delivery(leased_until=now() + timedelta(minutes=1))
    wanted = [a_delivery().id, a_delivery(state=S.RETRYING).id, a_delivery(state=S.SENDING).id]

    claimed = actions.claim_deliveries(limit=10)
    db.session.expire_all()

    assert claimed == wanted
    assert {db.session.get_one(Delivery, each).state for each in wanted} == {S.SENDING}


def test_a_temporary_failure_is_tried_eight_times_over_two_days(app, time_machine):
    time_machine.move_to("2026-03-12 10:00Z", tick=False)
    outcome, started = outcomes.failed(0, "451 later", permanent=False), now()
    waits = []

    while outcome.state == S.RETRYING:
        waits.append(outcome.next_at - now())
        time_machine.move_to(outcome.next_at)
        outcome = outcomes.failed(outcome.attempts, "451 later", permanent=False)

    assert (outcome.state, outcome.attempts) == (S.FAILED, 8)
    assert all(base <= wait <= base * 1.2 for base, wait in zip(WAITS, waits, strict=True))
    assert timedelta(days=1, hours=17) <= now() - started <= timedelta(days=2, hours=2)
    assert (outcome.error, outcome.next_at) == ("451 later", None)


def test_a_permanent_failure_is_not_tried_again(app):
    outcome = outcomes.failed(0, "550 " + "x" * 900, permanent=True)

    assert (outcome.state, outcome.attempts, len(outcome.error)) == (S.FAILED, 1, 500)


def test_what_was_given_back_keeps_its_place(app):
    new, tried = a_delivery(state=S.SENDING), a_delivery(state=S.SENDING, attempts=2, error="451")
    sent = a_delivery(state=S.SENT, attempts=1)

    actions.give_back([new.id, tried.id, sent.id])
    db.session.expire_all()

    assert [(d.state, d.attempts, d.error) for d in (new, tried, sent)] == [
        (S.PENDING, 0, None),
        (S.RETRYING, 2, "451"),
        (S.SENT, 1, None),
    ]


def test_an_administrator_sends_again_and_it_is_recorded(app):
    admin = factories.administrator()
    item = factories.feedback()
    delivery = a_delivery(an_event(item=item), state=S.FAILED, attempts=8, error="550")

    actions.resend(delivery, by=admin)
    db.session.flush()

    assert (delivery.state, delivery.attempts, delivery.error) == (S.PENDING, 0, None)
    recorded = db.session.scalars(sa.select(Event).where(Event.kind == EventKind.DELIVERY_RESENT)).all()
    assert [(event.feedback_id, event.actor_id) for event in recorded] == [(item.id, admin.id)]


def test_sending_again_is_for_administrators(app):
    with pytest.raises(NotPermitted):
        actions.resend(a_delivery(state=S.FAILED), by=factories.coordinator())


@pytest.mark.parametrize("state", sorted({S.PENDING, S.SENDING, S.SENT, S.SUPPRESSED}))
def test_only_what_failed_or_waits_can_be_sent_again(app, state):
    with pytest.raises(TransitionRefused):
        actions.resend(a_delivery(state=state), by=factories.administrator())


def test_heartbeats_of_workers_long_gone_are_forgotten(app, time_machine):
    time_machine.move_to("2026-03-12 10:00Z", tick=False)
    actions.beat("old")
    time_machine.shift(timedelta(hours=25))

    actions.beat("new")
    actions.beat("new")

    assert {(each.worker, each.at) for each in db.session.scalars(sa.select(Heartbeat))} == {("new", now())}


def test_workers_claiming_at_once_never_hold_the_same_row(app):
    deliveries = {a_delivery().id for _ in range(60)}
    db.session.commit()
    held, start = Counter(), threading.Barrier(4)

    def claim_all():
        start.wait()
        with app.app_context():
            while claimed := actions.claim_deliveries(limit=7):
                db.session.commit()
                held.update(claimed)

    workers = [threading.Thread(target=claim_all) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()

    assert set(held) == deliveries
    assert set(held.values()) == {1}


def test_looking_for_work_walks_indexes_and_not_the_table(app):
    if db.engine.dialect.name != "sqlite":
        return  # A nearly empty table is read whole by PostgreSQL's planner, and rightly so.
    seen = []

    def note(_connection, _cursor, statement, parameters, *_rest):
        seen.append((statement, parameters))

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        queries.deliveries_wait()
        queries.events_wait()
        queries.backlog()
        actions.claim_deliveries(limit=5)
        list(db.session.scalars(queries.failed(factories.administrator()).limit(1)))
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    asked = [(text, values) for text, values in seen if "FROM delivery" in text or "FROM event" in text]
    plans = [
        " ".join(
            row[3] for row in db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
        )
        for text, values in asked
    ]

    assert len(plans) == 12
    assert [plan for plan in plans if "SCAN delivery" in plan and "INDEX" not in plan] == []
    assert ["ix_delivery_due" in plan for plan in plans].count(True) == 9
    assert "ix_delivery_unsent" in plans[-1]


def test_the_number_of_a_forgotten_delivery_is_never_given_again(app):
    """Its return path and reply address still lie in somebody's mailbox, and would be those of another mail."""
    forgotten = a_delivery()
    number = forgotten.id
    db.session.delete(forgotten)
    db.session.commit()

    assert a_delivery().id > number
