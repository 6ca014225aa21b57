"""The deliveries that one worker holds: their rows without the rest of the database, and what need not be sent."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from cass_portal.db import db
from cass_portal.delivery import actions
from cass_portal.delivery.bulletins import another_rule
from cass_portal.delivery.models import (
    Bulletin,
    BulletinState,
    Channel,
    Delivery,
    RecipientRole,
    Suppression,
    SuppressionReason,
)
from cass_portal.subscriptions.lifecycle import TARGETED, Frequency, Scope
from cass_portal.subscriptions.models import Subscriber, Subscription


class Held(NamedTuple):
    """One delivery; what only list mail has is None for others, `bulletin_id` for a digest."""

    id: int
    role: RecipientRole
    address: str
    attempts: int
    message_id: str
    created_at: datetime
    digest_id: int | None
    bulletin_id: int | None
    bulletin_state: BulletinState | None
    subscriber_id: int | None
    link_generation: int | None
    subscription_id: int | None
    scope: Scope | None
    target_id: int | None
    matters: int | None
    frequency: Frequency | None
    ended_at: datetime | None

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2].lower()

    @property
    def is_list_mail(self) -> bool:
        """What asks for a confirmation goes to subscribers, too, and is none."""
        return self.bulletin_id is not None or self.digest_id is not None


def claim(*, limit: int) -> list[Held]:
    """Mails to be sent now, most urgent first. Those that are not wanted any more are settled. The caller commits."""
    claimed = actions.claim_deliveries(limit=limit, channels=(Channel.EMAIL,))
    rows = _rows(claimed)
    paused = {each.id for each in rows if each.bulletin_state == BulletinState.PAUSED}
    cancelled = {each.id for each in rows if each.bulletin_state == BulletinState.CANCELLED}
    refused = _refused(rows) - paused - cancelled
    actions.hold_back(sorted(paused))
    actions.drop(sorted(cancelled), reason="cancelled")
    actions.drop(sorted(refused), reason="the address is not written to")
    actions.count(Channel.EMAIL, {"suppressed": len(cancelled) + len(refused)})
    settled = paused | cancelled | refused
    return [kept for each in rows if each.id not in settled and (kept := _wanted(each)) is not None]


def _rows(ids: Sequence[int]) -> list[Held]:
    """In the order in which they are to be sent."""
    targets = [getattr(Subscription, f"{scope.value}_id") for scope in TARGETED]
    query = (
        sa.select(
            Delivery.id, Delivery.role, Delivery.address, Delivery.attempts, Delivery.message_id,
            Delivery.created_at, Delivery.digest_id, Bulletin.id, Bulletin.state, Delivery.subscriber_id,
            Subscriber.link_generation, Delivery.subscription_id, Subscription.scope, sa.func.coalesce(*targets),
            Subscription.matters, Subscription.frequency, Subscription.ended_at,
        )
        .outerjoin(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .outerjoin(Subscription, Subscription.id == Delivery.subscription_id)
        .outerjoin(
            Bulletin,
            sa.and_(Bulletin.event_id == Delivery.event_id, Delivery.role == RecipientRole.SUBSCRIBER),
        )
        .where(Delivery.id.in_(ids))
        .order_by(Delivery.lane, Delivery.next_at, Delivery.id)
    )  # fmt: skip
    return [Held(*tuple(row)) for row in db.session.execute(query)] if ids else []


def _refused(rows: Iterable[Held]) -> set[int]:
    """Whose address takes no mail; after a complaint only list mail is kept from it."""
    addresses = {each.address.lower() for each in rows}
    query = sa.select(Suppression.address, Suppression.reason).where(
        Suppression.address.in_(addresses), Suppression.released_at.is_(None)
    )
    reasons = {row[0]: row[1] for row in db.session.execute(query)} if addresses else {}
    return {
        each.id
        for each in rows
        if (reason := reasons.get(each.address.lower())) is not None
        and (reason != SuppressionReason.COMPLAINT or each.is_list_mail)
    }


def _wanted(held: Held) -> Held | None:
    """As it is while its rule runs; by another rule of the subscriber where it ended meanwhile; None without one."""
    if held.ended_at is None or held.bulletin_id is None or held.subscriber_id is None:
        return held
    other = another_rule(db.session.get_one(Bulletin, held.bulletin_id), held.subscriber_id)
    if other is None:
        actions.drop([held.id], reason="the subscription ended")
        actions.count(Channel.EMAIL, {"suppressed": 1})
        return None
    return held._replace(
        subscription_id=other.id,
        scope=other.scope,
        target_id=other.target_id,
        matters=other.matters,
        frequency=other.frequency,
        ended_at=None,
    )
