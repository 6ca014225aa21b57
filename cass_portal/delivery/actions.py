"""From an event to its deliveries, and what became of each. Nothing here sends; nothing here commits."""

import random
import uuid
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import claim, db
from cass_portal.delivery.models import Channel, Delivery, DeliveryState, Heartbeat
from cass_portal.delivery.recipients import Recipient, recipients_of
from cass_portal.history import Event, EventKind, record
from cass_portal.policy import Permission, require
from cass_portal.transitions import TransitionRefused

LEASE = timedelta(minutes=5)
"""How long a claimed row is left alone. The worker stops well before and leaves the rest to the next claim."""
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 4 * 60, 12 * 60, 24 * 60))
"""Waits between the eight attempts, nearly two days in all; each is lengthened at random by up to a fifth."""
ERROR_LENGTH = 500
KEPT_HEARTBEATS = timedelta(days=1)


def claim_events(*, limit: int) -> list[int]:
    """Lease events that nobody was told about yet."""
    waiting = Event.fanned_out_at.is_(None)
    return sorted(claim(Event, waiting, limit=limit, lease=LEASE, order_by=Event.id))


def fan_out(event: Event) -> list[Delivery]:
    """One delivery for each recipient and channel; none twice, also when it is repeated after a crash."""
    known = sa.select(Delivery.channel, Delivery.address, Delivery.role).where(Delivery.event_id == event.id)
    there = {tuple(row) for row in db.session.execute(known)}
    added = [
        _delivery(event, recipient, Channel.EMAIL)
        for recipient in recipients_of(event)
        if (Channel.EMAIL, recipient.address, recipient.role) not in there
    ]
    db.session.add_all(added)
    event.fanned_out_at = now()
    event.leased_until = None
    return added


def claim_deliveries(*, limit: int) -> list[int]:
    """Lease deliveries that are due, oldest first, and mark them as being sent."""
    taken = claim(Delivery, Delivery.is_due(), limit=limit, lease=LEASE, order_by=Delivery.next_at)
    if taken:
        db.session.execute(
            sa.update(Delivery).where(Delivery.id.in_(taken)).values(state=DeliveryState.SENDING)
        )
    return sorted(taken)


def mark_sent(delivery: Delivery) -> None:
    delivery.attempts += 1
    delivery.sent_at = now()
    _settle(delivery, DeliveryState.SENT, error=None)


def mark_suppressed(delivery: Delivery, reason: str) -> None:
    """Nothing is sent, because it would no longer be true or wanted."""
    _settle(delivery, DeliveryState.SUPPRESSED, error=reason)


def mark_failed(delivery: Delivery, reason: str, *, permanent: bool) -> None:
    """Tried again later, unless that cannot help or was tried often enough."""
    delivery.attempts += 1
    if permanent or delivery.attempts > len(BACK_OFF):
        _settle(delivery, DeliveryState.FAILED, error=reason)
        return
    wait = BACK_OFF[delivery.attempts - 1]
    delivery.next_at = now() + wait * random.uniform(1, 1.2)  # noqa: S311, spreads retries, guards no secret
    _settle(delivery, DeliveryState.RETRYING, error=reason)


def release(delivery: Delivery) -> None:
    """Give a claimed delivery back untried."""
    _settle(
        delivery, DeliveryState.RETRYING if delivery.attempts else DeliveryState.PENDING, error=delivery.error
    )


def resend(delivery: Delivery, *, by: Any) -> None:
    """Try a delivery that failed or is waiting for its next attempt at once. Raises TransitionRefused for others."""
    require(by, Permission.DELIVERY_RESEND)
    if delivery.state not in (DeliveryState.FAILED, DeliveryState.RETRYING):
        raise TransitionRefused("send_again", delivery.state)
    delivery.attempts = 0
    delivery.next_at = now()
    _settle(delivery, DeliveryState.PENDING, error=None)
    record(delivery.event.subject, EventKind.DELIVERY_RESENT, by=by, assignment=delivery.assignment)


def beat(worker: str) -> None:
    """Say that `worker` lives, and forget those that have not for a day."""
    db.session.merge(Heartbeat(worker=worker, at=now()))
    db.session.execute(sa.delete(Heartbeat).where(Heartbeat.at < now() - KEPT_HEARTBEATS))


def _settle(delivery: Delivery, state: DeliveryState, *, error: str | None) -> None:
    delivery.state = state
    delivery.leased_until = None
    delivery.error = error[:ERROR_LENGTH] if error else None


def _delivery(event: Event, recipient: Recipient, channel: Channel) -> Delivery:
    return Delivery(
        event=event,
        channel=channel,
        role=recipient.role,
        address=recipient.address,
        person=recipient.person,
        organization=recipient.organization,
        assignment=recipient.assignment,
        state=DeliveryState.PENDING,
        message_id=uuid.uuid4().hex,
        created_at=now(),
        next_at=now(),
    )
