"""Signs of life, and what is forgotten with time."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from cass_portal.clock import now
from cass_portal.db import db, is_postgresql
from cass_portal.delivery.bulletins import progress_of
from cass_portal.delivery.models import Bulletin, BulletinState, Delivery, Heartbeat, RecipientRole

KEPT_HEARTBEATS = timedelta(days=1)
KEPT_DELIVERIES = timedelta(days=28)
"""How long it is known who got which bulletin; then only how many."""
FORGOTTEN_AT_ONCE = 2_000


def beat(worker: str) -> None:
    """Say that `worker` lives, and forget those that have not for a day."""
    insert = postgresql.insert if is_postgresql() else sqlite.insert
    sign = insert(Heartbeat).values(worker=worker, at=now())
    db.session.execute(
        sign.on_conflict_do_update(index_elements=[Heartbeat.worker], set_={"at": sign.excluded.at})
    )
    db.session.execute(sa.delete(Heartbeat).where(Heartbeat.at < now() - KEPT_HEARTBEATS))


def forget_deliveries(at: datetime, *, limit: int = FORGOTTEN_AT_ONCE) -> int:
    """Some deliveries of a bulletin that settled 28 days ago; how many. The counts are kept."""
    bulletin = db.session.scalar(
        sa.select(Bulletin)
        .where(
            Bulletin.at < at - KEPT_DELIVERIES,
            Bulletin.settled_at < at - KEPT_DELIVERIES,
            Bulletin.forgotten_at.is_(None),
            Bulletin.state.in_((BulletinState.OUT, BulletinState.CANCELLED)),
        )
        .order_by(Bulletin.at)
        .limit(1)
        .with_for_update(skip_locked=True, of=Bulletin)
    )
    if bulletin is None:
        return 0
    if bulletin.sent is None:
        progress = progress_of(bulletin)
        bulletin.sent, bulletin.unsent = progress.sent, progress.unsent
    oldest = (
        sa.select(Delivery.id)
        .where(
            Delivery.event_id == bulletin.event_id,
            Delivery.role == RecipientRole.SUBSCRIBER,
        )
        .limit(limit)
    )
    forgotten = db.session.execute(
        sa.delete(Delivery).where(Delivery.id.in_(oldest.scalar_subquery())),
        execution_options={"synchronize_session": False},
    )
    number = int(forgotten.rowcount)  # type: ignore[attr-defined]
    if number < limit:
        bulletin.forgotten_at = now()
    return number
