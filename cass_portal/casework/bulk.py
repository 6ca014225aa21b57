"""One act on many matters: what it would do, doing it one by one, and taking it back within ten minutes.

Each matter is its own transaction, so that one that has changed meanwhile does not stop the others; the caller
commits after each, and rolls back after `would_do`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from cass_portal.casework import queries
from cass_portal.casework.many import ACTS, ManyAct, Terms
from cass_portal.casework.models import Assignment, BulkAct
from cass_portal.casework.refusals import ChangedMeanwhile
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import visibility_condition
from cass_portal.feedback.turns import take_turn
from cass_portal.policy import NotPermitted, Permission, can
from cass_portal.text import TextRefused, whole_number
from cass_portal.transitions import ActRefused

REFUSALS = (ActRefused, NotPermitted, TextRefused)
UNDONE_WITHIN = timedelta(minutes=10)
WITH = (Feedback.assignments, Feedback.products, Feedback.topics, Feedback.replies, Feedback.claimed_by)
"""What acts look at: loaded for all at once."""
MOST = 100
"""Matters that one act takes: four pages of a list."""


@dataclass(frozen=True)
class Ticked:
    """A line somebody has ticked: a matter's reference or an assignment's number, as it was then."""

    key: str
    version: int | None

    @staticmethod
    def read(text: str) -> "Ticked":
        """From “CASS-7K3QF.4”; the version may be missing."""
        key, _, version = text.partition(".")
        return Ticked(key[:20], whole_number(version))


@dataclass(frozen=True)
class Line:
    """What happens, or would, to one of them. `refused` says why nothing does."""

    key: str
    reference: str
    subject: str
    version: int
    before: str
    after: str
    refused: str = ""


def rows_of(page: str, keys: Sequence[str], *, actor: Any) -> list[Any]:
    """Those of the ticked ones that `actor` may act on, in the order of the ticks."""
    if page == "inbox":
        numbers = [number for each in keys if (number := whole_number(each)) is not None]
        matter = contains_eager(Assignment.feedback)
        query = queries.assigned_to(actor).where(Assignment.id.in_(numbers[:MOST]))
        wanted = query.options(matter.selectinload(Feedback.assignments), joinedload(Assignment.person))
        found: dict[str, Any] = {str(each.id): each for each in db.session.scalars(wanted).unique()}
    else:
        items = sa.select(Feedback).where(Feedback.reference.in_(keys[:MOST]), visibility_condition(actor))
        wanted = items.options(*(selectinload(each) for each in WITH))
        found = {each.reference: each for each in db.session.scalars(wanted).unique()}
    return [found[each] for each in dict.fromkeys(keys) if each in found]


def would_do(
    page: str, ticked: Sequence[Ticked], act: ManyAct, terms: Terms | None, *, by: Any
) -> list[Line]:
    """What the act would do to each, found out by doing it and taking it back at once; the caller rolls back.

    Without `terms` only what was ticked.
    """
    versions = {each.key: each.version for each in ticked}
    rows = rows_of(page, [each.key for each in ticked], actor=by)
    take_turn(*(_matter(each) for each in rows))
    return [_rehearsed(row, versions.get(_key(row)), act, terms, by=by) for row in rows]


def _rehearsed(row: Any, version: int | None, act: ManyAct, terms: Terms | None, *, by: Any) -> Line:
    """Between a savepoint and its rollback; what was read stays as it was."""
    item, before = _matter(row), _state(row)
    facts: dict[str, Any] = {"key": _key(row), "reference": item.reference, "subject": item.subject}
    facts |= {"version": row.version, "before": before}
    step = db.session.begin_nested()
    try:
        check_as_ticked(row, version)
        if terms is not None:
            act.do(row, terms, by)
            db.session.flush()
        return Line(**facts, after=_state(row))
    except REFUSALS as refusal:
        return Line(**facts, after=before, refused=words_of(refusal))
    finally:
        step.rollback()


def begin(act: ManyAct, terms: Terms, *, page: str, by: Any) -> BulkAct:
    bulk = BulkAct(
        person=by, act=act.name, terms={"page": page, "says": act.says(terms), **terms.stored()},
        done=[], refused=[], at=now(),
    )  # fmt: skip
    db.session.add(bulk)
    return bulk


def do_to(bulk: BulkAct, row: Any, act: ManyAct, terms: Terms, *, version: int | None, by: Any) -> None:
    """Raises what the act raises, and ChangedMeanwhile where the matter is not as it was ticked."""
    check_as_ticked(row, version)
    before = act.do(row, terms, by)
    db.session.flush()
    bulk.done = [*bulk.done, _entry(row) | {"version": row.version, "before": before}]


def refuse(bulk: BulkAct, row: Any, why: str) -> None:
    bulk.refused = [*bulk.refused, _entry(row) | {"why": why}]


def undo_on(bulk: BulkAct, row: Any, entry: dict[str, Any], *, by: Any) -> None:
    """Take back what was done to `row`. Raises ChangedMeanwhile where somebody has gone on with it."""
    act = ACTS[bulk.terms["page"]][bulk.act]
    if row is None or row.version != entry["version"]:
        raise ChangedMeanwhile("it has changed since")
    if act.undo is not None:
        act.undo(row, entry["before"], by)
    db.session.flush()


def begin_undo(bulk: BulkAct) -> None:
    """Once, however often the button is pressed. Raises ChangedMeanwhile."""
    db.session.refresh(bulk, with_for_update=True)
    if not may_undo(bulk):
        raise ChangedMeanwhile("this can no longer be undone")
    bulk.undone_at = now()


def may_undo(bulk: BulkAct) -> bool:
    act = ACTS[bulk.terms["page"]].get(bulk.act)
    is_soon = now() < bulk.at + UNDONE_WITHIN
    return bulk.undone_at is None and bool(bulk.done) and act is not None and act.undo is not None and is_soon


def bulk_of(bulk_id: int, *, actor: Any) -> sa.Select[BulkAct]:
    """One's own only."""
    return sa.select(BulkAct).where(BulkAct.id == bulk_id, BulkAct.person_id == actor.id)


def still_readable(bulk: BulkAct, *, actor: Any) -> set[str]:
    """Keys of the matters that `actor` may still act on: roles end, and matters are kept to fewer people."""
    if bulk.terms["page"] == "triage" and not can(actor, Permission.FEEDBACK_ROUTE):
        return set()
    keys = [each["key"] for each in (*bulk.done, *bulk.refused)]
    return {_key(row) for row in rows_of(bulk.terms["page"], keys, actor=actor)}


def check_as_ticked(row: Any, version: int | None) -> None:
    if version is not None and row.version != version:
        raise ChangedMeanwhile("it has changed since you ticked it")


def words_of(refusal: Exception) -> str:
    text = "you may not do this" if isinstance(refusal, NotPermitted) else str(refusal)
    return text[:1].upper() + text[1:]


def _entry(row: Any) -> dict[str, Any]:
    item = _matter(row)
    return {"key": _key(row), "reference": item.reference, "subject": item.subject}


def _matter(row: Any) -> Feedback:
    return row if isinstance(row, Feedback) else row.feedback


def _key(row: Any) -> str:
    return row.reference if isinstance(row, Feedback) else str(row.id)


def _state(row: Any) -> str:
    return str(row.state.value)
