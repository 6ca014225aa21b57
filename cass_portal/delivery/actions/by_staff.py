"""What staff do about many deliveries at once, and about an address."""

from typing import Any

import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.models import Delivery, DeliveryState, Suppression, SuppressionReason
from cass_portal.delivery.queries import Filter, failed_of
from cass_portal.history import EventKind, record
from cass_portal.policy import Permission, require
from cass_portal.transitions import TransitionRefused

RESENT_AT_ONCE = 5_000
"""The rest is for the next time: so few rows change in a moment."""


def resend_all(wanted: Filter, *, by: Any) -> int:
    """Try what failed of a filter once more, the oldest first; how many. One event, of whoever asked for it."""
    require(by, Permission.DELIVERY_RESEND)
    oldest = failed_of(by, wanted).with_only_columns(Delivery.id).limit(RESENT_AT_ONCE)
    found = list(db.session.scalars(oldest))
    if not found:
        return 0
    again = sa.update(Delivery).where(Delivery.id.in_(found), Delivery.state == DeliveryState.FAILED)
    fresh = {
        "state": DeliveryState.PENDING,
        "attempts": 0,
        "next_at": now(),
        "error": None,
        "leased_until": None,
    }
    changed = db.session.execute(again.values(fresh), execution_options={"synchronize_session": "fetch"})
    count = int(changed.rowcount)  # type: ignore[attr-defined]
    record(by, EventKind.DELIVERY_RESENT, by=by, count=count)
    return count


def block(address: str, *, detail: str, by: Any) -> Suppression:
    """Write no mail at all to `address`, lower case. Raises TransitionRefused where that stands already.

    A complaint, which blocks list mail alone, gives way to it.
    """
    require(by, Permission.SUPPRESSION_RELEASE)
    standing = db.session.scalar(
        sa.select(Suppression).where(Suppression.address == address, Suppression.released_at.is_(None))
    )
    if standing is not None and standing.reason != SuppressionReason.COMPLAINT:
        raise TransitionRefused("block", standing.reason)
    if standing is None:
        standing = Suppression(address=address, since=now())
        db.session.add(standing)
    standing.reason, standing.detail = SuppressionReason.BY_STAFF, detail
    record(by, EventKind.SUPPRESSION_ADDED, by=by, reason=SuppressionReason.BY_STAFF.value)
    return standing
