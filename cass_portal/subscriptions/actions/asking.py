"""Somebody at an address asks; the owner of the address confirms. Nothing here tells anybody what is known.

Whoever asks gets the same answer for every address, after the same work. What goes to the address says nothing that
was typed, and at most MAILS in HOURS go there, whoever asks.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from cass_portal.clock import now
from cass_portal.db import db, is_postgresql
from cass_portal.history import Event, EventKind, record
from cass_portal.languages import DEFAULT, known
from cass_portal.policy import STRANGER, SUBSCRIBER
from cass_portal.subscriptions.actions._rows import (
    lock,
    numbers,
    of,
    replace,
    runs_already,
    settle,
)
from cass_portal.subscriptions.lifecycle import UNCONFIRMED_DAYS, Frequency
from cass_portal.subscriptions.models import Subscriber, Subscription, SubscriptionRequest
from cass_portal.subscriptions.rules import Rule, name_of_target, target_named

MAILS, HOURS = 3, 6
AT_ONCE = 50
MAILING = (EventKind.SUBSCRIPTION_ASKED, EventKind.SUBSCRIBER_LINK_ASKED)
"""Each of these may be a mail to the subscriber."""


def request(
    email: str, *, rules: Sequence[Rule] = (), time_zone: str = "UTC", language: str = DEFAULT
) -> None:
    """Remember that somebody asked for `rules`, which differ in their targets alone; without any, for the link.

    Nobody is looked up here; the worker does the rest.
    """
    wish = {
        "about": [name_of_target(each.scope, each.target) for each in rules],
        "matters": rules[0].matters, "frequency": rules[0].frequency.value, "time_zone": time_zone,
        "language": language,
    } if rules else {}  # fmt: skip
    db.session.add(SubscriptionRequest(email=email, wish=wish, requested_at=now()))


def answer_requests(*, limit: int = AT_ONCE) -> int:
    """Ask the addresses of the oldest requests, or send them their link; how many requests were looked at.

    The worker's act. Requests are taken by deleting them, so two workers never answer the same one.
    """
    oldest = sa.select(SubscriptionRequest.id).order_by(SubscriptionRequest.id).limit(limit)
    locked = oldest.with_for_update(skip_locked=True).cte("oldest")
    taken = (
        sa.delete(SubscriptionRequest)
        .where(SubscriptionRequest.id.in_(sa.select(locked.c.id)))
        .returning(SubscriptionRequest.email, SubscriptionRequest.wish)
        .execution_options(synchronize_session=False)
    )
    requests = sorted(db.session.execute(taken).all(), key=lambda each: each.email)
    for email, wish in requests:
        _answer(email, wish)
        db.session.flush()
    return len(requests)


def _answer(email: str, wish: dict[str, Any]) -> None:
    """What is no longer open to everybody is left out."""
    if not wish:
        ask_for_link(email)
        return
    targets = [found for name in wish["about"] if (found := target_named(name)) is not None]
    rules = [Rule(*each, wish["matters"], Frequency(wish["frequency"])) for each in targets]
    if rules:
        ask(email, rules=rules, time_zone=wish["time_zone"], language=known(wish.get("language")))


def ask(email: str, *, rules: Sequence[Rule], time_zone: str, language: str = DEFAULT) -> None:
    """Have the address asked whether it wants to hear by `rules`; whoever has them all is sent the link to them.

    `email` is one address in lower case. `time_zone` and `language` count while nothing runs yet: a stranger cannot
    change them for a subscriber.
    """
    subscriber = _subscriber_at(email)
    if _was_written_to(subscriber):
        return
    wanted = [each for each in rules if not runs_already(subscriber, each)]
    if not wanted:
        record(subscriber, EventKind.SUBSCRIBER_LINK_ASKED, by=STRANGER)
        return
    if subscriber.idle_since is not None:
        subscriber.time_zone, subscriber.language = time_zone, language
    rows = [each.made(subscriber=subscriber, asked_at=now()) for each in wanted]
    db.session.add_all(rows)
    db.session.flush()
    record(subscriber, EventKind.SUBSCRIPTION_ASKED, by=STRANGER, subscriptions=numbers(rows))


def ask_for_link(email: str) -> None:
    """Have the link to its subscriptions sent to the address, if it ever had one."""
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
    new = {"email": email, "created_at": now(), "idle_since": now()}
    insert = postgresql.insert if is_postgresql() else sqlite.insert
    db.session.execute(insert(Subscriber).values(new).on_conflict_do_nothing(index_elements=["email"]))
    query = sa.select(Subscriber).where(Subscriber.email == email).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _was_written_to(subscriber: Subscriber) -> bool:
    """Whether the address got as many mails lately as it may."""
    since = now() - timedelta(hours=HOURS)
    lately = sa.select(sa.func.count(Event.id)).where(
        Event.subscriber_id == subscriber.id, Event.kind.in_(MAILING), Event.at > since
    )
    return (db.session.scalar(lately) or 0) >= MAILS
