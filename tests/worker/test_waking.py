"""What ends the sleep of an idle worker."""

import threading
import time

import pytest
import sqlalchemy as sa

from cass_portal.db import db
from cass_portal.worker import waking
from tests.delivery.test_actions import an_event

SOON = 5.0


@pytest.fixture
def bell(app):
    stop = threading.Event()
    yield waking.Bell(stop)
    stop.set()
    for each in threading.enumerate():
        if each.name == "listener":
            each.join(SOON)


def seconds_asleep(bell, seconds):
    began = time.monotonic()
    bell.wait(seconds)
    return time.monotonic() - began


def test_a_stop_ends_it(bell):
    threading.Timer(0.05, bell.stop.set).start()

    assert seconds_asleep(bell, 60) < SOON


def listeners():
    query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    with db.engine.connect() as connection:
        return list(connection.execute(sa.text(query)).scalars())


def wait_for_listener(*, other_than=()):
    until = time.monotonic() + SOON
    while not set(listeners()) - set(other_than) and time.monotonic() < until:
        time.sleep(0.01)
    return set(listeners()) - set(other_than)


def test_on_postgresql_every_act_ends_it_also_after_a_lost_connection(app, monkeypatch, request):
    if db.engine.dialect.name == "sqlite":
        return  # One process: what is committed is seen at the next look.
    monkeypatch.setattr(waking, "RENEWAL_SECONDS", 0.01)
    bell = request.getfixturevalue("bell")
    (lost,) = wait_for_listener()
    bell.wait(SOON)  # it rings once when it begins to listen

    an_event()
    db.session.commit()
    assert seconds_asleep(bell, 60) < SOON

    with db.engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": lost})
    assert wait_for_listener(other_than=[lost])
    bell.wait(SOON)
    an_event()
    db.session.commit()
    assert seconds_asleep(bell, 60) < SOON
