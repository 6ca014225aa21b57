"""From an event to those who are told of it one by one, and to the bulletin for those who subscribe."""

import uuid

import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import claim, db
from cass_portal.delivery.actions.claiming import LEASE
from cass_portal.delivery.actions.pausing import call_off
from cass_portal.delivery.bulletins import bulletin_of, overtaken_by
from cass_portal.delivery.models import Bulletin, Channel, Delivery, DeliveryState, RecipientRole
from cass_portal.delivery.recipients import Recipient, recipients_of
from cass_portal.history import Event
from cass_portal.hooks.models import Webhook
from cass_portal.hooks.queries import hooks_for


def claim_events(*, limit: int) -> list[int]:
    """Lease events that nobody was told about yet."""
    waiting = Event.fanned_out_at.is_(None)
    return sorted(claim(Event, waiting, limit=limit, lease=LEASE, order_by=Event.id))


def fan_out(event: Event) -> list[Delivery]:
    """One delivery for each recipient and channel, and the bulletin; none twice, also when it is repeated."""
    known = sa.select(Delivery.channel, Delivery.address, Delivery.role).where(Delivery.event_id == event.id)
    there = {tuple(row) for row in db.session.execute(known)}
    added = [
        _delivery(event, recipient, Channel.EMAIL)
        for recipient in recipients_of(event)
        if (Channel.EMAIL, recipient.address, recipient.role) not in there
    ]
    added += [
        _call(event, hook)
        for hook in hooks_for(event)
        if (Channel(hook.kind), f"hook:{hook.id}", RecipientRole.HOOK) not in there
    ]
    db.session.add_all(added)
    for each in overtaken_by(event):
        call_off(each, because=event.kind.value)
    _add_bulletin(event)
    event.fanned_out_at = now()
    event.leased_until = None
    return added


def _add_bulletin(event: Event) -> None:
    if db.session.scalar(sa.select(Bulletin.id).where(Bulletin.event_id == event.id)) is None:
        bulletin = bulletin_of(event)
        if bulletin is not None:
            db.session.add(bulletin)


def _call(event: Event, hook: Webhook) -> Delivery:
    """One call of a webhook. Its address is its number: the real one may be a secret, and may change."""
    recipient = Recipient(f"hook:{hook.id}", RecipientRole.HOOK, organization=hook.organization)
    delivery = _delivery(event, recipient, Channel(hook.kind))
    delivery.webhook = hook
    return delivery


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
