"""Addresses that are not written to, and mail that came back."""

from typing import Any

import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.actions.outcomes import count
from cass_portal.delivery.models import Delivery, Suppression, SuppressionReason
from cass_portal.delivery.outcomes import ERROR_LENGTH
from cass_portal.feedback.models import Feedback
from cass_portal.history import EventKind, record
from cass_portal.people.models import Person
from cass_portal.policy import SYSTEM, Permission, require
from cass_portal.subscriptions.models import Subscriber
from cass_portal.transitions import TransitionRefused


def suppress(address: str, *, reason: SuppressionReason, detail: str) -> Suppression | None:
    """Write no more to `address`: after a complaint no list mail, else none at all. None where that stands already.

    A complaint gives way to what blocks more. The event is that of whoever is known by the address.
    """
    address = address.strip().lower()
    standing = db.session.scalar(
        sa.select(Suppression).where(Suppression.address == address, Suppression.released_at.is_(None))
    )
    if standing is not None:
        if standing.reason == SuppressionReason.COMPLAINT and reason != SuppressionReason.COMPLAINT:
            standing.reason, standing.detail = reason, detail[:ERROR_LENGTH]
        return None
    added = Suppression(address=address, reason=reason, detail=detail[:ERROR_LENGTH], since=now())
    db.session.add(added)
    known = _known_by(address)
    if known is not None:
        record(known, EventKind.SUPPRESSION_ADDED, by=SYSTEM, reason=reason.value)
    return added


def release_suppression(suppression: Suppression, *, by: Any) -> None:
    """Write to the address again. Raises NotPermitted, TransitionRefused where that was done."""
    require(by, Permission.SUPPRESSION_RELEASE)
    if suppression.released_at is not None:
        raise TransitionRefused("release", "released")
    suppression.released_at, suppression.released_by = now(), by
    record(_known_by(suppression.address) or by, EventKind.SUPPRESSION_RELEASED, by=by)


def mark_bounced(delivery: Delivery, detail: str) -> None:
    """It was sent, and came back. Told once."""
    if delivery.bounced_at is not None:
        return
    delivery.bounced_at, delivery.error = now(), detail[:ERROR_LENGTH]
    count(delivery.channel, {"bounced": 1})
    record(
        delivery.subject,
        EventKind.DELIVERY_BOUNCED,
        by=SYSTEM,
        assignment=delivery.assignment,
        delivery=delivery.id,
        role=delivery.role.value,
    )


def _known_by(address: str) -> Any:
    """Who or what `address` stands for here: a subscriber, a person, or the latest matter it was given with."""
    by_email = (
        sa.select(Subscriber).where(Subscriber.email == address),
        sa.select(Person).where(sa.func.lower(Person.email) == address),
        sa.select(Feedback).where(sa.func.lower(Feedback.email) == address).order_by(Feedback.id.desc()),
    )
    found = (db.session.scalar(query.limit(1)) for query in by_email)
    return next((each for each in found if each is not None), None)
