"""What members that leave, or have left, still owe, for coordinators; what a person who may leave has."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from cass_portal.casework.lifecycle import OPEN
from cass_portal.casework.models import Assignment
from cass_portal.casework.queries import assigned_to
from cass_portal.db import db
from cass_portal.directory.lifecycle import Level
from cass_portal.directory.models import Organization
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import visibility_condition
from cass_portal.people.models import Person

AT_ONCE = 50
"""Matters on one page; the next ones follow when these have gone."""


def owed_by(organization: Organization, *, actor: Any) -> list[Assignment]:
    """The oldest of what `organization` has not answered and `actor` may read."""
    query = (
        _owing(organization)
        .join(Assignment.feedback)
        .where(visibility_condition(actor))
        .order_by(Assignment.id)
        .limit(AT_ONCE)
    )
    matter = joinedload(Assignment.feedback)
    assignments = matter.selectinload(Feedback.assignments)
    return list(
        db.session.scalars(query.options(matter, assignments, selectinload(Assignment.answer))).unique()
    )


def number_owed_by(organization: Organization) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(_owing(organization).subquery())) or 0


def departed_in_debt() -> list[tuple[Organization, int]]:
    """Former members that still owe something, and how much."""
    query = (
        sa.select(Organization, sa.func.count())
        .join(Assignment, Assignment.organization_id == Organization.id)
        .where(Organization.level == Level.FORMER, Assignment.state.in_(OPEN))
        .group_by(Organization.id)
        .order_by(Organization.short_name)
    )
    return [(organization, number) for organization, number in db.session.execute(query)]


def held_by(person: Person, *, actor: Any) -> list[Assignment]:
    """Open matters of `actor`'s organizations that `person` has, the oldest first."""
    query = assigned_to(actor).where(Assignment.person_id == person.id, Assignment.state.in_(OPEN))
    feedback = contains_eager(Assignment.feedback).load_only(Feedback.subject)
    return list(db.session.scalars(query.options(feedback).order_by(Assignment.id).limit(AT_ONCE)).unique())


def _owing(organization: Organization) -> sa.Select[Assignment]:
    return sa.select(Assignment).where(
        Assignment.organization_id == organization.id, Assignment.state.in_(OPEN)
    )
