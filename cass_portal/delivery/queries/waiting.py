"""What waits for a worker, and since when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.models import Channel, Delivery, Heartbeat, Lane
from cass_portal.history import Event, EventKind
from cass_portal.people.models import ResetRequest
from cass_portal.policy import SYSTEM
from cass_portal.subscriptions.models import SubscriptionRequest


@dataclass(frozen=True)
class Backlog:
    """What waits for a worker: the oldest instants, None where nothing waits or no worker was ever seen.

    A request for a new password or a subscription counts among the events: the worker makes it one.
    """

    worker_at: datetime | None
    event_at: datetime | None
    delivery_at: datetime | None


def backlog() -> Backlog:
    # What is sent without a trace may wait for an hour, and so may what follows from it for duplicates.
    follows = sa.and_(Event.kind == EventKind.FEEDBACK_UNMERGED, Event.actor_role == SYSTEM.role)
    waits = (Event.fanned_out_at.is_(None), ~Event.feedback.has(is_anonymous=True), ~follows)
    untold = sa.select(Event.at).where(*waits).order_by(Event.id).limit(1)
    asked = [sa.select(sa.func.min(each.requested_at)) for each in (ResetRequest, SubscriptionRequest)]
    due = sa.select(sa.func.min(Delivery.next_at)).where(Delivery.is_due())
    return Backlog(
        worker_at=db.session.scalar(sa.select(sa.func.max(Heartbeat.at))),
        event_at=min(filter(None, (db.session.scalar(each) for each in (untold, *asked))), default=None),
        delivery_at=db.session.scalar(due),
    )


def events_wait() -> bool:
    """Whether some event might be claimed now."""
    free = sa.or_(Event.leased_until.is_(None), Event.leased_until < now())
    return _exists(sa.select(Event.id).where(Event.fanned_out_at.is_(None), free))


def deliveries_wait(channels: Collection[Channel] = tuple(Channel)) -> bool:
    """Whether some delivery might be claimed now."""
    free = sa.or_(Delivery.leased_until.is_(None), Delivery.leased_until < now())
    waits = (Delivery.is_due(), Delivery.channel.in_(channels), free)
    return any(_exists(sa.select(Delivery.id).where(Delivery.lane == lane, *waits)) for lane in Lane)


def _exists(query: sa.Select[int]) -> bool:
    return db.session.scalar(query.limit(1)) is not None
