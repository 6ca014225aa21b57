"""The triage queue: lists of a million items in keyset pages. For coordinators; reads only the listed columns."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, lazyload, load_only, selectinload

from cass_portal.casework.lifecycle import AssignmentState
from cass_portal.casework.models import Assignment
from cass_portal.casework.queries import RELEASABLE, is_overdue, is_ready
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import Organization, Product
from cass_portal.feedback.lifecycle import FeedbackState
from cass_portal.feedback.models import Feedback, FeedbackKind, FeedbackProduct, StakeholderKind
from cass_portal.feedback.queries import search_order, visibility_condition
from cass_portal.paging import beyond, first_ids, in_order
from cass_portal.people.models import Person

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
    "merged": (S.MERGED,),
}
EVERYTHING = tuple(FeedbackState)
WITH_MEMBERS = (S.ROUTED, S.IN_PROGRESS)
"""Where a promise can be broken: while the stakeholder is asked, nobody is late."""
BEFORE_ROUTING = (S.HELD, S.NEW)
AT_COORDINATORS = "coordinator"
REPLY_READY = "reply"
STEPS = {
    AT_COORDINATORS: (*BEFORE_ROUTING, S.ROUTED, S.IN_PROGRESS, S.WAITING),
    REPLY_READY: RELEASABLE,
}
"""Whose next step it is, and the states in which it can be theirs."""
LOOKED_AT = 1_000
"""Of each state, where the members' work decides what is listed: a page never walks through a million matters."""


@dataclass(frozen=True)
class Filters:
    """What a coordinator wants to see. `member` and `product` are rows, None for all.

    `claimed_by` is the id of who looks after it now, `step` one of STEPS or empty.
    """

    states: tuple[FeedbackState, ...] = TABS["open"]
    kind: FeedbackKind | None = None
    stakeholder_kind: StakeholderKind | None = None
    product: Product | None = None
    member: Organization | None = None
    overdue: bool = False
    incompatibility: bool = False
    oldest_first: bool = False
    claimed_by: int | None = None
    step: str = ""

    @property
    def walked(self) -> tuple[FeedbackState, ...]:
        """The states in which anything can be found."""
        among = STEPS.get(self.step, EVERYTHING)
        return tuple(
            each for each in self.states if each in among and (not self.overdue or each in WITH_MEMBERS)
        )


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


def next_after(item: Feedback, filters: Filters, *, actor: Any) -> Feedback | None:
    """The matter that follows `item` in the list, whether or not `item` is still in it; at the end, the first one."""
    for place in (Place(item.created_at, item.id), None):
        found = _rows(
            filters, actor=actor, place=place, descending=not filters.oldest_first, most=2, brief=True
        )
        others = [each for each in found if each.id != item.id]
        if others:
            return others[0]
    return None


def oldest(filters: Filters, *, actor: Any, most: int) -> list[Feedback]:
    """The first that came, with their subjects and references alone."""
    return _rows(filters, actor=actor, place=None, descending=False, most=most, brief=True)


def best_matches(text: str, filters: Filters, *, actor: Any) -> list[Feedback]:
    """What matches `text` best among what `actor` may read; no pages: another word helps more."""
    ids = search_order(
        text, actor=actor, where=sa.and_(Feedback.state.in_(filters.walked), *conditions(filters))
    )
    found = {each.id: each for each in _listed(Feedback.id.in_(ids))} if ids else {}
    return [found[each] for each in ids if each in found]


def reference_in(text: str) -> str | None:
    """The reference somebody typed, however they typed it; None when `text` is not one.

    A word of six letters alone is a word.
    """
    match = re.fullmatch(r"(?:CASS[-\s]?)?([0-9A-Z]{5})|CASS[-\s]?([0-9A-Z]{6})", text.strip().upper())
    if match is None:
        return None
    return "CASS-" + (match[1] or match[2]).translate(str.maketrans("OIL", "011"))


