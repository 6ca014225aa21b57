"""Writers wait in line, and no failure keeps the line waiting."""

import threading
import time

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from cass_portal.db import SqliteWriters, db
from cass_portal.directory.models import Area
from cass_portal.turns import Turns


def waiting(turns, count):
    until = time.monotonic() + 5
    while len(turns._waiting) < count and time.monotonic() < until:
        time.sleep(0.001)


def test_turns_come_in_the_order_of_asking():
    turns, order = Turns(), []
    turns.take(patience=0)

    def work(number):
        turns.take(patience=5)
        order.append(number)
        turns.give_back()

    threads = []
    for number in range(5):
        threads.append(threading.Thread(target=work, args=[number]))
        threads[-1].start()
        waiting(turns, number + 1)
    turns.give_back()
    for each in threads:
        each.join()

    assert order == [0, 1, 2, 3, 4]
    assert turns.take(patience=0)


def test_who_gives_up_leaves_the_line():
    turns = Turns()
    turns.take(patience=0)

    assert not turns.take(patience=0.01)
    turns.give_back()

    assert turns.take(patience=0)


def test_refused_write_gives_its_turn_back(tmp_path):
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'one.db'}")
    writers = SqliteWriters()
    sa.event.listen(engine, "connect", lambda connection, _: setattr(connection, "isolation_level", None))
    sa.event.listen(engine, "begin", writers.begin)
    sa.event.listen(engine, "checkin", writers.end)

    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO nowhere VALUES (1)")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE somewhere (id INTEGER)")
        held = not writers.turns.take(patience=0)

    assert held
    assert writers.turns.take(patience=0)
    engine.dispose()


def test_many_writers_all_finish(app):
    def write(number):
        with app.app_context():
            db.session.add(Area(name=f"Area {number}", position=number))
            db.session.commit()

    db.session.remove()
    threads = [threading.Thread(target=write, args=[number]) for number in range(12)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert set(db.session.scalars(sa.select(Area.position))) == set(range(12))
