"""One round of the background work, and going on whatever happens."""

import logging
import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from cass_portal import worker
from cass_portal.announcements import actions as announcements
from cass_portal.announcements.lifecycle import EditionState
from cass_portal.clock import now
from cass_portal.config import Settings
from cass_portal.db import db
from cass_portal.delivery import actions
from cass_portal.delivery.channels import ChannelError
from cass_portal.delivery.channels.email import Relay
from cass_portal.delivery.models import Channel, Delivery, DeliveryState, Heartbeat
from cass_portal.feedback import actions as feedback
from cass_portal.feedback.models import Feedback
from cass_portal.history import Event, EventKind, record
from cass_portal.policy import STAKEHOLDER
from cass_portal.worker import loop, sending, telling, tidying
from tests import factories
from tests.delivery.sink import message_of
from tests.delivery.test_actions import a_delivery, an_event

S = DeliveryState


@pytest.fixture
def relayed(app, relay):
    """A worker whose mails go to the sink."""
    made = worker.Worker(
        app, {Channel.EMAIL: Relay(Settings(smtp_url=f"smtp://127.0.0.1:{relay.port}"))}, threading.Event()
    )
    with made:
        yield made
    made.sender.channels[Channel.EMAIL].close()


def rounds(of):
    db.session.commit()
    while of.tick():
        pass
    return of


def deliveries():
    return list(db.session.scalars(sa.select(Delivery).order_by(Delivery.id)))


def test_a_round_says_whether_there_was_anything_to_do(app, outbox):
    factories.coordinator(email="ann@example.org")
    an_event()
    db.session.commit()

    assert worker.tick(app) is True
    assert worker.tick(app) is False
    assert [mail["To"] for mail in outbox()] == ["ann@example.org"]
    assert [(d.state, d.attempts, d.leased_until, d.sent_at is None) for d in deliveries()] == [
        (S.SENT, 1, None, False)
    ]


def test_what_the_relay_refuses_for_good_is_kept_with_its_words(app, relay, relayed):
    factories.coordinator(email="ann@example.org")
    factories.coordinator(email="bob@example.org")
    an_event()
    relay.answers_to_rcpt = ["550 5.1.1 no such person"]

    rounds(relayed)

    assert [(d.address, d.state, d.error) for d in deliveries()] == [
        ("ann@example.org", S.FAILED, "550 5.1.1 no such person"),
        ("bob@example.org", S.SENT, None),
    ]


def test_a_temporary_refusal_is_tried_again_with_the_same_message_id(app, relay, relayed, time_machine):
    time_machine.move_to("2026-03-12 10:00Z")
    factories.coordinator(email="ann@example.org")
    an_event()
    relay.answers_to_data = ["451 4.3.0 later"]
    rounds(relayed)
    (delivery,) = deliveries()
    assert (delivery.state, delivery.attempts) == (S.RETRYING, 1)

    time_machine.move_to(delivery.next_at + timedelta(seconds=1))
    rounds(relayed)

    (delivery,) = deliveries()
    assert (delivery.state, delivery.attempts, delivery.error) == (S.SENT, 2, None)
    assert [m.message["Message-ID"] for m in relay.mails] == [f"<{delivery.message_id}@example.org>"]


def test_each_mail_of_a_stakeholder_has_a_link_of_its_own_that_counts_before_it_is_sent(
    app, relay, relayed, client
):
    item = factories.feedback(email="sue@example.org")
    known_when_sent = []
    send_all = relayed.sender.channels[Channel.EMAIL].send_all

    def looking(parcels):
        for parcel in parcels:
            assert not db.session().in_transaction()
            text = message_of(parcel).get_body(("plain",)).get_content()
            known_when_sent.append(client.get(f"/f/{secret_in(text)}").status_code)
            yield parcel

    relayed.sender.channels[Channel.EMAIL].send_all = lambda parcels: send_all(looking(parcels))
    record(item, EventKind.FEEDBACK_CONFIRMED, by=STAKEHOLDER)
    record(item, EventKind.FEEDBACK_ACCEPTED, by=STAKEHOLDER)

    rounds(relayed)

    assert known_when_sent == [200, 200]
    secrets = [secret_in(m.message.get_body(("plain",)).get_content()) for m in relay.mails]
    assert len(set(secrets)) == 2


def secret_in(text):
    return text.partition("/f/")[2].split()[0].strip("/")


