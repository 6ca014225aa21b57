"""A worker that is killed at any moment leaves nobody out, and repeats at most the mail it was just sending."""

import random
import sqlite3
import time
from collections import Counter
from contextlib import closing

import pytest

from cass_portal import create_app
from cass_portal.config import Settings
from cass_portal.db import db
from cass_portal.history import EventKind, record
from cass_portal.policy import STAKEHOLDER
from tests import factories
from tests.delivery.sink import listening

pytestmark = [pytest.mark.once, pytest.mark.slow]

KILLS = 24
PATIENCE_SECONDS = 60


@pytest.fixture
def seeded():
    """seeded(nursery): three coordinators and one confirmed matter; returns a function that adds events."""
    opened = []

    def seed(nursery):
        app = create_app(Settings(instance=nursery.instance))
        opened.append(app)
        with app.app_context():
            for number in range(3):
                factories.coordinator(email=f"coordinator{number}@example.org")
            item_id = factories.feedback(email="sue@example.org").id
            db.session.commit()

        def add_events(count):
            with app.app_context():
                item = db.session.get_one(factories.Feedback, item_id)
                for _ in range(count):
                    record(item, EventKind.FEEDBACK_CONFIRMED, by=STAKEHOLDER)
                db.session.commit()

        return add_events

    yield seed
    for app in opened:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def ask(nursery, query):
    with closing(sqlite3.connect(nursery.database, timeout=30)) as connection, connection:
        return connection.execute(query).fetchall()


def progress(nursery, sink):
    """Moves with every step of the work: an event told, a delivery claimed, a mail taken."""
    told = "SELECT count(*) FROM event WHERE fanned_out_at IS NOT NULL OR leased_until IS NOT NULL"
    claimed = "SELECT count(*), sum(attempts), sum(leased_until IS NOT NULL) FROM delivery"
    return ask(nursery, told), ask(nursery, claimed), len(sink.mails)


def kill_at_random(nursery, sink, chance):
    """Start a worker, wait until it works, kill it a moment later; then let its leases run out."""
    before = progress(nursery, sink)
    pid = nursery.start("worker")
    until = time.monotonic() + PATIENCE_SECONDS
    while progress(nursery, sink) == before and time.monotonic() < until:
        time.sleep(0.002)
    time.sleep(chance.uniform(0, 0.12))
    nursery.kill(pid)
    for table in ("event", "delivery"):
        ask(nursery, f"UPDATE {table} SET leased_until = '2000-01-01 00:00:00'")


def unfinished(nursery):
    untold = ask(nursery, "SELECT count(*) FROM event WHERE fanned_out_at IS NULL")
    unsent = ask(nursery, "SELECT count(*) FROM delivery WHERE state <> 'sent'")
    return untold[0][0] + unsent[0][0]


def test_nobody_is_left_out_when_workers_are_killed(nursery, seeded):
    chance, seed = random.Random(), random.randrange(2**32)
    chance.seed(seed)
    with listening() as sink:
        house = nursery(smtp_url=f"smtp://127.0.0.1:{sink.port}", mails_per_minute="100000")
        add_events = seeded(house)
        interrupted = 0
        for _ in range(KILLS):
            add_events(3)
            kill_at_random(house, sink, chance)
            interrupted += unfinished(house) > 0

        last = house.start("worker")
        until = time.monotonic() + PATIENCE_SECONDS
        while unfinished(house) and time.monotonic() < until:
            time.sleep(0.05)
        house.kill(last)

    assert interrupted > KILLS / 2, "the kills came too late to interrupt anything"
    stored = ask(house, "SELECT event_id, address, message_id FROM delivery")
    expected = {"sue@example.org", *(f"coordinator{number}@example.org" for number in range(3))}
    by_event = Counter(event for event, _, _ in stored)
    assert len(by_event) == 3 * KILLS, f"seed {seed}"
    assert {address for _, address, _ in stored} == expected
    assert set(by_event.values()) == {len(expected)}

    taken = Counter((mail.recipients[0], mail.message["Message-ID"]) for mail in sink.mails)
    assert set(taken) == {(address, f"<{message_id}@example.org>") for _, address, message_id in stored}, (
        f"seed {seed}"
    )
    assert sum(taken.values()) - len(taken) <= KILLS
