"""Reading the pull requests. They belong to published announcements; coordinators and administrators see them all."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from cass_portal.announcements.models import Announcement
from cass_portal.clock import now
from cass_portal.config import Settings
from cass_portal.db import db
from cass_portal.history import Event, EventKind
from cass_portal.policy import Permission, can
from cass_portal.website.lifecycle import RequestState
from cass_portal.website.models import SiteRequest

K = EventKind
TELLING = (
    K.ANNOUNCEMENT_CONTESTED, K.ANNOUNCEMENT_PUBLISHED, K.ANNOUNCEMENT_PUBLISHED_AT_ONCE,
    K.ANNOUNCEMENT_RATIFICATION_ASKED, K.ANNOUNCEMENT_RATIFIED, K.ANNOUNCEMENT_REINSTATED, K.ANNOUNCEMENT_WITHDRAWN,
)  # fmt: skip
"""Acts that change what the web site should say."""
AUTOMATIC = timedelta(days=7)
"""Acts longer ago lead to no request by themselves: setting a token must not ask for years of announcements."""
ASKED = (RequestState.WAITING, RequestState.OPEN)
"""States in which there is something to ask the repository."""


def is_configured(settings: Settings) -> bool:
    return bool(settings.github_repository and settings.github_token.get_secret_value())


def last_telling_event(announcement: Announcement) -> int:
    """The number of the last act that changed what the web site should say; 0 where there was none."""
    query = sa.select(sa.func.max(Event.id)).where(
        Event.announcement_id == announcement.id, Event.kind.in_(TELLING)
    )
    return db.session.scalar(query) or 0


def out_of_step(*, limit: int) -> list[int]:
    """Ids of announcements with a recent act that their request takes no account of yet, the oldest first."""
    latest = (
        sa.select(sa.func.max(Event.id))
        .where(
            Event.announcement_id == Announcement.id,
            Event.kind.in_(TELLING),
            Event.at >= now() - AUTOMATIC,
        )
        .scalar_subquery()
    )
    query = (
        sa.select(Announcement.id)
        .outerjoin(SiteRequest, SiteRequest.announcement_id == Announcement.id)
        .where(
            Announcement.first_published_at.is_not(None), latest > sa.func.coalesce(SiteRequest.seen_event, 0)
        )
    )
    return list(db.session.scalars(query.order_by(Announcement.id).limit(limit)))


def is_due() -> sa.ColumnElement[bool]:
    """What the worker has to send or to ask about now, for a claim."""
    return sa.and_(SiteRequest.due_at <= now(), SiteRequest.state.in_(ASKED))


def something_is_due() -> bool:
    return db.session.scalar(sa.select(SiteRequest.id).where(is_due()).limit(1)) is not None


def request_of(announcement: Announcement, *, locked: bool = False) -> SiteRequest | None:
    """`locked`: nobody else changes it until the transaction ends, and it is read anew."""
    query = sa.select(SiteRequest).where(SiteRequest.announcement_id == announcement.id)
    if locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(query).first()


def requests_for(actor: Any, *, limit: int = 200) -> Sequence[SiteRequest]:
    """Every request, those that failed first, then the latest."""
    allowed = can(actor, Permission.WEBSITE_SEND)
    query = (
        sa.select(SiteRequest)
        .join(SiteRequest.announcement)
        .where(sa.true() if allowed else sa.false())
        .options(contains_eager(SiteRequest.announcement).selectinload(Announcement.editions))
        .order_by(
            sa.case((SiteRequest.state == RequestState.FAILED, 0), else_=1),
            Announcement.first_published_at.desc(),
        )
    )
    return db.session.scalars(query.limit(limit)).unique().all()


def sendable_for(actor: Any, slug: str) -> sa.Select[Any]:
    """The published announcement that `actor` may send to the web site."""
    allowed = can(actor, Permission.WEBSITE_SEND)
    return sa.select(Announcement).where(
        sa.true() if allowed else sa.false(),
        Announcement.slug == slug,
        Announcement.first_published_at.is_not(None),
    )
