"""Transactions and claims mean the same on both engines."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.exc import DBAPIError

from cass_portal.clock import now
from cass_portal.db import claim, db, read_only
from cass_portal.delivery.models import Channel, Delivery, DeliveryState, RecipientRole
from cass_portal.directory.models import Area, Organization
from cass_portal.history import Event, EventKind, last_event_number, record
from cass_portal.policy import SYSTEM
from tests import factories

LEASE = timedelta(minutes=5)


def test_a_reading_transaction_cannot_write(app):
    with read_only(), pytest.raises(DBAPIError):
        db.session.execute(sa.insert(Area).values(name="Refused", position=1))
    db.session.rollback()

    factories.area("Taken")
    db.session.commit()

    assert db.session.scalars(sa.select(Area.name)).all() == ["Taken"]


def test_instants_come_back_aware_and_naive_ones_are_refused(app):
    at = datetime(2026, 3, 29, 3, 30, tzinfo=UTC)
    organization = factories.organization()
    record(organization, EventKind.ORGANIZATION_CHANGED, by=SYSTEM).at = at
    db.session.commit()
    db.session.expire_all()

    assert db.session.scalars(sa.select(Event.at)).one() == at
    with pytest.raises(sa.exc.StatementError):
        db.session.scalars(sa.select(Event).where(Event.at < datetime(2026, 1, 1))).all()  # noqa: DTZ001
    db.session.rollback()


def test_an_event_has_exactly_one_subject(app):
    organization, person = factories.organization(), factories.person()
    event = record(organization, EventKind.ORGANIZATION_CHANGED, by=SYSTEM)
    event.person = person

    with pytest.raises(DBAPIError):
        db.session.commit()
    db.session.rollback()


def test_the_last_event_number_rises_with_each_act(app):
    assert last_event_number(db.engine) == 0
    organization = factories.organization()
    first = record(organization, EventKind.ORGANIZATION_CHANGED, by=SYSTEM)
    db.session.commit()

    assert last_event_number(db.engine) == first.id


def test_the_late_writer_is_told(app):
    organization = factories.organization("ONE", name="As it stands")
    db.session.commit()
    sa.orm.attributes.set_committed_value(organization, "version", organization.version - 1)

    organization.name = "Too late"
    with pytest.raises(sa.orm.exc.StaleDataError):
        db.session.commit()
    db.session.rollback()

    assert db.session.scalars(sa.select(Organization.name)).one() == "As it stands"


@pytest.fixture
def thirty_deliveries(app):
    organization = factories.organization()
    event = record(organization, EventKind.ORGANIZATION_CHANGED, by=SYSTEM)
    db.session.flush()
    for n in range(30):
        db.session.add(
            Delivery(event=event, channel=Channel.EMAIL, role=RecipientRole.MEMBER, address=f"a{n}@example.org",
                     state=DeliveryState.PENDING, message_id=f"<{n}@localhost>", created_at=now(), next_at=now())
        )  # fmt: skip
    db.session.commit()


def due():
    return Delivery.state == DeliveryState.PENDING


def test_a_claim_is_held_until_its_lease_runs_out(thirty_deliveries):
    start = now()
    with time_machine.travel(start, tick=False):
        first = claim(Delivery, due(), limit=20, lease=LEASE, order_by=Delivery.id)
        second = claim(Delivery, due(), limit=20, lease=LEASE, order_by=Delivery.id)
        db.session.commit()
    with time_machine.travel(start + LEASE + timedelta(seconds=1), tick=False):
        again = claim(Delivery, due(), limit=100, lease=LEASE, order_by=Delivery.id)
        db.session.commit()

    assert (len(first), len(second), len(again)) == (20, 10, 30)
    assert not set(first) & set(second)


def test_workers_at_once_never_claim_the_same_row(app, thirty_deliveries):
    claimed, barrier = [], threading.Barrier(4)

    def work():
        with app.app_context():
            barrier.wait()
            while got := claim(Delivery, due(), limit=3, lease=LEASE, order_by=Delivery.id):
                db.session.commit()
                claimed.extend(got)
            db.session.commit()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()

    assert len(claimed) == 30
    assert len(set(claimed)) == 30
