"""Somebody at an address asks; the owner of the address confirms. Nothing here tells anybody what is known.

Whoever asks gets the same answer for every address, after the same work. What goes to the address says nothing that
was typed, and at most MAILS in HOURS go there, whoever asks.
"""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.history import Event, EventKind, record
from cass_portal.policy import STRANGER, SUBSCRIBER
from cass_portal.subscriptions.actions._rows import (
    lock,
    numbers,
    of,
    replace,
    runs_already,
    settle,
)
from cass_portal.subscriptions.lifecycle import UNCONFIRMED_DAYS
from cass_portal.subscriptions.models import Subscriber, Subscription
from cass_portal.subscriptions.rules import Rule

MAILS, HOURS = 3, 6
MAILING = (EventKind.SUBSCRIPTION_ASKED, EventKind.SUBSCRIBER_LINK_ASKED)
"""Each of these may be a mail to the subscriber."""


def ask(email: str, *, rules: Sequence[Rule], time_zone: str) -> None:
    """Have the address asked whether it wants to hear by `rules`; whoever has them all is sent the link to them.

    `email` is one address in lower case. `time_zone` counts while nothing runs yet: a stranger cannot change it
    for a subscriber. Raises IntegrityError when the address becomes known at the same moment; ask again then.
    """
    subscriber = _subscriber_at(email)
    if _was_written_to(subscriber):
        return
    wanted = [each for each in rules if not runs_already(subscriber, each)]
    if not wanted:
        record(subscriber, EventKind.SUBSCRIBER_LINK_ASKED, by=STRANGER)
        return
    if subscriber.idle_since is not None:
        subscriber.time_zone = time_zone
    rows = [each.made(subscriber=subscriber, asked_at=now()) for each in wanted]
    db.session.add_all(rows)
    db.session.flush()
    record(subscriber, EventKind.SUBSCRIPTION_ASKED, by=STRANGER, subscriptions=numbers(rows))


def ask_for_link(email: str) -> None:
    """Have the link to its subscriptions sent to the address, if it ever had one. Raises as `ask` does."""
    subscriber = _subscriber_at(email)
    if not _was_written_to(subscriber):
        record(subscriber, EventKind.SUBSCRIBER_LINK_ASKED, by=STRANGER)


def confirm(subscriber: Subscriber, *, asked: Sequence[int]) -> bool:
    """Begin what was asked for under these numbers; False, and nothing happens, where none of it still waits.

    What the subscriber had about the same ends: it was replaced.
    """
    lock(subscriber)
    at = now()
    rows = of(subscriber, sa.and_(Subscription.id.in_(asked), _is_waiting()))
    if not rows:
        return False
    for each in rows:
        replace(subscriber, each.scope, each.target_id, at=at, keep=each.id)
        if each.ended_at is None:
            each.confirmed_at = at
    settle(subscriber)
    record(subscriber, EventKind.SUBSCRIPTION_CONFIRMED, by=SUBSCRIBER, subscriptions=numbers(rows))
    return True


def new_link(subscriber: Subscriber) -> None:
    """Every link that was mailed stops working; a new one is mailed, for whoever asks may not be the subscriber."""
    lock(subscriber)
    subscriber.link_generation += 1
    record(subscriber, EventKind.SUBSCRIBER_LINK_ASKED, by=SUBSCRIBER, generation=subscriber.link_generation)


def _is_waiting() -> sa.ColumnElement[bool]:
    """Asked for, and may still be confirmed."""
    since = now() - timedelta(days=UNCONFIRMED_DAYS)
    return sa.and_(
        Subscription.confirmed_at.is_(None), Subscription.ended_at.is_(None), Subscription.asked_at > since
    )


def _subscriber_at(email: str) -> Subscriber:
    """Locked; new where the address is not known. One that never confirms anything is forgotten again."""
    query = sa.select(Subscriber).where(Subscriber.email == email).with_for_update()
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is not None:
        return found
    made = Subscriber(email=email, time_zone="UTC", created_at=now(), idle_since=now())
    db.session.add(made)
    db.session.flush()
    return made


def _was_written_to(subscriber: Subscriber) -> bool:
    """Whether the address got as many mails lately as it may."""
    since = now() - timedelta(hours=HOURS)
    lately = sa.select(sa.func.count(Event.id)).where(
        Event.subscriber_id == subscriber.id, Event.kind.in_(MAILING), Event.at > since
    )
    return (db.session.scalar(lately) or 0) >= MAILS
