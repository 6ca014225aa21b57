"""Which events subscribers are told of, what each is about, and how far telling them has come."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cass_portal.announcements.lifecycle import MAINTENANCE, AnnouncementKind
from cass_portal.announcements.models import Announcement, Edition
from cass_portal.db import db
from cass_portal.delivery.instants import instant_of_news
from cass_portal.delivery.models import (
    UNSENT,
    Bulletin,
    BulletinState,
    Delivery,
    DeliveryState,
    Lane,
    RecipientRole,
    SendingPause,
)
from cass_portal.directory.models import Product
from cass_portal.feedback.joining import joined_with
from cass_portal.feedback.lifecycle import FeedbackState
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import NEVER_SHOWN_AROUND
from cass_portal.history import Event, EventKind
from cass_portal.subscriptions.lifecycle import Matter
from cass_portal.subscriptions.matching import FOLLOWERS, is_about
from cass_portal.subscriptions.models import Subscription

K, S = EventKind, DeliveryState
OF_ANNOUNCEMENTS = frozenset(
    {
        K.ANNOUNCEMENT_PUBLISHED,
        K.ANNOUNCEMENT_PUBLISHED_AT_ONCE,
        K.ANNOUNCEMENT_UPDATED,
        K.ANNOUNCEMENT_WITHDRAWN,
    }
)
ENDINGS = {K.FEEDBACK_MERGED: FeedbackState.MERGED, K.FEEDBACK_CLOSED: FeedbackState.CLOSED}
"""What followers of a public matter are told beside the answer, and the state in which it is true."""
OVERTAKES = frozenset({K.ANNOUNCEMENT_WITHDRAWN, K.FEEDBACK_NARROWED, K.FEEDBACK_WITHDRAWN})
"""After these nobody else is told what was said before."""


def bulletin_of(event: Event) -> Bulletin | None:
    """A new bulletin of what subscribers are told; None for what is minor or not theirs to know."""
    if event.detail.get("minor"):
        return None
    if event.kind in OF_ANNOUNCEMENTS:
        edition = edition_of(event)
        return _bulletin(event, Matter(event.announcement.kind.value), _lane(edition), facets_of(edition))
    if event.kind in (K.FEEDBACK_REPLY_RELEASED, K.FEEDBACK_PUBLISHED) and _is_public_answer(event):
        return _bulletin(event, Matter.ANSWER, Lane.BULK, facets_of_answer(event.feedback))
    if event.kind in ENDINGS and event.feedback.is_public and event.feedback.state == ENDINGS[event.kind]:
        return _bulletin(event, Matter.ANSWER, Lane.BULK, facets_of_ending(event.feedback))
    return None


def edition_of(event: Event) -> Edition:
    """The text that an event of an announcement is about."""
    announcement: Announcement = event.announcement
    numbered = (each for each in announcement.editions if each.number == event.detail.get("edition"))
    return next(numbered, announcement.latest_edition)


def facets_of(edition: Edition) -> dict[str, list[int]]:
    """Whom it speaks for or whose products it affects, what it affects, and the public matters that it answers."""
    answered = [each for each in edition.feedback if each.is_public]
    members = [*edition.organizations, *(each for one in edition.products for each in one.stewards)]
    topics = [topic for each in answered for topic in each.topics]
    return {
        **_of_products(edition.products),
        "organization": _ids(members),
        "topic": _ids(topics),
        "announcement": [edition.announcement_id],
        "feedback": _ids(answered),
    }


def facets_of_answer(item: Feedback) -> dict[str, list[int]]:
    return {
        **_of_products(item.products),
        "organization": sorted(item.organization_ids),
        "topic": _ids(item.topics),
        "announcement": [],
        "feedback": _with_duplicates(item),
    }


def facets_of_ending(item: Feedback) -> dict[str, list[int]]:
    """Who follows it, or a duplicate of it, and nobody else."""
    return {"feedback": _with_duplicates(item), FOLLOWERS: [1]}


def overtaken_by(event: Event) -> list[Bulletin]:
    """Bulletins that no longer hold, now that `event` has happened, and of which something may be unsent."""
    if event.kind not in OVERTAKES:
        return []
    subject = (
        Event.announcement_id == event.announcement_id
        if event.announcement_id
        else Event.feedback_id == event.feedback_id
    )
    query = sa.select(Bulletin).join(Bulletin.event).where(subject, Event.id < event.id)
    return list(
        db.session.scalars(query.where(Bulletin.state != BulletinState.CANCELLED).order_by(Bulletin.id))
    )


@dataclass(frozen=True)
class Progress:
    """Recipients so far, and what became of them. `waiting` includes what is being sent; bounced ones were sent."""

    total: int
    sent: int
    bounced: int
    retrying: int
    failed: int
    suppressed: int
    waiting: int
    paused: int

    @property
    def unsent(self) -> int:
        return self.total - self.sent


def progress_of(bulletin: Bulletin) -> Progress:
    """Reads the few that are not sent; the bulletin counts the rest, and after some weeks that is all there is."""
    of_it = (Delivery.event_id == bulletin.event_id, Delivery.role == RecipientRole.SUBSCRIBER)
    query = sa.select(Delivery.state, sa.func.count()).where(*of_it, sa.text(UNSENT)).group_by(Delivery.state)
    unsent = {row[0]: row[1] for row in db.session.execute(query)}
    bounced = sa.select(sa.func.count()).where(*of_it, Delivery.bounced_at.is_not(None))
    return progress_from(bulletin, unsent, db.session.scalar(bounced) or 0)


def progress_from(bulletin: Bulletin, unsent: Mapping[DeliveryState, int], bounced: int) -> Progress:
    """Of a bulletin of whose deliveries so many are unsent, by state, and so many came back."""
    counted = bulletin.recipients - sum(unsent.values())
    return Progress(
        total=bulletin.recipients,
        sent=bulletin.sent if bulletin.sent is not None else counted,
        bounced=bounced,
        retrying=unsent.get(S.RETRYING, 0),
        failed=unsent.get(S.FAILED, 0),
        suppressed=unsent.get(S.SUPPRESSED, 0),
        waiting=unsent.get(S.PENDING, 0) + unsent.get(S.SENDING, 0),
        paused=unsent.get(S.PAUSED, 0),
    )


def standing_pause() -> SendingPause | None:
    """The pause of everything that holds now."""
    return db.session.scalar(sa.select(SendingPause).where(SendingPause.ended_at.is_(None)).limit(1))


def another_rule(bulletin: Bulletin, subscriber_id: int) -> Subscription | None:
    """A running rule of the subscriber that is about it, the oldest one: the rule that it came by has ended."""
    query = sa.select(Subscription).where(
        Subscription.subscriber_id == subscriber_id,
        Subscription.confirmed_at.is_not(None),
        Subscription.ended_at.is_(None),
        is_about(bulletin.matter, bulletin.facets),
    )
    return db.session.scalar(query.order_by(Subscription.id).limit(1))


def some_are_unfinished() -> bool:
    """Whether some bulletin may have more to be spread."""
    unfinished = sa.select(Bulletin.id).where(sa.text("state IN ('waiting', 'spreading')"))
    return db.session.scalar(unfinished.limit(1)) is not None


def _bulletin(event: Event, matter: Matter, lane: Lane, facets: dict[str, list[int]]) -> Bulletin:
    return Bulletin(
        event=event,
        matter=matter,
        lane=lane,
        at=instant_of_news(),
        facets=facets,
        state=BulletinState.WAITING,
        cursor=0,
        recipients=0,
    )


def _lane(edition: Edition) -> Lane:
    is_notice = edition.announcement.kind == AnnouncementKind.STATUS
    return Lane.URGENT if is_notice and edition.stage not in MAINTENANCE else Lane.BULK


def _is_public_answer(event: Event) -> bool:
    """The later of the two, the answer and its showing, makes it news: never both."""
    item: Feedback = event.feedback
    if not item.is_public or item.state in NEVER_SHOWN_AROUND:
        return False
    other = item.published_at if event.kind == K.FEEDBACK_REPLY_RELEASED else item.reply_released_at
    return other is not None and other <= event.at


def _of_products(products: Iterable[Product]) -> dict[str, list[int]]:
    known = list(products)
    return {"product": _ids(known), "area": _ids(area for each in known for area in each.areas)}


def _with_duplicates(item: Feedback) -> list[int]:
    """Whoever follows a duplicate hears what comes of the matter that it was joined with."""
    return _ids([item, *joined_with(item)])


def _ids(rows: Iterable[Any]) -> list[int]:
    return sorted({each.id for each in rows})
