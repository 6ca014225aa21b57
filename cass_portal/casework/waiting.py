"""What waits for one person in casework: each line says what, why and since when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, load_only

from cass_portal.casework import inbox, queue
from cass_portal.casework.actions.answering import needs_other_person
from cass_portal.casework.clocks import Badge
from cass_portal.casework.held import from_blocked
from cass_portal.casework.lifecycle import OPEN, AssignmentState
from cass_portal.casework.models import Assignment
from cass_portal.casework.presence import unseen_mentions
from cass_portal.casework.queries import assigned_to, is_drafted
from cass_portal.db import db
from cass_portal.directory.models import Organization
from cass_portal.directory.queries import calendars
from cass_portal.feedback.lifecycle import OPEN as OPEN_MATTERS
from cass_portal.feedback.lifecycle import FeedbackState
from cass_portal.feedback.models import Feedback, Message, MessageKind
from cass_portal.feedback.queries import visibility_condition
from cass_portal.history import Event, EventKind
from cass_portal.people.queries import acting_now
from cass_portal.policy import Permission, can

MOST = 15
"""Lines of one kind; the lists behind them hold the rest."""
RECENT_REPLIES = 200
_GONE = "Whoever had it has left: say who has it now"
A, S = AssignmentState, FeedbackState


@dataclass(frozen=True)
class Waiting:
    """One line of My work. `assignment_id` leads to the inbox, else the matter's page in triage is meant."""

    what: str
    reference: str
    why: str
    since: datetime
    due_on: date | None = None
    badge: Badge | None = None
    assignment_id: int | None = None

    @property
    def promised_on(self) -> date:
        """What the list is ordered by: the promise, or the day it began to wait."""
        return self.due_on or self.since.date()


def waiting_for(actor: Any) -> list[Waiting]:
    """What waits for `actor` as coordinator and as a person of members, oldest promise first."""
    lines = [*_of_members(actor), *_replies_to_members(actor), *_mentions(actor)]
    if can(actor, Permission.FEEDBACK_ROUTE):
        lines += [*_moderation(), *_refusals(), *_ready(actor), *_replies_to_coordinators()]
    return sorted(lines, key=lambda each: (each.promised_on, each.since, each.reference))


def _moderation() -> list[Waiting]:
    """What came from blocked addresses is read when there is time, in its own list."""
    held = sa.and_(Feedback.state == S.HELD, ~from_blocked())
    new = sa.and_(Feedback.state == S.NEW, ~is_drafted())
    whys = {"Held: read it, then accept or reject it": held, "New: choose who should have it": new}
    return [
        Waiting(each.subject, each.reference, why, each.created_at)
        for why, condition in whys.items()
        for each in _oldest(condition)
    ]


def _refusals() -> list[Waiting]:
    """Every member is named, so that the index of the inbox serves."""
    query = (
        sa.select(Assignment)
        .join(Assignment.feedback)
        .where(
            Assignment.organization_id.in_(sa.select(Organization.id)), Assignment.state == A.REFUSAL_PROPOSED
        )
        .options(
            contains_eager(Assignment.feedback).load_only(
                Feedback.reference, Feedback.subject, Feedback.state, Feedback.waiting_since
            )
        )
        .order_by(Assignment.sent_at)
        .limit(MOST)
    )
    known = calendars()
    return [
        Waiting(
            each.feedback.subject,
            each.feedback.reference,
            f"{each.organization.short_name} says that it is not theirs",
            each.sent_at,
            due_on=each.due_on,
            badge=each.badge(known.get(each.organization_id)),
        )
        for each in db.session.scalars(query)
    ]


def _ready(actor: Any) -> list[Waiting]:
    """Matters whose members have all answered, so that the reply can be released."""
    ready = queue.Filters(step=queue.REPLY_READY)
    return [
        Waiting(
            each.subject, each.reference, "Nobody owes an answer any more: release the reply", each.created_at
        )
        for each in queue.oldest(ready, actor=actor, most=MOST)
    ]


def _replies_to_coordinators() -> list[Waiting]:
    return [
        Waiting(item.subject, item.reference, "The stakeholder has answered our question", at)
        for item, at, asked_for in _unread_replies(sa.true())
        if asked_for is None
    ]


def _replies_to_members(actor: Any) -> list[Waiting]:
    if not actor.organization_ids:
        return []
    found = [
        (item, at)
        for item, at, asked_for in _unread_replies(visibility_condition(actor))
        if asked_for in actor.organization_ids
    ]
    mine = _assignments_of([item.id for item, _ in found], Assignment.state.in_(OPEN), actor=actor)
    return [
        Waiting(
            item.subject,
            item.reference,
            "The stakeholder has answered your question",
            at,
            assignment_id=mine[item.id],
        )
        for item, at in found
        if item.id in mine
    ]


