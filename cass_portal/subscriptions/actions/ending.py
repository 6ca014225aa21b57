"""Subscriptions end. Their rows stay, with the reason."""

import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.history import EventKind, record
from cass_portal.policy import SUBSCRIBER, SYSTEM
from cass_portal.subscriptions.actions._rows import close, lock, numbers, of, settle
from cass_portal.subscriptions.lifecycle import EndedReason, Frequency
from cass_portal.subscriptions.models import Subscriber, Subscription


def end(subscription: Subscription, *, reason: EndedReason) -> bool:
    """End one rule; False, and nothing happens, where it is over."""
    return _end_those(subscription.subscriber, Subscription.id == subscription.id, reason)


def end_all(subscriber: Subscriber, *, reason: EndedReason, frequency: Frequency | None = None) -> bool:
    """End every rule, or those of one frequency; also what waits for its confirmation. False: there was none."""
    wanted = Subscription.subscriber_id == subscriber.id
    if frequency is not None:
        wanted = Subscription.frequency == frequency
    return _end_those(subscriber, wanted, reason)


def _end_those(subscriber: Subscriber, wanted: sa.ColumnElement[bool], reason: EndedReason) -> bool:
    lock(subscriber)
    rows = [each for each in of(subscriber, wanted) if each.ended_at is None]
    if not rows:
        return False
    at = now()
    for each in rows:
        close(each, reason, at=at)
    settle(subscriber, cut={each.frequency for each in rows})
    by = SUBSCRIBER if reason == EndedReason.UNSUBSCRIBED else SYSTEM
    record(subscriber, EventKind.SUBSCRIPTION_ENDED, by=by, reason=reason.value, subscriptions=numbers(rows))
    return True