def _rows(
    filters: Filters,
    *,
    actor: Any,
    place: Place | None,
    descending: bool,
    most: int = PAGE + 1,
    brief: bool = False,
) -> list[Feedback]:
    """The next rows and one more. Each state is walked along its own index and the heads are merged."""
    if not filters.walked:
        return []
    order = in_order(Feedback.created_at, Feedback.id, descending=descending)
    beyond_place = _beyond(place, descending=descending)
    heads = [_head(each, filters, actor=actor, place=beyond_place, order=order) for each in filters.walked]
    ids = first_ids(heads, most=most, descending=descending)
    return _listed(Feedback.id.in_(ids), order=order, brief=brief)


def _head(
    state: FeedbackState, filters: Filters, *, actor: Any, place: sa.ColumnElement[bool], order: Sequence[Any]
) -> sa.Select[Any]:
    """The rows of one state, in order. What members do is looked up of the next LOOKED_AT only."""
    rows: Any = sa.select(Feedback.id, Feedback.created_at).order_by(*order)
    here = sa.and_(Feedback.state == state, visibility_condition(actor), place)
    if not (filters.step or filters.overdue):
        return rows.where(here, *conditions(filters))
    among = rows.where(here).limit(LOOKED_AT).subquery()
    return rows.join(among, among.c.id == Feedback.id).where(*conditions(filters))


@cache
def next_step_is(step: str) -> sa.ColumnElement[bool]:
    """Whether the next step of a matter is whose `step` says; one of STEPS."""
    if step == REPLY_READY:
        return is_ready()
    return sa.or_(Feedback.state.in_(BEFORE_ROUTING), is_ready(), is_refused())


@cache
def is_refused() -> sa.ColumnElement[bool]:
    """A member says that it is not theirs, and a coordinator has not decided."""
    refused = Feedback.assignments.any(Assignment.state == AssignmentState.REFUSAL_PROPOSED)
    return sa.and_(Feedback.state.in_(STEPS[AT_COORDINATORS]), refused)


def conditions(filters: Filters) -> list[sa.ColumnElement[bool]]:
    """Asked of each item along the walk (EXISTS), so that a page costs what it shows and no list is made first."""
    found = [next_step_is(filters.step)] if filters.step else []
    if filters.kind:
        found.append(Feedback.kind == filters.kind)
    if filters.stakeholder_kind:
        found.append(Feedback.stakeholder_kind == filters.stakeholder_kind)
    if filters.product:
        of_product = sa.exists().where(
            FeedbackProduct.feedback_id == Feedback.id, FeedbackProduct.product_id == filters.product.id
        )
        found.append(of_product)
    if filters.member:
        found.append(Feedback.assignments.any(Assignment.organization_id == filters.member.id))
    if filters.incompatibility:
        found.append(Feedback.is_incompatibility.expression)
    if filters.overdue:
        found += [Feedback.state.in_(WITH_MEMBERS), Feedback.assignments.any(is_overdue())]
    if filters.claimed_by is not None:
        found += [Feedback.claimed_by_id == filters.claimed_by, Feedback.claimed_until > now()]
    return found


def _listed(
    condition: sa.ColumnElement[bool], *, order: Sequence[Any] = (), brief: bool = False
) -> list[Feedback]:
    """With what a line of the list shows, or (`brief`) with its subject and reference alone."""
    if brief:
        columns = load_only(Feedback.reference, Feedback.subject, Feedback.created_at, raiseload=True)
        return list(
            db.session.scalars(sa.select(Feedback).where(condition).order_by(*order).options(columns))
        )
    assignments = selectinload(Feedback.assignments).load_only(
        Assignment.feedback_id,
        Assignment.organization_id,
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
        Feedback.version,
        Feedback.is_incompatibility,
        Feedback.claimed_by_id,
        Feedback.claimed_until,
        raiseload=True,
    )
    claimed_by = joinedload(Feedback.claimed_by).options(load_only(Person.name), lazyload(Person.memberships))
    products = selectinload(Feedback.products).load_only(Product.name)
    query = sa.select(Feedback).where(condition).order_by(*order)
    return list(db.session.scalars(query.options(columns, claimed_by, products, assignments)).unique())


def _beyond(place: Place | None, *, descending: bool) -> sa.ColumnElement[bool]:
    if place is None:
        return sa.true()
    return beyond((Feedback.created_at, Feedback.id), (place.at, place.id), descending=descending)


def _place(item: Feedback, *, back: bool) -> Place:
    return Place(item.created_at, item.id, back)
