"""Several workers at once, on machines whose clocks differ: nothing twice, and nothing between two windows."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa

from cass_portal import clock
from cass_portal.db import db
from cass_portal.delivery.digests import compose_due
from cass_portal.delivery.models import Bulletin, Delivery, Digest
from cass_portal.subscriptions.lifecycle import Frequency
from cass_portal.subscriptions.models import DigestClock
from tests import factories
from tests.delivery.listeners import MONDAY, follows, said, subscriber
from tests.delivery.test_digests import NEXT_MONDAY_8

READERS, WORKERS = 12, 4
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def on_monday(app, time_machine):
    time_machine.move_to(MONDAY, tick=False)


def started(app, act):
    """A thread with a session of its own that commits after `act`."""

    def run():
        with app.app_context():
            try:
                act()
                db.session.commit()
            finally:
                db.session.remove()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def compose_everything():
    while compose_due(NEXT_MONDAY_8, limit=2):
        db.session.commit()


def test_workers_at_once_tell_everybody_once(app):
    for _ in range(READERS):
        reader = subscriber()
        follows(reader)
        follows(reader, Frequency.WEEKLY, factories.product())
    news = said(by=factories.coordinator())
    db.session.commit()

    for thread in [started(app, compose_everything) for _ in range(WORKERS)]:
        thread.join(30)

    told = Counter(db.session.scalars(sa.select(Digest.subscriber_id)))
    assert len(told) == READERS
    assert set(told.values()) == {1}
    assert {tuple(each) for each in db.session.scalars(sa.select(Digest.bulletins))} == {(news.id,)}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Delivery)) == READERS
    assert set(db.session.scalars(sa.select(DigestClock.told_until))) == {NEXT_MONDAY_8}


def test_news_wait_for_digests_that_are_being_composed_and_count_as_later(app):
    follows(subscriber())
    by = factories.coordinator()
    document = factories.announcement(by=by)
    db.session.commit()
    document_id = document.id

    assert compose_due(NEXT_MONDAY_8, limit=10) == 1
    late = started(app, lambda: tell(document_id, NEXT_MONDAY_8 - MINUTE))
    late.join(0.5)
    db.session.commit()
    late.join(30)

    assert db.session.scalars(sa.select(Bulletin.at)).all() == [NEXT_MONDAY_8]
    assert compose_due(NEXT_MONDAY_8 + timedelta(days=1), limit=10) == 1
    assert len(db.session.scalars(sa.select(Digest)).all()) == 1


def tell(document_id, at):
    document = db.session.get_one(factories.Announcement, document_id)
    with clock.as_of(at):
        said(at, by=None, announcement=document)