def test_a_mail_that_cannot_be_written_waits_and_keeps_nobody_else_waiting(app, outbox, caplog):
    unwritten = a_delivery(an_event(EventKind.TOPIC_CHANGED))
    sent = a_delivery()

    mails = outbox()

    assert [mail["To"] for mail in mails] == [sent.address]
    assert (unwritten.state, unwritten.error) == (S.RETRYING, "the mail cannot be written: TemplatesNotFound")
    assert "cannot be written" in caplog.text


def test_a_stored_address_that_is_none_fails_for_good(app, outbox):
    broken = a_delivery(address="sue@example.org, victim@example.org")

    assert outbox() == []
    assert broken.state == S.FAILED
    assert "not one mail address" in broken.error


def test_a_step_that_fails_does_not_keep_the_others_from_running(app, outbox, monkeypatch, caplog):
    monkeypatch.setattr(telling, "answer_reset_requests", lambda: 1 / 0)
    feedback_item = factories.feedback()
    from cass_portal.people import actions as people

    people.request_reset("sue@example.org")
    factories.coordinator(email="ann@example.org")
    an_event(item=feedback_item)
    db.session.commit()

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            worker.tick(app)
    monkeypatch.undo()

    assert [mail["To"] for mail in outbox()] == ["ann@example.org"]
    assert "the worker failed: answer_resets" in caplog.text


def test_an_announcement_is_published_when_it_is_due_and_once(app, outbox, time_machine):
    time_machine.move_to("2026-03-12 10:00Z", tick=False)
    ann, bob = factories.coordinator(), factories.coordinator()
    document = factories.announcement(
        by=ann, state=EditionState.AGREED, organizations=[factories.organization()]
    )
    edition = document.latest_edition
    edition.agreed_hash = edition.text_hash
    announcements.schedule(edition, at=now() + timedelta(minutes=30), by=bob)
    outbox()
    assert edition.state == EditionState.SCHEDULED

    time_machine.shift(timedelta(minutes=31))
    outbox()
    outbox()

    assert edition.state == EditionState.PUBLISHED
    published = sa.select(Event.actor_role).where(Event.kind == EventKind.ANNOUNCEMENT_PUBLISHED)
    assert db.session.scalars(published).all() == ["system"]


def test_feedback_that_nobody_confirmed_is_forgotten(app, outbox, time_machine):
    time_machine.move_to("2026-03-12 10:00Z", tick=False)
    feedback.submit(subject="A matter", body="Something happened.", email="sue@example.org")
    kept = factories.feedback()
    outbox()

    time_machine.shift(timedelta(days=31))
    outbox()

    assert list(db.session.scalars(sa.select(Feedback))) == [kept]
    assert deliveries() == []


def test_no_more_mails_a_minute_than_the_setting_allows(app, relay, relayed, time_machine):
    time_machine.move_to("2026-03-12 10:00Z", tick=False)
    relayed.sender.limits.mails = 3
    for _ in range(5):
        a_delivery()

    rounds(relayed)
    assert len(relay.mails) == 3
    time_machine.shift(timedelta(seconds=59))
    rounds(relayed)
    assert len(relay.mails) == 3
    time_machine.shift(timedelta(seconds=1))
    rounds(relayed)

    assert len(relay.mails) == 5


def test_a_batch_is_cut_short_before_its_leases_run_out(app, relay, relayed, monkeypatch):
    monkeypatch.setattr(sending, "BATCH_SECONDS", -1)
    a_delivery()
    db.session.commit()

    relayed.tick()

    assert relay.mails == []
    assert [(d.state, d.leased_until, d.attempts) for d in deliveries()] == [(S.PENDING, None, 0)]


def test_work_of_a_killed_worker_is_taken_up_when_its_lease_runs_out(app, outbox, time_machine):
    time_machine.move_to("2026-03-12 10:00Z", tick=False)
    factories.coordinator(email="ann@example.org")
    a_delivery(address="bob@example.org")
    an_event()
    actions.claim_events(limit=10)
    actions.claim_deliveries(limit=10)
    assert outbox() == []

    time_machine.shift(actions.LEASE + timedelta(seconds=1))

    assert sorted(mail["To"] for mail in outbox()) == [
        "ann@example.org",
        "ann@example.org",
        "bob@example.org",
    ]


