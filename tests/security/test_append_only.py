"""The log of events can be added to and nothing else, not even by whoever speaks to the database directly."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.feedback.actions import UNCONFIRMED_DAYS, purge_unconfirmed
from cass_portal.history import Event, EventKind, record
from cass_portal.policy import STAKEHOLDER
from tests import factories

WORKERS = {"fanned_out_at", "leased_until"}
"""What the worker notes on an event."""
KEPT = sorted({each.name for each in Event.__table__.columns} - WORKERS)


@pytest.fixture
def event(app):
    made = record(factories.feedback(), EventKind.FEEDBACK_SUBMITTED, by=STAKEHOLDER, note="as it was")
    db.session.commit()
    return made


def rows():
    db.session.rollback()
    with db.engine.connect() as connection:
        return connection.execute(sa.select(Event.__table__)).all()


@pytest.mark.parametrize("column", KEPT)
def test_no_column_can_be_changed(column, event):
    before = rows()

    with pytest.raises(IntegrityError, match="append-only"):
        db.session.execute(sa.text(f"UPDATE event SET {column} = {column}"))

    assert rows() == before


def test_no_event_can_be_deleted(event):
    before = rows()

    with pytest.raises(IntegrityError, match="append-only"):
        db.session.execute(sa.delete(Event))

    assert rows() == before


def test_the_table_cannot_be_emptied_at_once(event):
    if db.engine.dialect.name == "postgresql":
        with pytest.raises(IntegrityError, match="append-only"):
            db.session.execute(sa.text("TRUNCATE event CASCADE"))

    assert len(rows()) == 1


def test_the_worker_notes_that_it_told(event):
    event.fanned_out_at, event.leased_until = now(), now()
    db.session.commit()

    assert rows()[0].fanned_out_at is not None


def test_only_what_nobody_confirmed_goes_with_its_events(event):
    old = now() - timedelta(days=UNCONFIRMED_DAYS + 1)
    forgotten = factories.feedback(moderation="unconfirmed", confirmed_at=None, created_at=old)
    record(forgotten, EventKind.FEEDBACK_SUBMITTED, by=STAKEHOLDER)
    db.session.commit()

    purge_unconfirmed(now())
    db.session.commit()

    assert [each.note for each in rows()] == ["as it was"]
