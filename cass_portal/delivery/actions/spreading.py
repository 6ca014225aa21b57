"""From a bulletin to the deliveries of its subscribers: a set at a time, so that it can stop and go on anywhere."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db, is_postgresql
from cass_portal.delivery.models import (
    UNSENT,
    Bulletin,
    BulletinState,
    Channel,
    Delivery,
    DeliveryState,
    RecipientRole,
)
from cass_portal.subscriptions.lifecycle import EndedReason, Frequency
from cass_portal.subscriptions.matching import is_about
from cass_portal.subscriptions.models import RUNNING, Subscriber, Subscription

CHUNK = 2_000
"""Subscribers of one transaction: some tens of milliseconds for which SQLite lets nobody else write."""
AHEAD = 20_000
"""So many deliveries of one bulletin wait for their first attempt at most: few to be held back, and little to store."""
UNFINISHED = "state IN ('waiting', 'spreading')"
"""Written out, as the index has it."""


def spread(*, chunk: int = CHUNK, ahead: int = AHEAD) -> int | None:
    """Make the next deliveries of the most urgent bulletin that may have more; None where there is none.

    The rows, the cursor and the count change together: killed anywhere, the next worker goes on at the cursor. Who
    else spreads the same bulletin waits or takes another one.
    """
    bulletin = _next(ahead)
    if bulletin is None:
        return None
    stretch = _stretch(bulletin, chunk)
    made = _insert(bulletin, stretch) if stretch.last > bulletin.cursor else 0
    moved: dict[str, Any] = {
        "cursor": stretch.last,
        "recipients": Bulletin.recipients + made,
        "state": BulletinState.OUT if stretch.is_last else BulletinState.SPREADING,
        "settled_at": now() if stretch.is_last else None,
    }
    # No new version of it: whoever pauses it meanwhile locks the row and is not refused.
    db.session.execute(
        sa.update(Bulletin).where(Bulletin.id == bulletin.id).values(**moved),
        execution_options={"synchronize_session": False},
    )
    db.session.expire(bulletin)
    return made


@dataclass(frozen=True)
class _Stretch:
    """Subscribers up to and including `last`."""

    last: int
    is_last: bool


def _next(ahead: int) -> Bulletin | None:
    """Locked until the transaction ends. Those of which enough waits are left alone."""
    candidates = db.session.execute(
        sa.select(Bulletin.id, Bulletin.event_id)
        .where(sa.text(UNFINISHED))
        .order_by(Bulletin.lane, Bulletin.id)
    )
    for bulletin_id, event_id in candidates.all():
        if _waiting(event_id, ahead) >= ahead:
            continue
        query = sa.select(Bulletin).where(Bulletin.id == bulletin_id, sa.text(f"bulletin.{UNFINISHED}"))
        query = query.with_for_update(skip_locked=True, of=Bulletin).execution_options(populate_existing=True)
        bulletin = db.session.scalar(query)
        if bulletin is not None:
            return bulletin
    return None


def _waiting(event_id: int, ahead: int) -> int:
    """Those that are tried again later do not count: one mail domain that is down holds nobody else up."""
    first = sa.select(Delivery.id).where(
        Delivery.event_id == event_id,
        Delivery.state.in_((DeliveryState.PENDING, DeliveryState.SENDING)),
        Delivery.role == RecipientRole.SUBSCRIBER,
        sa.text(UNSENT),
    )
    return db.session.scalar(sa.select(sa.func.count()).select_from(first.limit(ahead).subquery())) or 0


def _stretch(bulletin: Bulletin, chunk: int) -> _Stretch:
    """As far as `chunk` subscribers whose rules match reach."""
    found = (
        sa.select(Subscription.subscriber_id)
        .where(_matches(bulletin), sa.text(RUNNING), Subscription.subscriber_id > bulletin.cursor)
        .group_by(Subscription.subscriber_id)
        .order_by(Subscription.subscriber_id)
        .limit(chunk)
        .subquery()
    )
    query = sa.select(sa.func.count(), sa.func.max(found.c.subscriber_id))
    number, last = db.session.execute(query.select_from(found)).one()
    if number >= chunk:
        return _Stretch(last, is_last=False)
    end = db.session.scalar(sa.select(sa.func.max(Subscriber.id))) or 0
    return _Stretch(max(end, bulletin.cursor), is_last=True)


def _matches(bulletin: Bulletin) -> sa.ColumnElement[bool]:
    """Rules that ran when it happened and say “immediately”."""
    return sa.and_(
        Subscription.frequency == Frequency.IMMEDIATELY,
        Subscription.confirmed_at <= bulletin.at,
        is_about(bulletin.matter, bulletin.facets),
    )


def _insert(bulletin: Bulletin, stretch: _Stretch) -> int:
    """One delivery for each subscriber, by the oldest of the rules that match."""
    chosen = _chosen(bulletin, stretch)
    values: dict[str, Any] = {
        "event_id": sa.literal(bulletin.event_id),
        "lane": sa.literal(bulletin.lane),
        "channel": sa.literal(Channel.EMAIL.value),
        "role": sa.literal(RecipientRole.SUBSCRIBER.value),
        "address": Subscriber.email,
        "subscriber_id": Subscriber.id,
        "subscription_id": chosen.c.subscription_id,
        "state": sa.literal(DeliveryState.PENDING.value),
        "attempts": sa.literal(0),
        "message_id": _message_id(),
        "created_at": sa.literal(now(), Delivery.created_at.type),
        "next_at": sa.literal(now(), Delivery.next_at.type),
    }
    rows = (
        sa.select(*(value.label(name) for name, value in values.items()))
        .select_from(chosen)
        .join(Subscriber, Subscriber.id == chosen.c.subscriber_id)
        .where(Subscriber.email.is_not(None))
        .order_by(Subscriber.id)
    )
    made = db.session.execute(
        sa.insert(Delivery).from_select(list(values), rows, include_defaults=False),
        execution_options={"preserve_rowcount": True},  # else it is -1 on PostgreSQL
    )
    return int(made.rowcount)  # type: ignore[attr-defined]


def _chosen(bulletin: Bulletin, stretch: _Stretch) -> sa.Subquery:
    """Whom to tell, and by which rule."""
    between = (Subscription.subscriber_id > bulletin.cursor, Subscription.subscriber_id <= stretch.last)
    running = sa.select(Subscription.subscriber_id, Subscription.id).where(
        _matches(bulletin), sa.text(RUNNING), *between
    )
    # Replaced by another rule since: the old one counts for what happened before.
    changed = sa.select(Subscription.subscriber_id, Subscription.id).where(
        _matches(bulletin),
        Subscription.ended_reason == EndedReason.CHANGED,
        Subscription.ended_at > bulletin.at,
        *between,
    )
    rules = sa.union_all(running, changed).subquery()
    by_reader = sa.select(rules.c.subscriber_id, sa.func.min(rules.c.id).label("subscription_id"))
    return by_reader.group_by(rules.c.subscriber_id).subquery()


def _message_id() -> sa.ColumnElement[str]:
    """128 random bits, made by the database for each row."""
    if is_postgresql():
        uuid = sa.cast(sa.func.gen_random_uuid(), sa.Text)
        return sa.func.replace(uuid, "-", "")
    return sa.func.lower(sa.func.hex(sa.func.randomblob(16)))
