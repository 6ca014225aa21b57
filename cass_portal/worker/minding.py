"""What the clock brings to feedback: broken promises, and stakeholders of whom nothing is heard."""

import time
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.orm.exc import StaleDataError

from cass_portal.casework import silent
from cass_portal.casework.actions import overdue, silence
from cass_portal.casework.models import Assignment
from cass_portal.clock import now
from cass_portal.db import db, peek
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.turns import is_free
from cass_portal.worker.duty import Duty

SILENCE_SECONDS = 30
SPELL_SECONDS = 1.0
ROWS_AT_ONCE = 100
MINDED: tuple[tuple[Callable[[], sa.ColumnElement[bool]], Callable[[Feedback], None]], ...] = (
    (silent.to_remind, silence.remind),
    (silent.to_close_unanswered, silence.close),
    (silent.to_close_unjudged, silence.close),
    (silent.to_ask_outcome, silence.ask_outcome),
)


def take_steps(worker: Duty) -> bool:
    """Overdue steps of everything that is due, in one pass: a transaction for every two thousand."""
    due = sa.select(Assignment.id).where(Assignment.step_at <= now()).limit(1)
    if not peek(lambda: db.session.scalar(due) is not None):
        return False
    worked = False
    while not worker.stop.is_set() and overdue.take_steps():
        db.session.commit()
        worked = True
    db.session.rollback()
    return worked


def mind_silence(worker: Duty) -> bool:
    """Remind, close and ask, each matter in a transaction of its own; for a second at most before the others' turn."""
    if not worker.is_time("silence", SILENCE_SECONDS):
        return False
    began, worked = time.monotonic(), False
    for condition, act in MINDED:
        for item_id in peek(lambda each=condition: _ids(each())):  # type: ignore[misc]
            if time.monotonic() - began > SPELL_SECONDS:
                return True
            with worker.going_on(f"{act.__name__} feedback {item_id}"):
                worked = _mind(item_id, condition(), act) or worked
    return worked


def _ids(condition: sa.ColumnElement[bool]) -> list[int]:
    return list(db.session.scalars(sa.select(Feedback.id).where(condition).limit(ROWS_AT_ONCE)))


def _mind(item_id: int, condition: sa.ColumnElement[bool], act: Callable[[Feedback], None]) -> bool:
    """Unless somebody has it in hand or did something meanwhile. Rows that refer to it may be written beside."""
    item = db.session.scalar(sa.select(Feedback).where(Feedback.id == item_id, condition))
    if item is None or not is_free(item):
        db.session.rollback()
        return False
    try:
        act(item)
        db.session.commit()
    except StaleDataError:
        db.session.rollback()
        return False
    return True
