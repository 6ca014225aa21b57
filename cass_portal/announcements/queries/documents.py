"""Reading announcements. Open editions are for coordinators and members; published ones are for everybody."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from cass_portal.announcements.agreement import Outcome
from cass_portal.announcements.lifecycle import OPEN, PUBLIC, EditionState
from cass_portal.announcements.models import (
    PROPOSALS,
    Announcement,
    AnnouncementKind,
    Ballot,
    Edition,
    EditionOrganization,
    EditionProduct,
    SignOff,
)
from cass_portal.announcements.rules import is_contested, possible
from cass_portal.db import db
from cass_portal.directory.models import Organization, Product
from cass_portal.paging import beyond, first_of
from cass_portal.policy import Permission, can
from cass_portal.text import clean_line

STANDING = (EditionState.PUBLISHED, EditionState.WITHDRAWN)
SEARCH_WORDS = 8
Editions: TypeAlias = sa.Select[Any]


@dataclass(frozen=True)
class Filters:
    """What the public list is narrowed to; None does not narrow."""

    kind: AnnouncementKind | None = None
    product: str | None = None
    member: str | None = None
    year: int | None = None
    text: str | None = None


def published() -> Editions:
    """Current published editions with their document, newest first. For everybody."""
    return _newest_first(_with_document().where(Edition.state == EditionState.PUBLISHED))


def standing() -> Editions:
    """As `published`, and those withdrawn (they stay readable, marked as such). For everybody."""
    return _newest_first(_with_document().where(Edition.state.in_(STANDING)))


def recent(limit: int) -> Sequence[Edition]:
    return _all(published().limit(limit))


def recent_about(product: Product, limit: int) -> Sequence[Edition]:
    """The newest that say they affect `product`."""
    return _all(published().where(affecting(Product.id == product.id)).limit(limit))


def recent_of(organization: Organization, limit: int) -> Sequence[Edition]:
    """The newest that speak for `organization`."""
    return _all(published().where(speaking_for(Organization.id == organization.id)).limit(limit))


def listed(filters: Filters, *, before: int | None, size: int) -> tuple[list[Edition], bool]:
    """A page of the public list after the document with id `before`, and whether there are more. For everybody."""
    query = _narrowed(standing(), filters)
    if before is not None:
        last = db.session.get(Announcement, before)
        if last is None or last.first_published_at is None:
            return [], False
        keys = (Announcement.first_published_at, Announcement.id)
        query = query.where(beyond(keys, (last.first_published_at, last.id), descending=True))
    return first_of(query, size=size)


def latest_changes(condition: sa.ColumnElement[bool], *, limit: int) -> Sequence[Edition]:
    """Published and withdrawn, the latest change first: what feeds tell. For everybody."""
    changed_at = sa.func.coalesce(Announcement.withdrawn_at, Edition.published_at)
    query = _with_document().where(Edition.state.in_(STANDING), condition)
    return _all(query.order_by(changed_at.desc(), Edition.id.desc()).limit(limit))


def speaking_for(*which: Any) -> sa.ColumnElement[bool]:
    """Condition on editions: they speak for an Organization that is `which`."""
    return Edition.id.in_(sa.select(EditionOrganization.edition_id).join(Organization).where(*which))


def affecting(*which: Any) -> sa.ColumnElement[bool]:
    """Condition on editions: they affect a Product that is `which`."""
    return Edition.id.in_(sa.select(EditionProduct.edition_id).join(Product).where(*which))


def current_by_slug(slug: str) -> Editions:
    """The edition that the public reads now, published or withdrawn."""
    query = _with_document().where(Announcement.slug == clean_line(slug), Edition.state.in_(STANDING))
    return query.order_by(Edition.number.desc()).limit(1)


def public_edition(slug: str, number: int) -> Editions:
    """One edition that was published once."""
    return _with_document().where(
        Announcement.slug == clean_line(slug), Edition.number == number, Edition.state.in_(PUBLIC)
    )


def public_editions(announcement: Announcement) -> Sequence[Edition]:
    """Every edition that was published once, newest first."""
    query = sa.select(Edition).where(Edition.announcement_id == announcement.id, Edition.state.in_(PUBLIC))
    return _all(query.order_by(Edition.number.desc()))


def later_editions(announcement_id: int, *, limit: int) -> Sequence[Edition]:
    """The newest of those that were published after the first; minor ones, too. For everybody."""
    later = Edition.announcement_id == announcement_id, Edition.number > 1, Edition.state.in_(PUBLIC)
    return _all(_with_document().where(*later).order_by(Edition.number.desc()).limit(limit))


def years() -> list[int]:
    """From the newest to the oldest year with an announcement."""
    first, last = db.session.execute(
        sa.select(sa.func.min(Announcement.first_published_at), sa.func.max(Announcement.first_published_at))
    ).one()
    return list(range(last.year, first.year - 1, -1)) if first is not None and last is not None else []


def readable_by(actor: Any) -> Editions:
    """Editions `actor` may read on the desk: all, open and discarded ones included, with a role there."""
    allowed = can(actor, Permission.ANNOUNCEMENT_READ_OPEN)
    return _with_document().where(sa.true() if allowed else sa.false()).options(*_desk_options())


def desk_edition(actor: Any, slug: str, number: int | None = None) -> Editions:
    """The named edition of a document, or its latest one."""
    query: Editions = readable_by(actor).where(Announcement.slug == clean_line(slug))
    if number is not None:
        return query.where(Edition.number == number)
    return query.order_by(Edition.number.desc()).limit(1)


def editions_of(actor: Any, announcement: Announcement) -> Sequence[Edition]:
    """All editions of a document, newest first."""
    query = readable_by(actor).where(Edition.announcement_id == announcement.id)
    return _all(query.order_by(Edition.number.desc()))


def open_editions(actor: Any, *, limit: int = 200) -> Sequence[Edition]:
    """What is being written, agreed on or scheduled, proposals to withdraw, and what the members contest; the longest
    waiting first.
    """
    query = readable_by(actor).where(sa.or_(Edition.state.in_(OPEN), _may_hold_proposal(), _contested()))
    found = _all(query.order_by(Edition.edited_at, Edition.id).limit(limit))
    return [each for each in found if each.is_open or each.proposal is not None or is_contested(each)]


def desk_archive(
    actor: Any, states: Iterable[EditionState], *, before: int | None, size: int
) -> tuple[list[Edition], bool]:
    """Editions in `states`, the newest first, after the edition with id `before`, and whether there are more."""
    query = readable_by(actor).where(Edition.state.in_(list(states)))
    if before is not None:
        query = query.where(Edition.id < before)
    return first_of(query.order_by(Edition.id.desc()), size=size)


def waiting_for(actor: Any) -> list[Edition]:
    """What waits for an act of `actor`: own texts to finish, others' texts to sign off or publish, proposals to
    decide on, what the members contest; votes are in `ballots_waiting_for`. The longest waiting first; what each
    waits for is `rules.waits_for`.
    """
    if not can(actor, Permission.ANNOUNCEMENT_READ_OPEN):
        return []
    return [each for each in open_editions(actor) if _is_up_to(actor, each)]


def due(now: datetime) -> Sequence[Edition]:
    """Scheduled editions whose time has come at `now`. For the worker, which claims before it publishes."""
    return _all(_with_document().where(is_due(now)).order_by(Edition.publish_at, Edition.id))


def is_due(now: datetime) -> sa.ColumnElement[bool]:
    """The condition of `due`, for a claim."""
    return sa.and_(Edition.state == EditionState.SCHEDULED, Edition.publish_at <= now)


def last_published(edition: Edition) -> Edition | None:
    """The edition that the public read before `edition`."""
    query = sa.select(Edition).where(
        Edition.announcement_id == edition.announcement_id,
        Edition.state.in_(PUBLIC),
        Edition.number < edition.number,
    )
    return db.session.scalars(query.order_by(Edition.number.desc()).limit(1)).first()


def slug_is_taken(slug: str) -> bool:
    return db.session.scalar(sa.select(Announcement.id).where(Announcement.slug == slug)) is not None


def _with_document() -> Editions:
    return (
        sa.select(Edition)
        .join(Edition.announcement)
        .options(
            contains_eager(Edition.announcement),
            selectinload(Edition.organizations),
            selectinload(Edition.affected).joinedload(EditionProduct.product),
        )
    )


def _desk_options() -> list[Any]:
    return [
        joinedload(Edition.edited_by),
        selectinload(Edition.sign_offs).joinedload(SignOff.person),
        selectinload(Edition.ballots),
        selectinload(Edition.feedback),
        selectinload(Edition.links),
        contains_eager(Edition.announcement).selectinload(Announcement.editions),
        contains_eager(Edition.announcement).joinedload(Announcement.organization),
        contains_eager(Edition.announcement).joinedload(Announcement.policy),
    ]


def _newest_first(query: Editions) -> Editions:
    return query.order_by(Announcement.first_published_at.desc(), Announcement.id.desc())


def _narrowed(query: Editions, filters: Filters) -> Editions:
    if filters.kind is not None:
        query = query.where(Announcement.kind == filters.kind)
    if filters.product is not None:
        query = query.where(
            affecting(Product.slug == filters.product, Product.published, Product.retired_on.is_(None))
        )
    if filters.member is not None:
        query = query.where(speaking_for(Organization.short_name == filters.member))
    if filters.year is not None:
        begin, end = (datetime(year, 1, 1, tzinfo=UTC) for year in (filters.year, filters.year + 1))
        query = query.where(Announcement.first_published_at >= begin, Announcement.first_published_at < end)
    for word in (filters.text or "").split()[:SEARCH_WORDS]:
        query = query.where(
            sa.or_(
                Edition.title.icontains(word, autoescape=True),
                Edition.summary.icontains(word, autoescape=True),
            )
        )
    return query


def _may_hold_proposal() -> sa.ColumnElement[bool]:
    said = sa.select(SignOff.edition_id).where(SignOff.stance.in_(list(PROPOSALS)))
    return sa.and_(Edition.state.in_(STANDING), Edition.id.in_(said))


def _contested() -> sa.ColumnElement[bool]:
    contested = sa.select(Ballot.edition_id).where(Ballot.outcome == Outcome.CONTESTED)
    return sa.and_(Edition.state == EditionState.PUBLISHED, Edition.id.in_(contested))


def _is_up_to(actor: Any, edition: Edition) -> bool:
    if is_contested(edition) and actor.is_coordinator:
        return True
    if edition.state in (EditionState.DRAFT, EditionState.RETURNED):
        return edition.edited_by_id == actor.id
    acts = possible(edition, by=actor)
    return (
        bool(acts & {"sign_off", "publish", "withdraw", "reinstate"})
        and edition.state != EditionState.SCHEDULED
    )


def _all(query: Editions) -> Sequence[Edition]:
    return db.session.scalars(query).unique().all()
