"""The proof that mail arrives: each day one mail to each listener address, which sends it back.

The event's subject is the listener's own row among the subscribers: no account's history fills with it.
"""

from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from cass_portal.clock import now
from cass_portal.config import Settings, secret_of
from cass_portal.db import db
from cass_portal.delivery.proofs import probe_number, probe_token
from cass_portal.history import Event, EventKind, record
from cass_portal.mailroom.models import Probe
from cass_portal.policy import SYSTEM
from cass_portal.subscriptions.models import Subscriber

PATIENCE = timedelta(hours=6)
"""A mail that is not back by then counts as missing; relays that greylist answer long before."""


def is_watching(settings: Settings) -> bool:
    """Whether anything is asked: without REPLY_ADDRESS a listener has nowhere to send it back to."""
    return bool(settings.listeners and settings.reply_address)


def work_is_due(settings: Settings, at: datetime) -> bool:
    """Whether a listener was not asked today, or a mail has just become missing."""
    if not is_watching(settings):
        return False
    asked = sa.select(sa.func.count()).where(Probe.day == _day(at), Probe.address.in_(_listeners(settings)))
    if db.session.scalar(asked) != len(_listeners(settings)):
        return True
    return db.session.scalar(sa.select(Probe.id).where(_overdue(settings, at)).limit(1)) is not None


def probe_listeners(settings: Settings, at: datetime) -> bool:
    """Ask each listener once a day (UTC), and tell the administrators once of each mail that did not come back."""
    if not is_watching(settings):
        return False
    asked = [_ask(address, at, key=secret_of(settings)) for address in _listeners(settings)]
    missed = [_tell(address, day) for address, day in _newly_missing(settings, at)]
    return any([*asked, *missed])


def probe_of(subject: str, *, key: str) -> Probe | None:
    """The probe whose token stands in the `subject` of a mail that came in."""
    number = probe_number(subject, key=key)
    return db.session.get(Probe, number) if number is not None else None


def note_arrival(probe: Probe) -> None:
    """It is back. The first time counts; what was missing before it is forgiven, see `missing`."""
    probe.arrived_at = probe.arrived_at or now()


def missing(settings: Settings) -> list[Probe]:
    """Of each listener the oldest mail that is not back, where none that was sent after it is either. By address."""
    later = sa.orm.aliased(Probe)
    proven = sa.exists().where(
        later.address == Probe.address, later.day >= Probe.day, later.arrived_at.is_not(None)
    )
    lost = sa.select(Probe).where(
        Probe.address.in_(_listeners(settings)),
        Probe.alerted_at.is_not(None),
        Probe.arrived_at.is_(None),
        ~proven,
    )
    found: dict[str, Probe] = {}
    for each in db.session.scalars(lost.order_by(Probe.address, Probe.day)):
        found.setdefault(each.address, each)
    return list(found.values())


def _ask(address: str, at: datetime, *, key: str) -> Event | None:
    """None where it was asked today, by this worker or by another in the same moment."""
    if db.session.scalar(sa.select(Probe.id).where(Probe.address == address, Probe.day == _day(at))):
        return None
    probe = Probe(address=address, day=_day(at), asked_at=at)
    try:
        with db.session.begin_nested():
            db.session.add(probe)
    except IntegrityError:
        return None
    token = probe_token(probe.id, key=key)
    return record(_subscriber(address), EventKind.SENDING_PROBED, by=SYSTEM, address=address, token=token)


def _newly_missing(settings: Settings, at: datetime) -> list[tuple[str, datetime]]:
    """Marked as told in the same statement, so that of two workers only one tells."""
    marked = (
        sa.update(Probe)
        .where(_overdue(settings, at))
        .values(alerted_at=at)
        .returning(Probe.address, Probe.asked_at)
        .execution_options(synchronize_session=False)
    )
    return sorted((row.address, row.asked_at) for row in db.session.execute(marked))


def _overdue(settings: Settings, at: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        Probe.address.in_(_listeners(settings)),
        Probe.arrived_at.is_(None),
        Probe.alerted_at.is_(None),
        Probe.asked_at <= at - PATIENCE,
    )


def _tell(address: str, asked_at: datetime) -> Event:
    return record(
        _subscriber(address),
        EventKind.DELIVERY_UNPROVEN,
        by=SYSTEM,
        address=address,
        asked_at=asked_at.isoformat(),
    )


def _subscriber(address: str) -> Subscriber:
    """The row of an address that is watched, made where it is missing; it asked for nothing and gets no list mail."""
    found = db.session.scalars(sa.select(Subscriber).where(Subscriber.email == address.lower())).first()
    if found is None:
        found = Subscriber(email=address.lower(), created_at=now())
        db.session.add(found)
    return found


def _listeners(settings: Settings) -> list[str]:
    return sorted(set(settings.listeners))


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()
