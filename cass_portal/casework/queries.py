"""Reads of casework. All build on feedback's one rule of visibility; each says who may see."""

from datetime import date
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from cass_portal.casework.lifecycle import GONE, OPEN, AssignmentRole, AssignmentState
from cass_portal.casework.models import Answer, Assignment, ConsolidatedReply, Note
from cass_portal.clock import now, today
from cass_portal.db import db
from cass_portal.directory.models import Organization
from cass_portal.feedback.lifecycle import FEEDBACK, FeedbackState
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import by_reference, visibility_condition
from cass_portal.history import Audience, Event

BY_PROMISE = (Assignment.promised_on, Assignment.id)


RELEASABLE = tuple(each for each in FeedbackState if FEEDBACK.allows("release_reply", each))


@cache
def is_drafted() -> sa.ColumnElement[bool]:
    """Words of a consolidated reply are written and not released."""
    return sa.exists().where(
        ConsolidatedReply.feedback_id == Feedback.id, ConsolidatedReply.released_at.is_(None)
    )


@cache
def is_ready() -> sa.ColumnElement[bool]:
    """Nobody owes an answer any more and somebody has answered or drafted: the reply can be released."""
    answered = Feedback.assignments.any(Assignment.state == AssignmentState.ANSWERED)
    owing = sa.and_(
        Assignment.role != AssignmentRole.INFORMED,
        Assignment.state.not_in([*GONE, AssignmentState.ANSWERED]),
    )
    return sa.and_(
        Feedback.state.in_(RELEASABLE), sa.or_(answered, is_drafted()), ~Feedback.assignments.any(owing)
    )


def local_today() -> sa.ColumnElement[date]:
    """Today where the member of an assignment works: for most the date in UTC, for some it is another one."""
    days: dict[date, list[int]] = {}
    for id_, zone in db.session.execute(sa.select(Organization.id, Organization.time_zone)):
        days.setdefault(now().astimezone(ZoneInfo(zone)).date(), []).append(id_)
    elsewhere = [
        (Assignment.organization_id.in_(ids), sa.literal(day, sa.Date))
        for day, ids in days.items()
        if day != today()
    ]
    utc = sa.literal(today(), sa.Date)
    return sa.case(*elsewhere, else_=utc) if elsewhere else utc


def is_overdue() -> sa.ColumnElement[bool]:
    """Condition on assignments: open, owing an answer, its promise past, and the ball not with the stakeholder.

    What is open is not settled: said too, because the index of promises holds what is not settled.
    """
    return sa.and_(
        Assignment.settled_at.is_(None),
        Assignment.state.in_(OPEN),
        Assignment.role != AssignmentRole.INFORMED,
        Assignment.promised_on < local_today(),
        Assignment.feedback.has(sa.and_(Feedback.waiting_since.is_(None), Feedback.closed_at.is_(None))),
    )


def assigned_to(actor: Any) -> sa.Select[Any]:
    """What was ever routed to `actor`'s organizations and they may read; nobody else's."""
    return (
        sa.select(Assignment)
        .join(Assignment.feedback)
        .where(Assignment.organization_id.in_(sorted(actor.organization_ids)), visibility_condition(actor))
    )


def assignment_page(assignment_id: int, *, actor: Any) -> sa.Select[Any]:
    """One of `actor`'s assignments with everything its page shows."""
    matter = joinedload(Assignment.feedback)
    return (
        assigned_to(actor)
        .where(Assignment.id == assignment_id)
        .options(
            joinedload(Assignment.person),
            joinedload(Assignment.answer).joinedload(Answer.drafted_by),
            matter.selectinload(Feedback.products),
            matter.selectinload(Feedback.topics),
            matter.selectinload(Feedback.messages),
            matter.selectinload(Feedback.replies),
            matter.selectinload(Feedback.assignments),
        )
    )


def item_for_triage(reference: str, *, actor: Any) -> sa.Select[Any]:
    """One matter that `actor` may read, with everything its page shows."""
    assignments = selectinload(Feedback.assignments)
    return by_reference(reference, actor=actor).options(
        selectinload(Feedback.products),
        selectinload(Feedback.topics),
        selectinload(Feedback.messages),
        selectinload(Feedback.replies).joinedload(ConsolidatedReply.drafted_by),
        assignments.joinedload(Assignment.person),
        assignments.joinedload(Assignment.handed_to),
        assignments.selectinload(Assignment.deliveries),
        assignments.joinedload(Assignment.answer).joinedload(Answer.drafted_by),
    )


def assignment_of(item: Feedback, assignment_id: int, *, actor: Any) -> sa.Select[Any]:
    """One assignment of a matter that `actor` may read."""
    return (
        sa.select(Assignment)
        .join(Assignment.feedback)
        .where(Assignment.id == assignment_id, Feedback.id == item.id, visibility_condition(actor))
    )


def notes_for(item: Feedback, *, actor: Any) -> list[Note]:
    """Internal notes that `actor` may read: coordinators all, others their organizations', oldest first.

    What is for all members, whoever has the matter reads.
    """
    query = sa.select(Note).where(Note.feedback_id == item.id).order_by(Note.id)
    if not actor.is_coordinator:
        shared = Note.for_members if actor.organization_ids & item.organization_ids else sa.false()
        query = query.where(sa.or_(Note.organization_id.in_(sorted(actor.organization_ids)), shared))
    return list(db.session.scalars(query.options(joinedload(Note.person), joinedload(Note.organization))))


def events_for(item: Feedback, *, actor: Any) -> list[Event]:
    """The log as `actor` may read it: of what stays among staff, a member sees only its own. Oldest first."""
    query = sa.select(Event).where(Event.feedback_id == item.id).order_by(Event.id)
    if not actor.is_coordinator:
        mine = sorted(actor.organization_ids)
        own = sa.or_(
            Event.acting_for_id.in_(mine), Event.assignment.has(Assignment.organization_id.in_(mine))
        )
        query = query.where(sa.or_(Event.audience != Audience.STAFF, own))
    assignment = joinedload(Event.assignment)
    return list(
        db.session.scalars(query.options(joinedload(Event.actor), joinedload(Event.acting_for), assignment))
    )
