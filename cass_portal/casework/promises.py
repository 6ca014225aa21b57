"""Broken promises: what is overdue, by whom and for how long; and how many were kept of late."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, undefer

from cass_portal.casework.inbox import Place, place_of
from cass_portal.casework.lifecycle import AssignmentRole, AssignmentState
from cass_portal.casework.models import Assignment
from cass_portal.casework.queries import BY_PROMISE, is_overdue
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import Organization
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import visibility_condition
from cass_portal.paging import beyond

PAGE = 25
MAILED = 10
EXPORTED = 10_000
KEPT_DAYS = 90
A = AssignmentState


@dataclass(frozen=True)
class Filters:
    """`step` at least so many overdue steps taken; `unread`: what waits to be acknowledged, or what does not."""

    organization_id: int | None = None
    step: int = 0
    unread: bool | None = None
    with_nobody: bool = False


@dataclass(frozen=True)
class Broken:
    """One broken promise. `may_read`: whether the reader may see what the matter says; the rest is no secret."""

    assignment: Assignment
    may_read: bool


@dataclass(frozen=True)
class Page:
    rows: list[Broken] = field(default_factory=list)
    after: Place | None = None


@dataclass(frozen=True)
class Summary:
    """What is overdue at one member: how much, and the oldest of it."""

    number: int
    rows: list[Assignment]


@dataclass(frozen=True)
class Kept:
    """Of the answers that a member gave within KEPT_DAYS, and those it owes beyond their day: how many were in time."""

    organization: Organization
    in_time: int
    late: int
    overdue: int

    @property
    def rate(self) -> int | None:
        """In percent; None where nothing was due."""
        due = self.in_time + self.late + self.overdue
        return round(100 * self.in_time / due) if due else None


def page_of(filters: Filters, *, actor: Any, place: Place | None = None, size: int = PAGE) -> Page:
    """The oldest due dates first. Coordinators and administrators see every member's, others their own members'."""
    query = broken(filters, actor=actor)
    if place is not None:
        query = query.where(beyond(BY_PROMISE, (place.due_on, place.id)))
    found = db.session.execute(query.order_by(*BY_PROMISE).limit(size + 1)).unique().all()
    rows = [Broken(assignment, may_read) for assignment, may_read in found[:size]]
    return Page(rows, after=place_of(rows[-1].assignment) if len(found) > size else None)


def broken(filters: Filters, *, actor: Any) -> sa.Select[Assignment, bool]:
    may_read = visibility_condition(actor)
    query = (
        sa.select(Assignment, sa.type_coerce(may_read, sa.Boolean))
        .join(Assignment.feedback)
        .where(is_overdue(), *_conditions(filters))
        .options(
            contains_eager(Assignment.feedback).load_only(
                Feedback.reference, Feedback.subject, Feedback.state, Feedback.waiting_since
            ),
            joinedload(Assignment.person),
            undefer(Assignment.promised_on),
        )
    )
    if actor.is_coordinator or actor.is_administrator:
        return query
    return query.where(Assignment.organization_id.in_(sorted(actor.organization_ids)), may_read)


def members_for(actor: Any) -> list[Organization]:
    """Whose promises `actor` may look at, by short name."""
    query = sa.select(Organization).order_by(sa.func.lower(Organization.short_name))
    if not (actor.is_coordinator or actor.is_administrator):
        query = query.where(Organization.id.in_(sorted(actor.organization_ids)))
    return list(db.session.scalars(query))


def kept_by(members: list[Organization]) -> list[Kept]:
    """A line for each of `members` that had something to keep."""
    since = now() - timedelta(days=KEPT_DAYS)
    owing = Assignment.role != AssignmentRole.INFORMED
    answered = sa.and_(owing, Assignment.state == A.ANSWERED, Assignment.settled_at >= since)
    late = sa.func.sum(sa.case((Assignment.overdue_steps > 0, 1), else_=0))
    given = {
        id_: (number - were_late, were_late)
        for id_, number, were_late in db.session.execute(
            sa.select(Assignment.organization_id, sa.func.count(), late)
            .where(answered)
            .group_by(Assignment.organization_id)
        )
    }
    owed = sa.select(Assignment.organization_id, sa.func.count()).where(is_overdue())
    counted = db.session.execute(owed.group_by(Assignment.organization_id))
    overdue: dict[int, int] = {id_: number for id_, number in counted}  # noqa: C416 rows are no pairs to a type checker
    lines = [Kept(each, *given.get(each.id, (0, 0)), overdue.get(each.id, 0)) for each in members]
    return [each for each in lines if each.rate is not None]


def summary_of(organization: Organization) -> Summary:
    """For the mail to those who answer for `organization`, and to the coordinators."""
    condition = sa.and_(is_overdue(), Assignment.organization_id == organization.id)
    number = db.session.scalar(sa.select(sa.func.count()).select_from(Assignment).where(condition)) or 0
    oldest = sa.select(Assignment).where(condition).order_by(*BY_PROMISE).limit(MAILED)
    return Summary(number, list(db.session.scalars(oldest.options(joinedload(Assignment.feedback)))))


def _conditions(filters: Filters) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if filters.organization_id is not None:
        found.append(Assignment.organization_id == filters.organization_id)
    if filters.step:
        found.append(Assignment.overdue_steps >= filters.step)
    if filters.unread is not None:
        found.append(Assignment.state == A.SENT if filters.unread else Assignment.state != A.SENT)
    if filters.with_nobody:
        found.append(Assignment.person_id.is_(None))
    return found
