"""The triage queue: lists of a million items in keyset pages. For coordinators; reads only the listed columns."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import load_only, selectinload

from cass_portal.casework.models import Assignment
from cass_portal.casework.queries import is_overdue
from cass_portal.db import db
from cass_portal.directory.models import Organization, Product
from cass_portal.feedback.lifecycle import FeedbackState
from cass_portal.feedback.models import Feedback, FeedbackKind, FeedbackProduct, StakeholderKind
from cass_portal.feedback.queries import search_order, visibility_condition
from cass_portal.paging import beyond

PAGE = 25
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
S = FeedbackState
TABS: dict[str, tuple[FeedbackState, ...]] = {
    "open": (S.HELD, S.NEW, S.ROUTED, S.IN_PROGRESS, S.WAITING),
    "held": (S.HELD,),
    "new": (S.NEW,),
    "routed": (S.ROUTED,),
    "in_progress": (S.IN_PROGRESS,),
    "waiting": (S.WAITING,),
    "answered": (S.ANSWERED,),
}
EVERYTHING = tuple(FeedbackState)
WITH_MEMBERS = (S.ROUTED, S.IN_PROGRESS)
"""Where a promise can be broken: while the stakeholder is asked, nobody is late."""


@dataclass(frozen=True)
class Filters:
    """What a coordinator wants to see. `member` and `product` are rows, None for all."""

    states: tuple[FeedbackState, ...] = TABS["open"]
    kind: FeedbackKind | None = None
    stakeholder_kind: StakeholderKind | None = None
    product: Product | None = None
    member: Organization | None = None
    overdue: bool = False
    oldest_first: bool = False


@dataclass(frozen=True)
class Place:
    """A position in the queue: just after (or, going back, just before) the item of that instant and id."""

    at: datetime
    id: int
    back: bool = False

    def __str__(self) -> str:
        microseconds = (self.at - EPOCH) // timedelta(microseconds=1)
        return f"{'b' if self.back else 'a'}{microseconds}-{self.id}"

    @staticmethod
    def read(text: str) -> "Place | None":
        """The place that `str` made `text` from; None for anything else."""
        match = re.fullmatch(r"([ab])(\d{1,17})-(\d{1,9})", text, re.ASCII)
        if match is None:
            return None
        at = EPOCH + timedelta(microseconds=int(match.group(2)))
        return Place(at, int(match.group(3)), back=match.group(1) == "b")


@dataclass(frozen=True)
class Page:
    """`before` and `after` are the places to go on from, up and down the list; None at its ends."""

    items: list[Feedback] = field(default_factory=list)
    before: Place | None = None
    after: Place | None = None


def page_of(filters: Filters, *, actor: Any, place: Place | None = None) -> Page:
    """25 items that `actor` may read, in order of arrival, from `place` on."""
    back = place is not None and place.back
    descending = filters.oldest_first == back
    rows = _rows(filters, actor=actor, place=place, descending=descending)
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if back:
        rows.reverse()
    if not rows:
        return Page()
    return Page(
        items=rows,
        before=_place(rows[0], back=True) if place is not None and (more or not back) else None,
        after=_place(rows[-1], back=False) if more or back else None,
    )


def best_matches(text: str, filters: Filters, *, actor: Any) -> list[Feedback]:
    """What matches `text` best among what `actor` may read; no pages: another word helps more."""
    ids = search_order(
        text, actor=actor, where=sa.and_(*_conditions(filters), Feedback.state.in_(filters.states))
    )
    found = {each.id: each for each in _listed(Feedback.id.in_(ids))} if ids else {}
    return [found[each] for each in ids if each in found]


def reference_in(text: str) -> str | None:
    """The reference somebody typed, however they typed it; None when `text` is not one."""
    match = re.fullmatch(r"(?:CASS[-\s]?)?([0-9A-Z]{5})", text.strip().upper())
    if match is None:
        return None
    return "CASS-" + match.group(1).translate(str.maketrans("OIL", "011"))


def _rows(filters: Filters, *, actor: Any, place: Place | None, descending: bool) -> list[Feedback]:
    """The next rows and one more. Each state is walked along its own index and the heads are merged."""
    order = _order(Feedback.created_at, Feedback.id, descending=descending)
    heads = [
        sa.select(Feedback.id, Feedback.created_at)
        .where(Feedback.state == state, visibility_condition(actor), *_conditions(filters))
        .where(_beyond(place, descending=descending))
        .order_by(*order)
        .limit(PAGE + 1)
        .subquery()
        for state in filters.states
    ]
    merged = sa.union_all(*(sa.select(head) for head in heads)).subquery()
    ids = sa.select(merged.c.id).order_by(*_order(merged.c.created_at, merged.c.id, descending=descending))
    return _listed(Feedback.id.in_(ids.limit(PAGE + 1)), order=order)


def _conditions(filters: Filters) -> list[sa.ColumnElement[bool]]:
    """Asked of each item along the walk (EXISTS), so that a page costs what it shows and no list is made first."""
    conditions: list[sa.ColumnElement[bool]] = []
    if filters.kind:
        conditions.append(Feedback.kind == filters.kind)
    if filters.stakeholder_kind:
        conditions.append(Feedback.stakeholder_kind == filters.stakeholder_kind)
    if filters.product:
        of_product = sa.exists().where(
            FeedbackProduct.feedback_id == Feedback.id, FeedbackProduct.product_id == filters.product.id
        )
        conditions.append(of_product)
    if filters.member:
        conditions.append(Feedback.assignments.any(Assignment.organization_id == filters.member.id))
    if filters.overdue:
        conditions += [Feedback.state.in_(WITH_MEMBERS), Feedback.assignments.any(is_overdue())]
    return conditions


def _listed(condition: sa.ColumnElement[bool], *, order: Sequence[Any] = ()) -> list[Feedback]:
    assignments = selectinload(Feedback.assignments).load_only(
        Assignment.feedback_id,
        Assignment.state,
        Assignment.role,
        Assignment.acknowledge_by,
        Assignment.answer_by,
        raiseload=True,
    )
    columns = load_only(
        Feedback.reference,
        Feedback.subject,
        Feedback.state,
        Feedback.kind,
        Feedback.stakeholder_kind,
        Feedback.visibility,
        Feedback.created_at,
        Feedback.waiting_since,
        raiseload=True,
    )
    products = selectinload(Feedback.products).load_only(Product.name)
    query = sa.select(Feedback).where(condition).order_by(*order)
    return list(db.session.scalars(query.options(columns, products, assignments)))


def _order(at: Any, id_: Any, *, descending: bool) -> list[Any]:
    return [at.desc(), id_.desc()] if descending else [at.asc(), id_.asc()]


def _beyond(place: Place | None, *, descending: bool) -> sa.ColumnElement[bool]:
    if place is None:
        return sa.true()
    return beyond((Feedback.created_at, Feedback.id), (place.at, place.id), descending=descending)


def _place(item: Feedback, *, back: bool) -> Place:
    return Place(item.created_at, item.id, back)
