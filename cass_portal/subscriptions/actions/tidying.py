"""What happens to subscriptions by itself, in sets: nobody confirmed, what they were about is gone, nothing runs.

Each step takes at most `limit` rows and says how many it took; whoever calls commits and calls again until it is none.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cass_portal.announcements.models import Announcement
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.lifecycle import Level
from cass_portal.directory.models import Organization, Product
from cass_portal.directory.queries import LISTED
from cass_portal.feedback.actions import DELIVERY
from cass_portal.feedback.lifecycle import FeedbackState
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import visibility_condition
from cass_portal.history import Audience, Event, EventKind, record
from cass_portal.policy import STRANGER, SYSTEM
from cass_portal.subscriptions.actions._rows import IS_RUNNING
from cass_portal.subscriptions.lifecycle import UNCONFIRMED_DAYS, EndedReason
from cass_portal.subscriptions.models import Subscriber, Subscription

LAST_WORD_DAYS = 8
"""So long a subscription outlives what it is about: a weekly digest still tells of its end, and a withdrawal or a
verdict may be taken back."""
IDLE_DAYS = 28
"""So long an address is kept after its last subscription ended, and the link to it works: endings can be taken back."""
AT_ONCE = 500
OTHER = sa.orm.aliased(Feedback)
"""What a matter was joined with."""


def end_unconfirmed(at: datetime, *, limit: int = AT_ONCE) -> int:
    """End what nobody confirmed in time."""
    waited = Subscription.asked_at <= at - timedelta(days=UNCONFIRMED_DAYS)
    never = sa.and_(Subscription.confirmed_at.is_(None), waited)
    return _end(never, EndedReason.NOT_CONFIRMED, limit=limit)


def end_what_is_gone(at: datetime, *, limit: int = AT_ONCE) -> int:
    """End what is about a product, a member, an announcement or a matter that is no more, or no longer public."""
    for reason, condition in _gone(at).items():
        ended = _end(condition, reason, limit=limit)
        if ended:
            return ended
    return 0


def forget_idle(at: datetime, *, limit: int = AT_ONCE) -> int:
    """Erase addresses for which nothing ran for long, or that never confirmed anything; their rows stay.

    Of the mails that asked them nothing is kept but their events. Bulletins and digests are forgotten by their age.
    """
    confirmed = sa.exists().where(
        Subscription.subscriber_id == Subscriber.id, Subscription.confirmed_at.is_not(None)
    )
    waits = sa.exists().where(Subscription.subscriber_id == Subscriber.id, Subscription.ended_at.is_(None))
    long_idle = Subscriber.idle_since <= at - timedelta(days=IDLE_DAYS)
    never_begun = sa.and_(Subscriber.idle_since <= at - timedelta(days=UNCONFIRMED_DAYS), ~confirmed)
    query = sa.select(Subscriber).where(
        Subscriber.idle_since.is_not(None), Subscriber.erased_at.is_(None), ~waits,
        sa.or_(long_idle, never_begun),
    )  # fmt: skip
    found = db.session.scalars(query.order_by(Subscriber.id).limit(limit).with_for_update()).all()
    for each in found:
        each.email, each.erased_at, each.idle_since = None, now(), None
        each.time_zone = "UTC"
        record(each, EventKind.SUBSCRIBER_ERASED, by=SYSTEM)
    asking = sa.select(Event.id).where(Event.subscriber_id.in_([each.id for each in found]))
    db.session.execute(sa.delete(DELIVERY).where(DELIVERY.c.event_id.in_(asking)))
    return len(found)


def _gone(at: datetime) -> dict[EndedReason, sa.ColumnElement[bool]]:
    """What subscriptions are over, by the reason."""
    until = at - timedelta(days=LAST_WORD_DAYS)
    hidden = sa.or_(~visibility_condition(STRANGER), Feedback.state == FeedbackState.DEFLECTED)
    closed = sa.and_(
        Feedback.state == FeedbackState.CLOSED,
        sa.func.coalesce(Feedback.closed_at, Feedback.verdict_at) <= until,
    )
    ended = sa.select(OTHER.id).where(
        OTHER.state == FeedbackState.CLOSED, sa.func.coalesce(OTHER.closed_at, OTHER.verdict_at) <= until
    )
    joined = sa.and_(Feedback.state == FeedbackState.MERGED, Feedback.merged_into_id.in_(ended))
    return {
        EndedReason.PRODUCT_RETIRED: Subscription.product_id.in_(
            sa.select(Product.id).where(
                ~LISTED, sa.or_(Product.retired_on.is_(None), Product.retired_on <= until.date())
            )
        ),
        EndedReason.ORGANIZATION_LEFT: Subscription.organization_id.in_(
            sa.select(Organization.id).where(
                Organization.level == Level.FORMER,
                sa.or_(Organization.former_since.is_(None), Organization.former_since <= until.date()),
            )
        ),
        EndedReason.ANNOUNCEMENT_WITHDRAWN: Subscription.announcement_id.in_(
            sa.select(Announcement.id).where(Announcement.withdrawn_at <= until)
        ),
        EndedReason.FEEDBACK_CLOSED: Subscription.feedback_id.in_(
            sa.select(Feedback.id).where(sa.or_(hidden, closed, joined))
        ),
    }


def _end(condition: sa.ColumnElement[bool], reason: EndedReason, *, limit: int) -> int:
    """End up to `limit` of them, with one event for each subscriber. Digests that are due still go out."""
    wanted = sa.select(Subscription.id, Subscription.subscriber_id).where(
        Subscription.ended_at.is_(None), condition
    )
    found = db.session.execute(wanted.order_by(Subscription.subscriber_id).limit(limit)).all()
    if not found:
        return 0
    owners = sorted({each.subscriber_id for each in found})
    db.session.execute(
        sa.select(Subscriber.id).where(Subscriber.id.in_(owners)).order_by(Subscriber.id).with_for_update()
    ).all()
    ended = db.session.execute(
        sa.update(Subscription)
        .where(Subscription.id.in_([each.id for each in found]), Subscription.ended_at.is_(None))
        .values(ended_at=now(), ended_reason=reason)
        .returning(Subscription.id, Subscription.subscriber_id)
        .execution_options(synchronize_session=False)
    ).all()
    _note_idle(owners)
    _tell_history(ended, reason)
    db.session.expire_all()
    return len(found)


def _note_idle(owners: list[int]) -> None:
    runs = sa.exists().where(Subscription.subscriber_id == Subscriber.id, IS_RUNNING)
    db.session.execute(
        sa.update(Subscriber)
        .where(Subscriber.id.in_(owners), Subscriber.idle_since.is_(None), ~runs)
        .values(idle_since=now(), version=Subscriber.version + 1)
        .execution_options(synchronize_session=False)
    )


def _tell_history(ended: Iterable[Any], reason: EndedReason) -> None:
    """Nobody is told of these events, so they need not wait for the worker to find that out."""
    by_owner: dict[int, list[int]] = {}
    for each in ended:
        by_owner.setdefault(each.subscriber_id, []).append(each.id)
    rows = [
        {
            "kind": EventKind.SUBSCRIPTION_ENDED, "at": now(), "actor_role": SYSTEM.role, "audience": Audience.STAFF,
            "detail": {"reason": reason.value, "subscriptions": sorted(ids)}, "subscriber_id": owner,
            "fanned_out_at": now(),
        }
        for owner, ids in by_owner.items()
    ]  # fmt: skip
    if rows:
        db.session.execute(sa.insert(Event), rows)
