"""What coordinators decided → the model of unwanted texts. Reads events and texts, writes one row of Learned.

Only a decision by a person teaches: acceptance, and rejection as spam or abuse. What was undone is taken back.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from threading import Lock
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.moderation.bayes import Model, tokens_of, unpacked
from cass_portal.feedback.moderation.judging import prior
from cass_portal.history import Event, EventKind
from cass_portal.learned import Learned

NAME = "moderation"
TEACHES = ("spam", "abuse")
"""Kinds of rejection (`detail["why"]`) that say something about texts. “Not about scientific software” does not:
routing learns that."""
BATCH = 500
AFTER_DECISIONS = 20
"""The worker keeps the model anew after so many; until then each process adds them itself."""
K = EventKind
DECISIONS = (K.FEEDBACK_ACCEPTED, K.FEEDBACK_ACCEPT_UNDONE, K.FEEDBACK_REJECTED, K.FEEDBACK_REJECT_UNDONE)


class Known:
    """What one process knows: a model, and the last event it holds. Only ever replaced by a newer one."""

    def __init__(self, model: Model, *, kept_through: int, through: int) -> None:
        self.model, self.kept_through, self.through = model, kept_through, through


_known: WeakKeyDictionary[sa.Engine, Known] = WeakKeyDictionary()
_lock = Lock()


def current_model() -> Model:
    """The model as the last committed decision left it: what was kept, and every decision since."""
    with _lock:
        known = _known.get(db.engine)
    kept_through = db.session.scalar(sa.select(Learned.through_event_id).where(Learned.name == NAME)) or 0
    last = db.session.scalar(sa.select(sa.func.max(Event.id))) or 0
    if known is None or known.kept_through != kept_through or known.through > last:
        known = _opened()
    if last > known.through:
        known = _taught(known, last)
    with _lock:
        _known[db.engine] = known
    return known.model


@dataclass(frozen=True)
class Lesson:
    """A model and the last event that it holds."""

    model: Model
    through: int


def lesson() -> Lesson | None:
    """What was kept and every decision since; None where those are fewer than AFTER_DECISIONS. Writes nothing."""
    known = _opened()
    since = sa.select(sa.func.count(Event.id)).where(*_of_decisions(known.through))
    if (db.session.scalar(since) or 0) < AFTER_DECISIONS:
        return None
    model = known.model.copy()
    return Lesson(model, _teach(model, _decisions(known.through)) or known.through)


def keep(learned: Lesson) -> None:
    """In place of what was kept before."""
    row = db.session.get(Learned, NAME) or Learned(name=NAME)
    row.data, row.made_at, row.through_event_id = learned.model.packed(), now(), learned.through
    model = learned.model
    row.detail = {"genuine": model.genuine, "unwanted": model.unwanted, "tokens": len(model.counts)}
    db.session.add(row)


def _opened() -> Known:
    row = db.session.get(Learned, NAME)
    if row is None:
        return Known(prior(), kept_through=0, through=0)
    try:
        return Known(unpacked(row.data), kept_through=row.through_event_id, through=row.through_event_id)
    except ValueError:
        return Known(prior(), kept_through=row.through_event_id, through=0)


def _taught(known: Known, last: int) -> Known:
    """A batch of decisions more; after a long pause of the worker, the next texts bring the rest."""
    decided = list(islice(_decisions(known.through), BATCH))
    through = decided[-1][0] if len(decided) == BATCH else last
    model = known.model.copy() if decided else known.model
    _teach(model, decided)
    return Known(model, kept_through=known.kept_through, through=through)


Decision = tuple[int, EventKind, str | None, str, str]
"""Event, what was decided, the kind of a rejection, subject and text."""


def _of_decisions(after: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (Event.id > after, Event.kind.in_(DECISIONS), Event.actor_id.is_not(None))


def _decisions(after: int) -> Iterator[Decision]:
    """Oldest first, a batch at a time."""
    while True:
        query = (
            sa.select(Event.id, Event.kind, Event.detail, Feedback.subject, Feedback.body)
            .join(Feedback, Feedback.id == Event.feedback_id)
            .where(*_of_decisions(after))
            .order_by(Event.id)
            .limit(BATCH)
        )
        rows = db.session.execute(query).all()
        for number, kind, detail, subject, body in rows:
            yield number, kind, detail.get("why"), subject, body
        if len(rows) < BATCH:
            return
        after = rows[-1][0]


def _teach(model: Model, decided: Iterable[Decision]) -> int | None:
    """Teach `model` what was `decided`; the last event of it."""
    last = None
    for number, kind, why, subject, body in decided:
        last = number
        is_rejection = kind in (K.FEEDBACK_REJECTED, K.FEEDBACK_REJECT_UNDONE)
        if is_rejection and why not in TEACHES:
            continue
        times = -1 if kind in (K.FEEDBACK_ACCEPT_UNDONE, K.FEEDBACK_REJECT_UNDONE) else 1
        model.learn(tokens_of(subject, body), unwanted=is_rejection, times=times)
    return last