def _unread_replies(visible: sa.ColumnElement[bool]) -> list[tuple[Feedback, datetime, int | None]]:
    """Matters whose last word is the stakeholder's and on which no staff has acted since; with who asked."""
    newest = sa.select(Message.id).where(Message.kind == MessageKind.REPLY).order_by(Message.id.desc())
    later = sa.orm.aliased(Message)
    question = (
        sa.select(later.organization_id)
        .where(
            later.feedback_id == Message.feedback_id,
            later.kind == MessageKind.QUESTION,
            later.id < Message.id,
        )
        .order_by(later.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    newer = sa.exists().where(later.feedback_id == Message.feedback_id, later.id > Message.id)
    query = (
        sa.select(Feedback, Message.at, question)
        .join(Message, Message.feedback_id == Feedback.id)
        .where(
            Message.id.in_(newest.limit(RECENT_REPLIES)),
            Feedback.state.in_([*OPEN_MATTERS, S.MERGED]),
            ~_acted_since(),
            ~newer,
            visible,
        )
        .options(load_only(Feedback.reference, Feedback.subject))
        .order_by(Message.id)
        .limit(MOST)
    )
    return [(item, at, asked_for) for item, at, asked_for in db.session.execute(query)]


def _acted_since() -> sa.ColumnElement[bool]:
    """Whether staff has acted since the stakeholder wrote last, by the numbers of events: without a trace, the instant
    of a reply may be that of its question."""
    replied = sa.orm.aliased(Event)
    heard = (
        sa.select(sa.func.max(replied.id))
        .where(replied.feedback_id == Message.feedback_id, replied.kind == EventKind.FEEDBACK_REPLIED)
        .correlate(Message)
        .scalar_subquery()
    )
    return sa.exists().where(
        Event.feedback_id == Message.feedback_id, Event.actor_id.is_not(None), Event.id >= heard
    )


def _mentions(actor: Any) -> list[Waiting]:
    """Notes in which they are named and that they have not seen. A member's person finds them at their assignment."""
    found = unseen_mentions(actor, most=MOST)
    if not found:
        return []
    mine = _assignments_of([each.note.feedback_id for each in found], actor=actor)
    is_coordinator = can(actor, Permission.FEEDBACK_ROUTE)
    return [
        Waiting(
            each.note.feedback.subject,
            each.note.feedback.reference,
            f"{each.note.person.name} names you in a note",
            each.note.at,
            assignment_id=None if is_coordinator else mine[each.note.feedback_id],
        )
        for each in found
        if is_coordinator or each.note.feedback_id in mine
    ]


def _assignments_of(matters: list[int], *conditions: Any, actor: Any) -> dict[int, int]:
    """The id of the assignment by which `actor`'s organizations have each of `matters`."""
    if not matters:
        return {}
    query = assigned_to(actor).with_only_columns(Assignment.feedback_id, Assignment.id)
    rows = db.session.execute(query.where(Assignment.feedback_id.in_(matters), *conditions))
    return {matter: id_ for matter, id_ in rows}  # noqa: C416 rows are no pairs to a type checker


def _of_members(actor: Any) -> list[Waiting]:
    if not actor.organization_ids:
        return []
    known, rows = calendars(), inbox.rows_of(inbox.Filters(), actor=actor, most=MOST * 4)
    left = _left_by_their_person(rows, actor)
    return [
        Waiting(
            each.feedback.subject,
            each.feedback.reference,
            f"{_GONE if each.id in left else _why(each, actor)} ({each.organization.short_name})",
            each.sent_at,
            due_on=each.due_on,
            badge=each.badge(known.get(each.organization_id)),
            assignment_id=each.id,
        )
        for each in rows
        if each.state != A.REFUSAL_PROPOSED
        and (each.owes_answer or each.state == A.SENT)
        and (each.person_id in (None, actor.id) or each.state == A.DRAFTED or each.id in left)
    ]


def _left_by_their_person(rows: Sequence[Assignment], actor: Any) -> set[int]:
    """Ids of those that somebody has who acts for their member no more: they would wait for nobody."""
    others = [e for e in rows if e.person_id not in (None, actor.id) and e.state != A.DRAFTED]
    there = acting_now({each.organization_id for each in others}) if others else set()
    return {each.id for each in others if (each.person_id, each.organization_id) not in there}


def _why(assignment: Assignment, actor: Any) -> str:
    if not assignment.owes_answer:
        return "For your information"
    if assignment.feedback.state == S.WAITING:
        return "Waits for the stakeholder"
    if assignment.state == A.DRAFTED:
        needs_other = needs_other_person(assignment, actor)
        return "Drafted: a second person has to release it" if needs_other else "Drafted: read and release it"
    return {A.SENT: "Acknowledge it", A.ACKNOWLEDGED: "Write an answer", A.WORKING: "Write an answer"}[
        assignment.state
    ]


def _oldest(condition: sa.ColumnElement[bool]) -> list[Feedback]:
    query = sa.select(Feedback).where(condition).order_by(Feedback.created_at, Feedback.id).limit(MOST)
    columns = load_only(Feedback.reference, Feedback.subject, Feedback.created_at, raiseload=True)
    return list(db.session.scalars(query.options(columns)))
