"""Promises that were broken: their steps are taken by the worker, many at once, each exactly once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from cass_portal.casework.clocks import Promise, step_at
from cass_portal.casework.lifecycle import AssignmentState
from cass_portal.casework.models import Assignment, OverdueNotice
from cass_portal.clock import now
from cass_portal.db import db, is_postgresql
from cass_portal.directory.queries import calendars
from cass_portal.history import Audience, Event, EventKind
from cass_portal.workdays import Calendar

AT_ONCE = 2_000
LATE = sa.select(
    Assignment.id, Assignment.feedback_id, Assignment.organization_id, Assignment.state, Assignment.promised_on,
    Assignment.overdue_steps,
)  # fmt: skip


def take_steps(*, limit: int = AT_ONCE) -> int:
    """Take the next step of up to `limit` assignments whose time it is; how many. By the system.

    Rows that an act or another worker holds are left for later. Each step is one event. Of those of one member
    and step on one day one tells everybody, and its mail names them all; the others are told of already.
    """
    rows = _late(now(), limit)
    if not rows:
        return 0
    known = calendars()
    steps = [(row, row.overdue_steps + 1) for row in rows]
    telling = _first_today(steps, known)
    events = [_event(row, step, telling) for row, step in steps]
    db.session.execute(sa.insert(cast("sa.Table", Event.__table__)), events)
    for next_at, ids in _by_next_step(steps, known).items():
        db.session.execute(
            sa.update(Assignment)
            .where(Assignment.id.in_(ids))
            .values(overdue_steps=Assignment.overdue_steps + 1, step_at=next_at)
            .execution_options(synchronize_session=False)
        )
    return len(rows)


def _late(at: datetime, limit: int) -> Sequence[Any]:
    due = LATE.where(Assignment.step_at <= at).order_by(Assignment.step_at, Assignment.id).limit(limit)
    return db.session.execute(due.with_for_update(skip_locked=True)).all()


def _first_today(
    steps: Iterable[tuple[Any, int]], known: Mapping[int, Calendar]
) -> dict[tuple[int, int], int]:
    """For each member and step of which nobody was told today: the assignment whose event tells it."""
    firsts: dict[tuple[int, int], int] = {}
    for row, step in steps:
        firsts.setdefault((row.organization_id, step), row.id)
    insert: Any = postgresql.insert if is_postgresql() else sqlite.insert
    notices = [
        {"organization_id": id_, "step": step, "on": known[id_].day_of(now())} for id_, step in sorted(firsts)
    ]
    made = db.session.execute(
        insert(OverdueNotice)
        .values(notices)
        .on_conflict_do_nothing()
        .returning(OverdueNotice.organization_id, OverdueNotice.step)
    )
    return {(id_, step): firsts[id_, step] for id_, step in made}


def _event(row: Any, step: int, telling: Mapping[tuple[int, int], int]) -> dict[str, Any]:
    tells = telling.get((row.organization_id, step)) == row.id
    promise = _promise(row)
    return {
        "kind": EventKind.ASSIGNMENT_OVERDUE,
        "at": now(),
        "actor_role": "system",
        "audience": Audience.STAFF,
        "detail": {"step": step, "promise": promise.value, "due": row.promised_on.isoformat()},
        "feedback_id": row.feedback_id,
        "assignment_id": row.id,
        "fanned_out_at": None if tells else now(),
    }


def _by_next_step(
    steps: Iterable[tuple[Any, int]], known: Mapping[int, Calendar]
) -> dict[datetime | None, list[int]]:
    found: dict[datetime | None, list[int]] = defaultdict(list)
    memo: dict[tuple[Any, ...], datetime | None] = {}
    for row, step in steps:
        key = (row.organization_id, row.promised_on, step)
        if key not in memo:
            memo[key] = step_at(row.promised_on, taken=step, calendar=known[row.organization_id])
        found[memo[key]].append(row.id)
    return found


def _promise(row: Any) -> Promise:
    return Promise.ACKNOWLEDGE if row.state == AssignmentState.SENT else Promise.ANSWER
