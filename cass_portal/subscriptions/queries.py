"""Reads of subscriptions, for whoever holds the subscriber's link, and for the mails to them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from cass_portal.announcements.models import Announcement
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.feedback.joining import joined_with
from cass_portal.feedback.models import Feedback
from cass_portal.subscriptions.lifecycle import EndedReason
from cass_portal.subscriptions.models import RUNNING, Subscriber, Subscription
from cass_portal.subscriptions.rules import name_of_target, target_named
from cass_portal.subscriptions.words import ENDED, SHORT_FREQUENCIES, summary_of

ENDED_SHOWN_DAYS = 28
WITH_TARGETS = (
    joinedload(Subscription.organization),
    joinedload(Subscription.area),
    joinedload(Subscription.product),
    joinedload(Subscription.topic),
    joinedload(Subscription.feedback),
    joinedload(Subscription.announcement).options(selectinload(Announcement.editions)),
)


def of_subscriber(subscriber: Subscriber) -> sa.Select[Subscription]:
    """All they ever asked for."""
    return sa.select(Subscription).where(Subscription.subscriber_id == subscriber.id)


def running(subscriber: Subscriber) -> Sequence[Subscription]:
    """What they hear of, in the order in which they asked for it."""
    query = of_subscriber(subscriber).where(
        Subscription.confirmed_at.is_not(None), Subscription.ended_at.is_(None)
    )
    return db.session.scalars(query.order_by(Subscription.id).options(*WITH_TARGETS)).all()


def waiting(subscriber: Subscriber, asked: Sequence[int]) -> Sequence[Subscription]:
    """Which of those numbers still wait for their confirmation."""
    query = of_subscriber(subscriber).where(
        Subscription.id.in_(asked), Subscription.confirmed_at.is_(None), Subscription.ended_at.is_(None)
    )
    return db.session.scalars(query.order_by(Subscription.id).options(*WITH_TARGETS)).all()


def lately_ended(subscriber: Subscriber) -> list[Subscription]:
    """What was over in the last weeks and can begin again, the latest first; one for each target."""
    query = of_subscriber(subscriber).where(
        Subscription.confirmed_at.is_not(None),
        Subscription.ended_at > now() - timedelta(days=ENDED_SHOWN_DAYS),
        Subscription.ended_reason.in_(ENDED),
    )
    newest = query.order_by(Subscription.ended_at.desc(), Subscription.id.desc()).options(*WITH_TARGETS)
    there = {(each.scope, each.target_id) for each in running(subscriber)}
    found: dict[Any, Subscription] = {}
    for each in db.session.scalars(newest):
        about = (each.scope, each.target_id)
        if about not in there and target_named(name_of_target(each.scope, each.target)) is not None:
            found.setdefault(about, each)
    return list(found.values())


def successor_of(subscription: Subscription) -> Subscription:
    """What runs in its place where it was replaced; else the subscription itself."""
    if subscription.ended_reason != EndedReason.CHANGED:
        return subscription
    about = (subscription.scope, subscription.target_id)
    return next(
        (each for each in running(subscription.subscriber) if (each.scope, each.target_id) == about),
        subscription,
    )


def followers_of(item: Feedback) -> int:
    """How many addresses want to hear what comes of it: those that said “me too”, to it or to a duplicate."""
    about = [item.id, *(each.id for each in joined_with(item))]
    followed = sa.select(sa.func.count(Subscription.subscriber_id.distinct())).where(
        Subscription.feedback_id.in_(about), sa.text(RUNNING)
    )
    return db.session.scalar(followed) or 0


def ever_ran(subscriber: Subscriber) -> bool:
    """Whether anything was confirmed, so that there is something to look at behind the link."""
    confirmed = of_subscriber(subscriber).where(Subscription.confirmed_at.is_not(None))
    return db.session.scalar(sa.select(confirmed.exists())) or False


def reason_words(subscription: Subscription) -> str:
    """“You asked to hear at once of everything about Kokkos.”"""
    what = summary_of(subscription)
    return f"You asked to hear {SHORT_FREQUENCIES[subscription.frequency].lower()} of {what}."
