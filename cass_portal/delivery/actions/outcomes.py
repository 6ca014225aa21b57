"""What became of a delivery, and what somebody does about it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from cass_portal.clock import now
from cass_portal.db import db, is_postgresql
from cass_portal.delivery.models import Channel, Delivery, DeliveryState, Tally
from cass_portal.history import EventKind, record
from cass_portal.policy import Permission, require
from cass_portal.transitions import TransitionRefused

S = DeliveryState


def count(channel: Channel, outcomes: Mapping[str, int]) -> None:
    """Add to what metrics read."""
    insert = postgresql.insert if is_postgresql() else sqlite.insert
    for outcome, more in sorted(outcomes.items()):
        if not more:
            continue
        row = insert(Tally).values(channel=channel, outcome=outcome, count=more)
        db.session.execute(
            row.on_conflict_do_update(
                index_elements=[Tally.channel, Tally.outcome], set_={"count": Tally.count + more}
            )
        )


def resend(delivery: Delivery, *, by: Any) -> None:
    """Try a delivery that failed or is waiting for its next attempt at once. Raises TransitionRefused for others."""
    require(by, Permission.DELIVERY_RESEND)
    if delivery.state not in (S.FAILED, S.RETRYING):
        raise TransitionRefused("send_again", delivery.state)
    delivery.attempts = 0
    delivery.next_at = now()
    delivery.state, delivery.leased_until, delivery.error = S.PENDING, None, None
    record(delivery.subject, EventKind.DELIVERY_RESENT, by=by, assignment=delivery.assignment)
