"""Steps of the acts: rules begin and end, and what follows of it for the subscriber and the digests.

Acts on one subscriber wait for each other: each locks the row first and reads afterwards what it acts on.
"""

from collections.abc import Container, Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.subscriptions.lifecycle import DIGESTS, TARGETED, EndedReason, Frequency, Scope
from cass_portal.subscriptions.models import DigestClock, Subscriber, Subscription
from cass_portal.subscriptions.rules import Rule
from cass_portal.subscriptions.schedule import next_due

IS_RUNNING = sa.and_(Subscription.confirmed_at.is_not(None), Subscription.ended_at.is_(None))


def lock(subscriber: Subscriber) -> None:
    db.session.flush()
    db.session.refresh(subscriber, with_for_update=True)


def of(subscriber: Subscriber, condition: sa.ColumnElement[bool]) -> Sequence[Subscription]:
    """Their subscriptions that fulfill `condition`, as the database has them now."""
    query = sa.select(Subscription).where(Subscription.subscriber_id == subscriber.id, condition)
    return db.session.scalars(query.order_by(Subscription.id).execution_options(populate_existing=True)).all()


def runs_already(subscriber: Subscriber, rule: Rule) -> bool:
    return any(rule.is_like(each) for each in of(subscriber, IS_RUNNING))


def begin(subscriber: Subscriber, rules: Iterable[Rule]) -> list[Subscription]:
    """Confirmed at once, in place of whatever said something else about the same."""
    at = now()
    rows = []
    for rule in rules:
        replace(subscriber, rule.scope, rule.target_id, at=at)
        rows.append(rule.made(subscriber=subscriber, asked_at=at, confirmed_at=at))
        db.session.add(rows[-1])
        db.session.flush()
    settle(subscriber)
    return rows


def replace(
    subscriber: Subscriber, scope: Scope, target_id: int | None, *, at: datetime, keep: int | None = None
) -> None:
    """End what the subscriber has about the same target, confirmed or not, except for the row `keep`."""
    about = Subscription.scope == scope
    if scope in TARGETED:
        about = sa.and_(about, getattr(Subscription, f"{scope.value}_id") == target_id)
    for each in of(subscriber, sa.and_(about, Subscription.ended_at.is_(None))):
        if each.id != keep:
            close(each, EndedReason.CHANGED, at=at)
    db.session.flush()


def close(subscription: Subscription, reason: EndedReason, *, at: datetime) -> None:
    subscription.ended_at, subscription.ended_reason = at, reason


def settle(subscriber: Subscriber, *, cut: Container[Frequency] = ()) -> None:
    """What follows from the rules that run now: whether the subscriber is idle, and which digests are due.

    A digest that nothing runs for any more is off at once where it is one of `cut`. Else its last one still goes
    out, over what happened until its last rule was replaced.
    """
    db.session.flush()
    running = {each.frequency for each in of(subscriber, IS_RUNNING)}
    subscriber.idle_since = None if running else subscriber.idle_since or now()
    clocks = clocks_of(subscriber)
    for frequency in DIGESTS:
        if frequency in running:
            _start(subscriber, frequency, clocks.get(frequency))
        elif frequency in cut and frequency in clocks:
            clocks[frequency].next_at = None


def clocks_of(subscriber: Subscriber) -> dict[Frequency, DigestClock]:
    query = sa.select(DigestClock).where(DigestClock.subscriber_id == subscriber.id).with_for_update()
    found = db.session.scalars(query.execution_options(populate_existing=True))
    return {each.frequency: each for each in found}


def _start(subscriber: Subscriber, frequency: Frequency, clock: DigestClock | None) -> None:
    """A clock that stands still begins anew; what happened meanwhile nobody had asked for."""
    if clock is not None and clock.next_at is not None:
        return
    if clock is None:
        clock = DigestClock(subscriber=subscriber, frequency=frequency, told_until=now())
        db.session.add(clock)
    clock.told_until = max(clock.told_until, now())
    clock.next_at = next_due(clock.told_until, frequency, subscriber.time_zone)


def numbers(subscriptions: Iterable[Any]) -> list[int]:
    """For an event's detail."""
    return sorted(each.id for each in subscriptions)
