"""A member's inbox in keyset pages, oldest promise first. Everybody sees their own organizations' assignments only."""

import itertools
import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload, undefer

from cass_portal.casework.lifecycle import GONE, OPEN, AssignmentState
from cass_portal.casework.models import Answer, Assignment
from cass_portal.casework.queries import BY_PROMISE, assigned_to, is_overdue
from cass_portal.db import db
from cass_portal.feedback.models import Feedback, FeedbackKind
from cass_portal.paging import beyond, first_ids

PAGE = 25
TABS: dict[str, tuple[AssignmentState, ...]] = {
    "open": tuple(each for each in AssignmentState if each in OPEN),
    "answered": (AssignmentState.ANSWERED,),
    "settled": tuple(each for each in AssignmentState if each in GONE),
    "all": tuple(AssignmentState),
}


@dataclass(frozen=True)
class Filters:
    states: tuple[AssignmentState, ...] = TABS["open"]
    kind: FeedbackKind | None = None
    organization_id: int | None = None
    overdue: bool = False
    with_person: int | None = None
    with_nobody: bool = False

    @property
    def conditions(self) -> list[Any]:
        """On assignments that are joined with their matter."""
        return [Assignment.state.in_(self.states), *self.further]

    def members_of(self, actor: Any) -> list[int]:
        """Ids of the organizations of `actor` that are asked for."""
        return [id_ for id_ in sorted(actor.organization_ids) if self.organization_id in (None, id_)]

    @property
    def further(self) -> list[Any]:
        """All but the states."""
        found: list[Any] = []
        if self.kind:
            found.append(Feedback.kind == self.kind)
        if self.organization_id is not None:
            found.append(Assignment.organization_id == self.organization_id)
        if self.overdue:
            found.append(is_overdue())
        if self.with_person is not None:
            found.append(Assignment.person_id == self.with_person)
        if self.with_nobody:
            found.append(Assignment.person_id.is_(None))
        return found


@dataclass(frozen=True)
class Place:
    """Just after the assignment of that due date and id."""

    due_on: date
    id: int

    def __str__(self) -> str:
        return f"{self.due_on:%Y%m%d}-{self.id}"

    @staticmethod
    def read(text: str) -> "Place | None":
        """The place that `str` made `text` from; None for anything else."""
        match = re.fullmatch(r"(\d{4})(\d\d)(\d\d)-(\d{1,9})", text, re.ASCII)
        if match is None:
            return None
        year, month, day, id_ = (int(each) for each in match.groups())
        try:
            return Place(date(year, month, day), id_)
        except ValueError:
            return None


@dataclass(frozen=True)
class Page:
    rows: list[Assignment] = field(default_factory=list)
    after: Place | None = None


def page_of(filters: Filters, *, actor: Any, place: Place | None = None) -> Page:
    """25 assignments of `actor`'s organizations from `place` on, by the date of the next promise."""
    rows = rows_of(filters, actor=actor, place=place, most=PAGE + 1)
    return Page(rows[:PAGE], after=place_of(rows[PAGE - 1]) if len(rows) > PAGE else None)


def next_after(row: Assignment, filters: Filters, *, actor: Any, place: Place) -> Assignment | None:
    """The assignment that follows in the list after `place`, where `row` was; at the end, the first other one."""
    for start in (place, None):
        others = [each for each in rows_of(filters, actor=actor, place=start, most=2) if each.id != row.id]
        if others:
            return others[0]
    return None


def place_of(row: Assignment) -> Place:
    """Where the list has `row` as it stands now."""
    return Place(row.promised_on, row.id)


def rows_of(filters: Filters, *, actor: Any, most: int, place: Place | None = None) -> list[Assignment]:
    """The next rows. Each state of each member is walked along its own index and the heads are merged."""
    among = list(itertools.product(filters.members_of(actor), filters.states))
    if not among:
        return []
    here = beyond(BY_PROMISE, (place.due_on, place.id)) if place is not None else sa.true()
    mine = assigned_to(actor).where(here, *filters.further).order_by(*BY_PROMISE)
    brief = mine.with_only_columns(Assignment.id, Assignment.promised_on)
    heads = [
        brief.where(Assignment.organization_id == id_, Assignment.state == state) for id_, state in among
    ]
    found = (
        sa.select(Assignment).join(Assignment.feedback).where(Assignment.id.in_(first_ids(heads, most=most)))
    )
    return list(db.session.scalars(found.order_by(*BY_PROMISE).options(*listed_with())).unique())


def listed_with() -> list[Any]:
    """What a line of the inbox shows, loaded with it."""
    matter = contains_eager(Assignment.feedback)
    return [
        matter.load_only(
            Feedback.reference,
            Feedback.subject,
            Feedback.kind,
            Feedback.state,
            Feedback.waiting_since,
            Feedback.is_incompatibility,
        ),
        matter.selectinload(Feedback.products),
        undefer(Assignment.promised_on),
        joinedload(Assignment.person),
        joinedload(Assignment.answer).load_only(Answer.outcome, Answer.drafted_by_id),
        selectinload(Assignment.organization),
    ]