def test_workers_at_once_send_each_mail_once(app, relay):
    for number in range(10):
        factories.coordinator(email=f"c{number}@example.org")
    for _ in range(6):
        an_event()
    db.session.commit()
    start, workers = threading.Barrier(3), []

    def work():
        channels = {Channel.EMAIL: Relay(Settings(smtp_url=f"smtp://127.0.0.1:{relay.port}"))}
        made = worker.Worker(app, channels, threading.Event())
        workers.append(made)
        start.wait()
        idle = 0
        with made:
            while idle < 3:
                idle = 0 if made.tick() else idle + 1
        channels[Channel.EMAIL].close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert [made.failure for made in workers] == [None] * 3
    ids = [mail.message["Message-ID"] for mail in relay.mails]
    assert (len(ids), len(set(ids))) == (60, 60)
    assert {d.state for d in deliveries()} == {S.SENT}


def test_the_heartbeat_is_kept_but_not_at_every_round(app, time_machine):
    time_machine.move_to("2026-03-12 10:00Z", tick=False)
    made = worker.Worker(app, {}, threading.Event())
    db.session.commit()
    made.tick()
    time_machine.shift(timedelta(seconds=5))
    made.tick()
    assert [beat.at for beat in db.session.scalars(sa.select(Heartbeat))] == [now() - timedelta(seconds=5)]
    db.session.commit()

    made.done_at["beat"] -= tidying.HEARTBEAT_SECONDS
    made.tick()

    assert [beat.at for beat in db.session.scalars(sa.select(Heartbeat))] == [now()]


def running(app):
    """A worker on a thread of its own, as `cass-portal run` has it."""
    stop = threading.Event()

    def work():
        with app.app_context():
            worker.run(stop)

    thread = threading.Thread(target=work)
    thread.start()
    return stop, thread


def until(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        db.session.rollback()
        if condition():
            db.session.rollback()
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


def test_a_running_worker_works_and_stops_at_once(app):
    a_delivery(address="ann@example.org")
    db.session.commit()
    stop, thread = running(app)

    try:
        until(lambda: [d.state for d in deliveries()] == [S.SENT])
    finally:
        asked = time.monotonic()
        stop.set()
        thread.join(10)

    assert time.monotonic() - asked < 1
    assert not thread.is_alive()


def test_a_running_worker_outlives_a_failure(app, monkeypatch, caplog):
    calls = []

    def failing():
        calls.append(now())
        if len(calls) < 3:
            raise sa.exc.OperationalError("SELECT", {}, Exception("the database is restarting"))
        return False

    monkeypatch.setattr(telling.queries, "events_wait", failing)
    monkeypatch.setattr(loop, "LONGEST_PAUSE", 0.05)
    db.session.commit()
    stop, thread = running(app)

    try:
        until(lambda: len(calls) >= 3, seconds=20)
    finally:
        stop.set()
        thread.join(10)

    assert "the worker failed: fan_out" in caplog.text


def test_a_stop_in_mid_batch_gives_the_rest_back(app, relay, relayed):
    for _ in range(3):
        a_delivery()
    send_all = relayed.sender.channels[Channel.EMAIL].send_all

    def stopping(parcels):
        for outcome in send_all(parcels):
            relayed.stop.set()
            yield outcome

    relayed.sender.channels[Channel.EMAIL].send_all = stopping
    db.session.commit()

    relayed.tick()

    assert [(d.state, d.leased_until) for d in deliveries()] == [
        (S.SENT, None),
        (S.PENDING, None),
        (S.PENDING, None),
    ]


def test_one_delivery_that_breaks_the_worker_leaves_the_others_alone(app, relay, relayed, caplog):
    a_delivery(address="one@example.org")
    a_delivery(address="two@example.org")
    send_all = relayed.sender.channels[Channel.EMAIL].send_all

    def breaking(parcels):
        for parcel in parcels:
            if parcel.recipient == "one@example.org":
                raise RuntimeError("a bug")
            yield parcel

    relayed.sender.channels[Channel.EMAIL].send_all = lambda parcels: send_all(breaking(parcels))
    with caplog.at_level(logging.ERROR):
        rounds(relayed)

    assert [m.recipients for m in relay.mails] == [["two@example.org"]]
    assert [(d.address, d.state) for d in deliveries()] == [
        ("one@example.org", S.RETRYING),
        ("two@example.org", S.SENT),
    ]


def test_a_full_relay_is_asked_again_later(app, relayed):
    a_delivery()

    def full(parcels):
        return ((parcel, ChannelError("452 full", permanent=False)) for parcel in parcels)

    relayed.sender.channels[Channel.EMAIL].send_all = full
    rounds(relayed)

    assert [(d.state, d.error) for d in deliveries()] == [(S.RETRYING, "452 full")]
