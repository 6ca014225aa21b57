"""Several workers share a fan-out: each mail leaves once, each digest is composed once, whoever comes first."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.config import Settings
from cass_portal.db import db
from cass_portal.delivery import outcomes
from cass_portal.delivery.actions import spreading
from cass_portal.delivery.channels.email import Relay
from cass_portal.delivery.models import Bulletin, BulletinState, Channel, Delivery, DeliveryState, Tally
from cass_portal.history import EventKind, record
from cass_portal.policy import SYSTEM
from cass_portal.subscriptions.models import Subscriber, Subscription
from cass_portal.worker import Worker
from cass_portal.worker.notes import Notebook
from tests import factories
from tests.delivery.rows import a_delivery, a_subscription
from tests.delivery.script import Script, following

READERS = 150


def published():
    document = factories.announcement(by=factories.person())
    return record(document, EventKind.ANNOUNCEMENT_PUBLISHED, by=SYSTEM, edition=1)


def read_by(number):
    """So many subscribers to everything."""
    first = a_subscription()
    like = {column.name: getattr(first, column.name) for column in Subscription.__table__.columns}
    ids = range(first.subscriber_id + 1, first.subscriber_id + number)
    db.session.execute(
        sa.insert(Subscriber),
        [{"id": each, "email": f"n{each}@example.org", "created_at": now()} for each in ids],
    )
    db.session.execute(
        sa.insert(Subscription), [{**like, "id": first.id + each, "subscriber_id": each} for each in ids]
    )


@pytest.mark.parametrize("workers", [2, 4, 8])
def test_workers_share_the_work_without_a_double(app, monkeypatch, workers):
    monkeypatch.setattr(spreading.spread, "__kwdefaults__", {"chunk": 20, "ahead": 60})
    read_by(READERS)
    for _ in range(2):
        published()
    db.session.commit()
    start, failures = threading.Barrier(workers), []

    def work(port):
        relay = Relay(Settings(smtp_url=f"smtp://127.0.0.1:{port}"))
        with Worker(app, {Channel.EMAIL: relay}, threading.Event()) as made:
            start.wait()
            idle = 0
            while idle < 3:
                idle = 0 if made.tick() else idle + 1
                failures.append(made.failure)
        relay.close()

    with following(Script()) as script:
        threads = [threading.Thread(target=work, args=(script.port,)) for _ in range(workers)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

    assert set(failures) == {None}
    taken = Counter(content.partition(b"Message-ID: <")[2][:32] for _, content in script.mails)
    assert (len(taken), set(taken.values())) == (2 * READERS, {1})
    assert Counter(address for address, _ in script.mails) == dict.fromkeys(
        db.session.scalars(sa.select(Subscriber.email)), 2
    )
    assert db.session.scalars(sa.select(Bulletin.state)).all() == [BulletinState.OUT] * 2
    assert set(db.session.scalars(sa.select(Delivery.state))) == {DeliveryState.SENT}
    assert [(each.outcome, each.count) for each in db.session.scalars(sa.select(Tally))] == [
        ("sent", 2 * READERS)
    ]


def test_a_lost_lease_changes_nothing_that_another_worker_settled(app):
    delivery = a_delivery(state=DeliveryState.SENT, attempts=1, sent_at=now() - timedelta(minutes=1))
    number = delivery.id
    db.session.commit()
    notebook = Notebook(db.engine)

    notebook.note(number, outcomes.failed(0, "451 later", permanent=False))
    notebook.close()

    db.session.refresh(delivery)
    assert (delivery.state, delivery.attempts, delivery.error) == (DeliveryState.SENT, 1, None)
