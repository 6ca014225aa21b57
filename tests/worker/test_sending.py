"""Mails in short batches: what goes first, what is left out, and what happens when the relay is in trouble."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from cass_portal.announcements.lifecycle import AnnouncementKind, Stage
from cass_portal.clock import now
from cass_portal.config import Settings
from cass_portal.db import db
from cass_portal.delivery import actions
from cass_portal.delivery.channels.email import Relay
from cass_portal.delivery.models import (
    Bulletin,
    BulletinState,
    Channel,
    Delivery,
    DeliveryState,
    Lane,
    RecipientRole,
    SuppressionReason,
    Tally,
)
from cass_portal.delivery.outcomes import sent
from cass_portal.history import EventKind, record
from cass_portal.patience import WAITS
from cass_portal.policy import SYSTEM
from cass_portal.subscriptions import actions as subscriptions
from cass_portal.subscriptions.lifecycle import EndedReason, Frequency, Scope
from cass_portal.worker import Worker, pace
from tests import factories
from tests.delivery.rows import a_delivery, a_subscription, a_suppression, an_event
from tests.delivery.script import DROP, HANG, Script, following
from tests.packaging.servers import free_port
from tests.subscriptions.rows import rule, subscriber

S = DeliveryState
MINUTE = timedelta(minutes=1)


@pytest.fixture
def script():
    with following(Script()) as listening:
        yield listening


@pytest.fixture
def worker_to(app):
    """worker_to(port, **settings): a worker that mails through the relay there."""
    made = []

    def make(port):
        relay = Relay(Settings(smtp_url=f"smtp://127.0.0.1:{port}"))
        made.append(Worker(app, {Channel.EMAIL: relay}, threading.Event()))
        return made[-1]

    yield make
    for each in made:
        each.sender.channels[Channel.EMAIL].close()
        with each:
            pass


@pytest.fixture
def worker(worker_to, script):
    return worker_to(script.port)


def rounds(worker):
    db.session.commit()
    while worker.tick():
        assert worker.failure is None
    db.session.expire_all()


def send(worker):
    """The step that sends, alone."""
    db.session.commit()
    while worker.sender.work(worker.going_on):
        assert worker.failure is None
    db.session.expire_all()


def published(**fields):
    """An announcement that subscribers are to be told of; the event."""
    document = factories.announcement(by=factories.person(), **fields)
    return record(document, EventKind.ANNOUNCEMENT_PUBLISHED, by=SYSTEM, edition=1)


def deliveries(*conditions):
    return list(db.session.scalars(sa.select(Delivery).where(*conditions).order_by(Delivery.id)))


def recipients(script):
    return [address for address, _ in script.mails]


def tallies():
    return {each.outcome: each.count for each in db.session.scalars(sa.select(Tally))}


def test_everybody_who_asked_gets_one_mail_that_is_their_own(app, script, worker):
    product = factories.product("Kokkos")
    readers = [a_subscription(), a_subscription(scope=Scope.PRODUCT, product=product)]
    a_subscription(subscriber=readers[0].subscriber, scope=Scope.PRODUCT, product=product)
    published(title="News of Kokkos", products=[product])

    rounds(worker)

    mails = dict(script.mails)
    assert sorted(recipients(script)) == sorted(each.subscriber.email for each in readers)
    for each in readers:
        content = mails[each.subscriber.email]
        assert f"/subscriptions/{each.subscriber_id}-".encode() in content
        assert f"/end/{each.id}".encode() in content
    assert tallies() == {"sent": 2}
    assert db.session.scalars(sa.select(Bulletin.state)).all() == [BulletinState.OUT]


def test_what_is_personal_goes_first_then_what_is_urgent_then_the_rest(app, script, worker):
    a_delivery(lane=Lane.DIGEST, address="digest@example.org")
    a_delivery(lane=Lane.BULK, address="bulk@example.org")
    a_delivery(lane=Lane.URGENT, address="urgent@example.org")
    a_delivery(lane=Lane.BULK, address="older@example.org", next_at=now() - MINUTE)
    a_delivery(address="personal@example.org")

    rounds(worker)

    names = [each.partition("@")[0] for each in recipients(script)]
    assert names == ["personal", "urgent", "older", "bulk", "digest"]


def test_an_urgent_notice_overtakes_what_is_going_out(app, script, worker, monkeypatch):
    monkeypatch.setattr("cass_portal.worker.sending.SPELL_SECONDS", 0)
    monkeypatch.setattr(pace, "LARGEST", pace.SMALLEST)
    readers = [a_subscription() for _ in range(30)]
    published(title="Something long")
    db.session.commit()
    worker.tick()
    assert len(script.mails) == pace.SMALLEST

    published(title="It is down", kind=AnnouncementKind.STATUS, stage=Stage.INVESTIGATING)
    rounds(worker)

    urgent = [b"It is down" in content for _, content in script.mails]
    assert urgent == [False] * pace.SMALLEST + [True] * len(readers) + [False] * (30 - pace.SMALLEST)


@pytest.mark.parametrize("act", [actions.pause, actions.cancel])
def test_what_is_held_back_under_way_does_not_go_out(app, script, worker, monkeypatch, act):
    monkeypatch.setattr("cass_portal.worker.sending.SPELL_SECONDS", 0)
    for _ in range(30):
        a_subscription()
    published()
    db.session.commit()
    worker.tick()
    gone = len(script.mails)
    bulletin = db.session.scalars(sa.select(Bulletin)).one()

    actions.claim_deliveries(limit=5)  # as another worker that dies
    act(bulletin, by=factories.coordinator())
    db.session.execute(sa.update(Delivery).values(leased_until=None))
    rounds(worker)

    left = {actions.pause: S.PAUSED, actions.cancel: S.SUPPRESSED}[act]
    assert len(script.mails) == gone == pace.SMALLEST
    assert {each.state for each in deliveries()} == {S.SENT, left}
    if act is actions.pause:
        actions.resume(bulletin, by=factories.coordinator())
        rounds(worker)
        assert len(set(recipients(script))) == len(script.mails) == 30


def test_nothing_leaves_while_sending_is_paused(app, script, worker):
    admin = factories.administrator()
    actions.pause_sending(reason="Moving house.", by=admin)
    a_delivery()
    rounds(worker)
    assert script.mails == []

    actions.resume_sending(by=admin)
    rounds(worker)

    assert len(script.mails) == 1


def test_who_left_meanwhile_gets_nothing_and_who_changed_the_rule_still_does(app, script, worker):
    left, changed, kept = (a_subscription() for _ in range(3))
    event = published()
    actions.fan_out(event)
    actions.spread()
    left.ended_at, left.ended_reason = now(), EndedReason.UNSUBSCRIBED
    changed.ended_at, changed.ended_reason = now(), EndedReason.CHANGED
    other = a_subscription(subscriber=changed.subscriber, frequency=Frequency.DAILY)

    rounds(worker)

    assert sorted(recipients(script)) == sorted(each.subscriber.email for each in (changed, kept))
    assert f"/end/{other.id}".encode() in dict(script.mails)[changed.subscriber.email]
    (dropped,) = deliveries(Delivery.state == S.SUPPRESSED)
    assert (dropped.subscription_id, dropped.error) == (left.id, "the subscription ended")
    assert tallies() == {"sent": 2, "suppressed": 1}


def test_suppressed_addresses_get_nothing_and_after_a_complaint_no_list_mail(app, script, worker):
    a_suppression("gone@example.org")
    a_suppression("annoyed@example.org", reason=SuppressionReason.COMPLAINT)
    a_suppression("back@example.org", released_at=now())
    for address in ("Gone@example.org", "annoyed@example.org", "back@example.org"):
        a_delivery(address=address)
    subscriptions.ask("annoyed@example.org", rules=[rule()], time_zone="UTC")
    a_subscription(subscriber=subscriber("annoyed@example.org"))
    published()

    rounds(worker)

    assert sorted(recipients(script)) == ["annoyed@example.org", "annoyed@example.org", "back@example.org"]
    assert [(each.address, each.role) for each in deliveries(Delivery.state == S.SUPPRESSED)] == [
        ("Gone@example.org", RecipientRole.COORDINATOR),
        ("annoyed@example.org", RecipientRole.SUBSCRIBER),
    ]


def test_after_an_hour_without_a_relay_all_goes_out_the_oldest_urgent_first(app, worker_to, time_machine):
    time_machine.move_to("2026-03-12 10:00Z", tick=False)
    worker = worker_to(free_port())
    for number, lane in enumerate((Lane.BULK, Lane.URGENT, Lane.BULK, Lane.URGENT)):
        a_delivery(lane=lane, address=f"{lane.name.lower()}{number}@example.org")
        send(worker)
        time_machine.shift(15 * MINUTE)
    assert [(each.state, each.attempts) for each in deliveries()] == [(S.PENDING, 0)] * 4

    with following(Script()) as script:
        worker.sender.channels[Channel.EMAIL].port = script.port
        send(worker)

    names = [each.partition("@")[0] for each in recipients(script)]
    assert names == ["urgent1", "urgent3", "bulk0", "bulk2"]
    assert {each.state for each in deliveries()} == {S.SENT}


def test_a_relay_that_cannot_be_reached_is_left_alone_longer_each_time(app, worker_to, time_machine):
    time_machine.move_to("2026-03-12 10:00Z", tick=False)
    worker, waited = worker_to(free_port()), []
    a_delivery()
    for _ in range(8):
        send(worker)
        asleep = 0
        while not worker.sender.rests.awake(Channel.EMAIL):
            time_machine.shift(timedelta(seconds=1))
            asleep += 1
        waited.append(asleep)

    assert waited == [1, 2, 4, 8, 16, 32, 60, 60]


FAULTS = {
    "refuses for now": {"RCPT": ["451 4.3.0 later"]},
    "refuses for good": {"RCPT": ["550 5.1.1 unknown"]},
    "takes the content for now not": {".": ["452 4.2.2 full"]},
    "goes away instead of an answer": {".": [DROP]},
    "goes away at the greeting": {"CONNECT": [DROP]},
    "is busy at the greeting": {"CONNECT": ["421 busy"]},
    "leaves in the middle": {"MAIL": ["250 OK", "421 4.7.0 enough"]},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_the_relay_does_everything_ends_right(app, script, worker, time_machine, fault):
    time_machine.move_to("2026-03-12 10:00Z", tick=False)
    script.answers = {verb: list(answers) for verb, answers in FAULTS[fault].items()}
    for _ in range(5):
        a_delivery()

    for _ in range(4):
        send(worker)
        time_machine.shift(WAITS[0] * 1.2)

    refused = 1 if "good" in fault else 0
    states = [each.state for each in deliveries()]
    assert (states.count(S.SENT), states.count(S.FAILED)) == (5 - refused, refused)
    assert len(script.mails) == len(set(recipients(script))) == 5 - refused


def test_a_relay_that_hangs_or_closes_every_few_mails_loses_nothing(
    app, script, worker, time_machine, monkeypatch
):
    time_machine.move_to("2026-03-12 10:00Z", tick=False)
    monkeypatch.setattr("cass_portal.delivery.channels.email.TIMEOUT_SECONDS", 0.2)
    script.closes_after, script.answers = 3, {"RCPT": ["250 OK", HANG]}
    for _ in range(10):
        a_delivery()

    for _ in range(4):
        send(worker)
        time_machine.shift(WAITS[0] * 1.2)

    assert {each.state for each in deliveries()} == {S.SENT}
    assert len(set(recipients(script))) == len(script.mails) == 10


def test_no_more_mails_a_minute_to_a_domain_than_the_setting_allows(app, script, worker, time_machine):
    time_machine.move_to("2026-03-12 10:00Z", tick=False)
    worker.sender.limits.of_a_domain = 2
    for number in range(5):
        a_delivery(address=f"n{number}@busy.example.org")
    a_delivery(address="other@example.org")

    gone = []
    for _ in range(3):
        send(worker)
        gone.append(len(script.mails))
        time_machine.shift(MINUTE)

    assert gone == [3, 5, 6]
    assert {(each.state, each.attempts) for each in deliveries()} == {(S.SENT, 1)}


def test_notes_that_a_lost_connection_swallowed_are_made_again(app, script, worker):
    first = a_delivery(an_event())
    rounds(worker)
    notebook = worker.sender.notebook
    db.session.execute(sa.update(Delivery).values(state=S.SENDING, leased_until=now() + MINUTE))
    db.session.commit()

    notebook.kept.append((first.id, sent(0)))
    notebook.is_torn = True
    notebook.close()
    send(worker)

    assert [(each.state, each.leased_until) for each in deliveries()] == [(S.SENT, None)]
    assert len(script.mails) == 1


def test_after_28_days_only_how_many_got_it_is_known(app, script, worker_to, time_machine):
    time_machine.move_to("2026-03-12 10:00Z", tick=False)
    for _ in range(2):
        a_subscription()
    published()
    rounds(worker_to(script.port))
    own = a_delivery(state=S.SENT)
    time_machine.shift(timedelta(days=28, minutes=1))

    rounds(worker_to(script.port))

    bulletin = db.session.scalars(sa.select(Bulletin)).one()
    assert deliveries() == [own]
    assert (bulletin.recipients, bulletin.sent, bulletin.unsent) == (2, 2, 0)
    assert bulletin.forgotten_at is not None
