"""Rows of the delivery room as tests need them, and of what is told of it."""

from typing import Any

import sqlalchemy as sa

from cass_portal.clock import now, today
from cass_portal.db import db
from cass_portal.delivery.models import (
    Bulletin,
    BulletinState,
    Channel,
    Delivery,
    DeliveryState,
    Digest,
    Lane,
    RecipientRole,
    Suppression,
    SuppressionReason,
)
from cass_portal.history import Event, EventKind, record
from cass_portal.hooks.models import HookKind, Webhook
from cass_portal.mailroom.models import Probe
from cass_portal.policy import SYSTEM
from cass_portal.subscriptions.lifecycle import Frequency, Matter, Scope
from cass_portal.subscriptions.models import DigestClock, Subscriber, Subscription
from tests import factories
from tests.delivery.test_actions import a_delivery, an_event

__all__ = ["a_delivery", "an_event"]
LISTENER = "listener@example.org"


def a_bulletin(**fields: Any) -> Bulletin:
    """Of an announcement's publication, waiting; nobody was told of it yet."""
    announcement = fields.pop("announcement", None) or factories.announcement(by=factories.person())
    event = record(announcement, EventKind.ANNOUNCEMENT_PUBLISHED, by=SYSTEM)
    defaults: dict[str, Any] = {
        "event": event,
        "matter": Matter.NEWS,
        "lane": Lane.BULK,
        "at": now(),
        "facets": {"announcement": [announcement.id]},
        "state": BulletinState.WAITING,
    }
    return factories.made(Bulletin(**(defaults | fields)))


def a_subscriber(**fields: Any) -> Subscriber:
    number = next(factories.number)
    return factories.made(
        Subscriber(**({"email": f"subscriber{number}@example.org", "created_at": now()} | fields))
    )


def a_subscription(**fields: Any) -> Subscription:
    """To everything at once, confirmed, unless told otherwise."""
    defaults: dict[str, Any] = {
        "subscriber": fields.pop("subscriber", None) or a_subscriber(),
        "scope": Scope.EVERYTHING,
        "frequency": Frequency.IMMEDIATELY,
        "asked_at": now(),
        "confirmed_at": now(),
    }
    return factories.made(Subscription(**(defaults | fields)))


def to_subscriber(bulletin: Bulletin, **fields: Any) -> Any:
    """A delivery of the bulletin to one who asked for it."""
    subscription = fields.pop("subscription", None) or a_subscription()
    defaults = {
        "role": RecipientRole.SUBSCRIBER,
        "lane": bulletin.lane,
        "address": subscription.subscriber.email,
        "subscriber": subscription.subscriber,
        "subscription": subscription,
    }
    return a_delivery(bulletin.event, **(defaults | fields))


def a_digest_clock(**fields: Any) -> DigestClock:
    defaults = {"subscriber": a_subscriber(), "frequency": Frequency.DAILY, "told_until": now()}
    return factories.made(DigestClock(**(defaults | fields)))


def a_digest(**fields: Any) -> Digest:
    defaults = {
        "subscriber": a_subscriber(),
        "frequency": Frequency.DAILY,
        "starts_at": now(),
        "ends_at": now(),
        "made_at": now(),
    }
    return factories.made(Digest(**(defaults | fields)))


def a_digest_delivery(**fields: Any) -> Delivery:
    number, digest = next(factories.number), fields.pop("digest", None) or a_digest()
    defaults = {
        "digest": digest,
        "subscriber": digest.subscriber,
        "lane": Lane.DIGEST,
        "channel": Channel.EMAIL,
        "role": RecipientRole.SUBSCRIBER,
        "address": digest.subscriber.email,
        "state": DeliveryState.SENT,
        "message_id": f"digest{number}",
        "created_at": now(),
        "next_at": now(),
    }
    return factories.made(Delivery(**(defaults | fields)))


def a_probe(**fields: Any) -> Probe:
    return factories.made(Probe(**({"address": LISTENER, "day": today(), "asked_at": now()} | fields)))


def a_suppression(address: str = "gone@example.org", **fields: Any) -> Suppression:
    defaults = {"reason": SuppressionReason.BOUNCED, "detail": "550 no such mailbox", "since": now()}
    return factories.made(Suppression(address=address, **(defaults | fields)))


def a_webhook(**fields: Any) -> Webhook:
    defaults = {
        "kind": HookKind.WEBHOOK,
        "name": "The wall in the lab",
        "url": "https://hooks.example.org/secret-part",
        "created_by": factories.administrator(),
        "created_at": now(),
    }
    return factories.made(Webhook(**(defaults | fields)))


def fan_out_all() -> None:
    """As if a worker had told everybody of everything."""
    db.session.execute(sa.update(Event).values(fanned_out_at=now()))
