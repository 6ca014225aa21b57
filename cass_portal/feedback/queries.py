"""Reads of feedback. Each says who may see; `visible_to` is the one rule all others build on."""

from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, load_only, selectinload

from cass_portal import search, tokens
from cass_portal.db import db
from cass_portal.directory.models import Organization, Product
from cass_portal.feedback.lifecycle import FeedbackState
from cass_portal.feedback.models import Feedback, FollowLink, ReturnCode, Visibility
from cass_portal.paging import beyond, first_of
from cass_portal.policy import STRANGER, Permission, can
from cass_portal.text import clean_line

NEVER_SHOWN_AROUND = (
    FeedbackState.UNCONFIRMED,
    FeedbackState.HELD,
    FeedbackState.REJECTED,
    FeedbackState.WITHDRAWN,
)
"""States in which nobody but its author, the coordinators and the members it was routed to may see an item."""

SEARCH_LIMIT = 50
"""Best matches shown; a search that finds more wants another word, not another page."""
PAGE = 25
LISTED_COLUMNS = (
    Feedback.reference, Feedback.subject, Feedback.kind, Feedback.stakeholder_kind, Feedback.state,
    Feedback.published_at, Feedback.created_at, Feedback.verdict,
)  # fmt: skip


@dataclass(frozen=True)
class Filters:
    """What a reader of the public list asked for; empty words ask for nothing."""

    q: str = ""
    state: str = ""
    kind: str = ""
    product: str = ""
    member: str = ""

    def in_address(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True)
class Found:
    items: list[Feedback]
    has_more: bool


def visible_to(actor: Any) -> sa.Select[Feedback]:
    """THE visibility rule: what `actor` may read, for every page and the search alike.

    Everybody: what its author and a coordinator agreed to show publicly. People of a member: what is meant for
    the public or the members, once accepted, and what was ever routed to their organization unless it is for
    coordinators only. Coordinators: everything.
    """
    return sa.select(Feedback).where(visibility_condition(actor))


def visibility_condition(actor: Any) -> sa.ColumnElement[bool]:
    """`visible_to` as a condition on Feedback, for searches and joins."""
    if can(actor, Permission.FEEDBACK_READ_ALL):
        return sa.true()
    shown_around = Feedback.state.not_in(NEVER_SHOWN_AROUND)
    public = sa.and_(
        Feedback.visibility == Visibility.PUBLIC, Feedback.published_at.is_not(None), shown_around
    )
    if not actor.organization_ids:
        return public
    for_members = sa.and_(Feedback.visibility.in_([Visibility.PUBLIC, Visibility.MEMBERS]), shown_around)
    routed_here = sa.and_(
        Feedback.visibility != Visibility.COORDINATORS,
        sa.or_(*(Feedback.assignments.any(organization_id=each) for each in sorted(actor.organization_ids))),
    )
    return sa.or_(for_members, routed_here)


def by_reference(reference: str, *, actor: Any) -> sa.Select[Feedback]:
    """The item of that reference, if `actor` may see it."""
    return visible_to(actor).where(Feedback.reference == reference)


def by_follow_token(token: str) -> sa.Select[Feedback]:
    """The item that this bearer secret opens; for its author, whatever its state."""
    return sa.select(Feedback).join(FollowLink).where(FollowLink.token_digest == tokens.digest(token))


def has_return_code(lookup_key: str) -> bool:
    """Whether somebody was given the words behind that key."""
    return db.session.scalar(sa.select(ReturnCode.id).where(ReturnCode.lookup_key == lookup_key)) is not None


def by_form_key(form_key: str) -> Feedback | None:
    """What was already stored from the form that carried this key; for the one who holds the form."""
    return db.session.scalar(sa.select(Feedback).where(Feedback.form_key_digest == tokens.digest(form_key)))


def public_list(wanted: Filters, *, before: str) -> Found:
    """A page of what everybody may read: newest on the list first, or best match first when words are given.

    `before` is the reference of the last item of the page above; one that everybody may not read counts as none.
    """
    condition = sa.and_(*_conditions(wanted))
    listed = visible_to(STRANGER).options(
        load_only(*LISTED_COLUMNS), selectinload(Feedback.assignments), selectinload(Feedback.products)
    )
    if wanted.q:
        ids = search_order(wanted.q, actor=STRANGER, where=condition)
        by_id = {each.id: each for each in db.session.scalars(listed.where(Feedback.id.in_(ids)))}
        return Found([by_id[each] for each in ids if each in by_id], has_more=False)
    last = db.session.scalar(by_reference(before, actor=STRANGER)) if before else None
    if last is not None:
        keys = (Feedback.published_at, Feedback.id)
        listed = listed.where(beyond(keys, (last.published_at, last.id), descending=True))
    newest_first = (Feedback.published_at.desc(), Feedback.id.desc())
    return Found(*first_of(listed.where(condition).order_by(*newest_first), size=PAGE))


def _conditions(wanted: Filters) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [sa.true()]
    if wanted.state:
        found.append(Feedback.state == wanted.state)
    elif not wanted.q:
        found.append(Feedback.state != FeedbackState.MERGED)  # the other one is on the list
    if wanted.kind:
        found.append(Feedback.kind == wanted.kind)
    if wanted.product:
        found.append(Feedback.products.any(sa.and_(Product.slug == wanted.product, Product.published)))
    if wanted.member:
        member = sa.select(Organization.id).where(Organization.short_name == wanted.member)
        found.append(Feedback.assignments.any(organization_id=member.scalar_subquery()))
    return found


def search_order(text: str, *, actor: Any, where: sa.ColumnElement[bool]) -> list[int]:
    """Ids of what `actor` may see, matches `text` and fulfills `where`, best first; at most SEARCH_LIMIT."""
    among = sa.and_(visibility_condition(actor), where)
    return list(db.session.scalars(search.best_first(text, among, limit=SEARCH_LIMIT)))


def announcements_naming(item: Feedback) -> list[Any]:
    """Current public editions that say they answer `item`, the newest first; withdrawn ones have dropped out.

    The editions are for everybody. Whoever may see `item` may know of them.
    """
    announcement = Feedback.announcement.property.mapper.class_
    edition = announcement.editions.property.mapper.class_
    query = (
        sa.select(edition)
        .join(edition.feedback)
        .where(Feedback.id == item.id, edition.state == "published")
        .order_by(edition.published_at.desc(), edition.id.desc())
        .options(joinedload(edition.announcement))
    )
    return list(db.session.scalars(query))


def announcement_by_slug(slug: str | None) -> Any | None:
    """The published announcement that feedback is about; None for unknown, unpublished or withdrawn ones."""
    if not slug:
        return None
    announcement = Feedback.announcement.property.mapper.class_
    query = sa.select(announcement).where(
        announcement.slug == clean_line(slug),
        announcement.first_published_at.is_not(None),
        announcement.withdrawn_at.is_(None),
    )
    return db.session.scalar(query)
