"""What became of a delivery, and what somebody does about it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from cass_portal.clock import now
from cass_portal.db import db, is_postgresql
from cass_portal.delivery.models import Channel, Delivery, DeliveryState, Tally
from cass_portal.delivery.outcomes import Outcome, failed, sent, suppressed
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


def mark_sent(delivery: Delivery) -> None:
    _note(delivery, sent(delivery.attempts))


def mark_suppressed(delivery: Delivery, reason: str) -> None:
    _note(delivery, suppressed(delivery.attempts, reason))


def mark_failed(delivery: Delivery, reason: str, *, permanent: bool) -> None:
    _note(delivery, failed(delivery.attempts, reason, permanent=permanent))


def release(delivery: Delivery) -> None:
    """Give a claimed delivery back untried."""
    delivery.state = S.RETRYING if delivery.attempts else S.PENDING
    delivery.leased_until = None


def _note(delivery: Delivery, outcome: Outcome) -> None:
    delivery.state, delivery.attempts, delivery.error = outcome.state, outcome.attempts, outcome.error
    delivery.sent_at, delivery.leased_until = outcome.sent_at, None
    delivery.next_at = outcome.next_at or delivery.next_at
