"""Numbers for machines and for those who look after sending; none of them walks what has arrived."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.models import (
    UNFINISHED,
    Bulletin,
    BulletinState,
    Channel,
    Delivery,
    Heartbeat,
    Lane,
    Suppression,
    SuppressionReason,
    Tally,
)
from cass_portal.history import Event
from cass_portal.subscriptions.models import DigestClock

UNFINISHED_BULLETINS = (BulletinState.WAITING, BulletinState.SPREADING)
IS_UNFINISHED = sa.text("bulletin.state IN ('waiting', 'spreading')")
"""Written out, as the condition of the index is."""
PATIENCE = timedelta(minutes=1)
"""A bulletin that nobody worked on for so long, and of which nothing waits to be sent, is stuck."""


@dataclass(frozen=True)
class Queue:
    """What is still to be sent in one lane. `due_at`: when the oldest of it was due; None where nothing is yet."""

    waiting: int
    due_at: datetime | None


def queues() -> dict[Lane, Queue]:
    """Every lane; read from the index of what is due alone."""
    due = sa.case((Delivery.next_at <= now(), Delivery.next_at))
    query = (
        sa.select(Delivery.lane, sa.func.count(), sa.func.min(due))
        .where(sa.text(UNFINISHED))
        .group_by(Delivery.lane)
    )
    found = {lane: Queue(waiting, due_at) for lane, waiting, due_at in db.session.execute(query)}
    return {lane: found.get(lane, Queue(0, None)) for lane in Lane}


def tallies() -> list[tuple[Channel, str, int]]:
    """How many ended how, ever, by channel."""
    query = sa.select(Tally.channel, Tally.outcome, Tally.count).order_by(Tally.channel, Tally.outcome)
    return [(row[0], row[1], row[2]) for row in db.session.execute(query)]


def unfinished_bulletins() -> dict[BulletinState, int]:
    query = sa.select(Bulletin.state, sa.func.count()).where(IS_UNFINISHED).group_by(Bulletin.state)
    found = {row[0]: row[1] for row in db.session.execute(query)}
    return {state: found.get(state, 0) for state in UNFINISHED_BULLETINS}


def stuck_bulletins() -> int:
    """How many nobody works on though they should go on: unfinished, not held, nothing of them waits to be sent."""
    sending = sa.exists().where(
        Delivery.event_id == Bulletin.event_id,
        sa.text("delivery.state <> 'sent' AND delivery.state IN ('pending', 'sending', 'retrying')"),
    )
    query = sa.select(sa.func.count()).where(
        IS_UNFINISHED,
        Bulletin.at < now() - PATIENCE,
        sa.or_(Bulletin.leased_until.is_(None), Bulletin.leased_until < now()),
        ~sending,
    )
    return db.session.scalar(query) or 0


def digest_due_at() -> datetime | None:
    """When the digest was due that waits the longest; None where none is late."""
    earliest = db.session.scalar(sa.select(sa.func.min(DigestClock.next_at)))
    return earliest if earliest is not None and earliest < now() else None


def suppressed_counts() -> dict[SuppressionReason, int]:
    query = (
        sa.select(Suppression.reason, sa.func.count())
        .where(Suppression.released_at.is_(None))
        .group_by(Suppression.reason)
    )
    found = {row[0]: row[1] for row in db.session.execute(query)}
    return {reason: found.get(reason, 0) for reason in SuppressionReason}


def events_waiting() -> int:
    return db.session.scalar(sa.select(sa.func.count()).where(Event.fanned_out_at.is_(None))) or 0


def heartbeats() -> Iterable[tuple[str, datetime]]:
    """When each worker was last seen."""
    return [
        (row[0], row[1])
        for row in db.session.execute(sa.select(Heartbeat.worker, Heartbeat.at).order_by(Heartbeat.worker))
    ]
