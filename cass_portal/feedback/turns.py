"""One act on a matter at a time: the one way in for all that writes to matters and to their assignments."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from cass_portal.db import check_unchanged, db, is_postgresql
from cass_portal.directory.models import Organization
from cass_portal.directory.turns import count_on
from cass_portal.feedback.joining import joined_with, steps_up
from cass_portal.feedback.models import Feedback

ASSIGNMENT = sa.table(
    "assignment", *(sa.column(each) for each in ("id", "version", "feedback_id", "organization_id"))
)
"""Of a later room; named here only so that its rows are held in one order with those of their matters."""


def take_turn(*items: Feedback, sent_to: Iterable[Organization | None] = ()) -> None:
    """Hold the matters, the members that have them or are `sent_to` them, and the assignments until the act is over.

    Every act does it first, once, with all it writes to: always matters, organizations, assignments, each by
    ascending number, so that no two acts wait for each other. What others only refer to (their events) goes on.
    Raises StaleDataError where something was changed since it was read: nothing is decided by what is no more.
    SQLite lets one writer in at a time, who reads all it needs after that.
    """
    ids = sorted({each.id for each in items if sa.inspect(each).persistent})
    if not ids or not is_postgresql():
        return
    with db.session.no_autoflush:
        these = sa.select(Feedback.id, Feedback.version).where(Feedback.id.in_(ids))
        check_unchanged(Feedback, _held(these, Feedback.id))
        having = db.session.scalars(
            sa.select(ASSIGNMENT.c.organization_id).where(ASSIGNMENT.c.feedback_id.in_(ids))
        )
        count_on({*having, *(each.id for each in sent_to if each is not None)})
        mine = sa.select(ASSIGNMENT.c.id, ASSIGNMENT.c.version).where(ASSIGNMENT.c.feedback_id.in_(ids))
        check_unchanged(Feedback.assignments.property.mapper.class_, _held(mine, ASSIGNMENT.c.id))


def take_turn_with_joined(item: Feedback) -> None:
    """The same for acts that reach the matters `item` is joined with, and those that are joined with it."""
    take_turn(*_with_joined(item))


def is_free(item: Feedback) -> bool:
    """Hold `item` and what it is joined with unless somebody has one of them in hand: nobody is waited for."""
    ids = {each.id for each in _with_joined(item)}
    free = sa.select(Feedback.id).where(Feedback.id.in_(ids)).order_by(Feedback.id)
    held = db.session.scalars(free.with_for_update(skip_locked=True, key_share=True)).all()
    return len(held) == len(ids)


def _with_joined(item: Feedback) -> list[Feedback]:
    return [item, *(into for into, _ in steps_up(item)), *joined_with(item)]


def _held(query: sa.Select[int, int], key: Any) -> dict[int, int]:
    """The rows with their versions, in order. Others may refer to them meanwhile, but not change them."""
    locked = query.order_by(key).with_for_update(key_share=True)
    return {row.id: row.version for row in db.session.execute(locked)}
