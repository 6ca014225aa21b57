"""What coordinators decided → the model of routing. Reads events and texts; the worker keeps one row of Learned.

Only a person's decision teaches: whom a matter was sent to, that a “not ours” was accepted, that it was for nobody.
What the system routed by a rule teaches nothing, or it would confirm itself.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from cass_portal.casework.lifecycle import AssignmentRole
from cass_portal.casework.models import Assignment
from cass_portal.casework.routing.facts import Directory, Matter
from cass_portal.casework.routing.learning import NOBODY, features_of
from cass_portal.casework.routing.packing import packed, unpacked
from cass_portal.casework.routing.signals import Learned as Knowledge
from cass_portal.casework.routing.suggesting import UNTAUGHT, Model
from cass_portal.casework.routing.training import WEIGHED, Decision, nothing, text_of, weigh_anew
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import Organization
from cass_portal.feedback.models import Feedback
from cass_portal.history import Event, EventKind
from cass_portal.learned import Learned

NAME = "routing"
BATCH = 500
AFTER_DECISIONS = 100
"""The worker keeps the model anew after so many; until then each process adds them itself."""
CONTRIBUTES = 0.5
"""What a member that only contributes counts for."""
K = EventKind
FOR_NOBODY = {K.FEEDBACK_REJECTED: 1, K.FEEDBACK_DEFLECTED: 1, K.FEEDBACK_REJECT_UNDONE: -1}
DECISIONS = (K.ASSIGNMENT_SENT, K.ASSIGNMENT_REFUSAL_ACCEPTED, *FOR_NOBODY)


ROLE_SENT = sa.func.coalesce(Event.detail["role"].as_string(), sa.cast(Assignment.role, sa.String))
"""As the event says it; of those that do not, as it is now."""


@dataclass(frozen=True)
class Known:
    """A model, the last event it holds with its instant, by which a database that was put back to an older state is
    noticed, and the event up to which it was kept."""

    model: Model
    kept_through: int
    through: int
    at: datetime | None = None


_known: WeakKeyDictionary[sa.Engine, Known] = WeakKeyDictionary()
_lock = Lock()


def current_model() -> Model:
    """The model as the last committed decision left it: what was kept, and every decision since."""
    with _lock:
        known = _known.get(db.engine)
    kept_through = db.session.scalar(sa.select(Learned.through_event_id).where(Learned.name == NAME)) or 0
    last = db.session.scalar(sa.select(sa.func.max(Event.id))) or 0
    if known is None or known.kept_through != kept_through or known.at != _instant_of(known.through):
        known = _opened()
    if last > known.through:
        known = _taught(known, last)
        known = replace(known, at=_instant_of(known.through))
    with _lock:
        _known[db.engine] = known
    return known.model


@dataclass(frozen=True)
class Lesson:
    """A model, the last event that it holds, and how many decisions."""

    model: Model
    through: int
    decisions: int


def lesson(among: Directory, *, at_least: int = AFTER_DECISIONS, anew: bool = False) -> Lesson | None:
    """What was kept and every decision since, or with `anew` all of them; None where fewer than `at_least` are new.

    The weights are fitted to the newest. Writes nothing.
    """
    known = Known(UNTAUGHT, 0, 0) if anew else _opened()
    since = how_many(known.through)
    if since < at_least:
        return None
    knowledge = _copied(known.model)
    through = _teach(knowledge, decisions(known.through)) or known.through
    weights = weigh_anew(newest_decisions(WEIGHED), among, knowledge, UNTAUGHT.weights)
    return Lesson(Model(knowledge, weights), through, since)


def how_many(after: int) -> int:
    """Decisions after that event."""
    return db.session.scalar(sa.select(sa.func.count(Event.id)).where(*_of_decisions(after))) or 0


def keep(learned: Lesson) -> None:
    """In place of what was kept before."""
    row = db.session.get(Learned, NAME) or Learned(name=NAME)
    row.data, row.made_at, row.through_event_id = packed(learned.model), now(), learned.through
    knowledge = learned.model.learned or nothing()
    row.detail = {
        "matters": knowledge.given.documents,
        "refusals": knowledge.refused.documents,
        "new": learned.decisions,
    }
    db.session.add(row)


def kept() -> Learned | None:
    """What was kept last, to say of what and when."""
    return db.session.get(Learned, NAME)


def newest_decisions(limit: int, *, before: datetime | None = None) -> list[Decision]:
    """The last matters that coordinators routed or turned away (until `before`), oldest first, as they stand."""
    until = () if before is None else (Event.at < before,)
    decided = (
        sa.select(Event.feedback_id)
        .where(*_of_decisions(0), *until)
        .group_by(Event.feedback_id)
        .order_by(sa.func.max(Event.id).desc())
        .limit(limit)
    )
    ids = [each for each in db.session.scalars(decided) if each is not None]
    return [each for _, each in sorted(as_they_stand(ids).items(), key=lambda pair: -ids.index(pair[0]))]


def as_they_stand(ids: list[int]) -> dict[int, Decision]:
    """By id of the matter. Who refused it, or was sent it by a rule alone, does not count as right."""
    found: dict[int, Decision] = {}
    for batch in _batches(ids):
        matters = db.session.execute(
            sa.select(Feedback.id, Feedback.subject, Feedback.body).where(Feedback.id.in_(batch))
        ).all()
        rows = db.session.execute(
            sa.select(Assignment.feedback_id, Organization.short_name, Assignment.state)
            .join(Organization, Organization.id == Assignment.organization_id)
            .where(Assignment.feedback_id.in_(batch), Assignment.role != AssignmentRole.INFORMED)
            .where(Assignment.by_rule.is_(False))
            .order_by(Assignment.role != AssignmentRole.LEAD, Assignment.id)
        ).all()
        for number, subject, body in matters:
            mine = [(name, state) for matter, name, state in rows if matter == number]
            found[number] = Decision(
                Matter(subject, body),
                tuple(name for name, state in mine if state != "refused"),
                tuple(name for name, state in mine if state == "refused"),
            )
    return found


def _batches(ids: list[int]) -> Iterator[list[int]]:
    rest = iter(ids)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _opened() -> Known:
    row = db.session.get(Learned, NAME)
    if row is None:
        return Known(UNTAUGHT, 0, 0)
    try:
        through = row.through_event_id
        return Known(unpacked(row.data), through, through, _instant_of(through))
    except ValueError:
        return Known(UNTAUGHT, row.through_event_id, 0)


def _instant_of(event_id: int) -> datetime | None:
    return db.session.scalar(sa.select(Event.at).where(Event.id == event_id))


def _taught(known: Known, last: int) -> Known:
    """A batch of decisions more; after a long pause of the worker, the next suggestions bring the rest."""
    decided = list(islice(decisions(known.through), BATCH))
    through = decided[-1].event_id if len(decided) == BATCH else last
    if not decided:
        return Known(known.model, known.kept_through, through)
    knowledge = _copied(known.model)
    _teach(knowledge, decided)
    return Known(Model(knowledge, known.model.weights), known.kept_through, through)


def _copied(model: Model) -> Knowledge:
    """Others read the one they have meanwhile."""
    if model.learned is None:
        return nothing()
    return Knowledge(model.learned.given.copy(), model.learned.refused.copy())


@dataclass(frozen=True)
class Decided:
    """One event that teaches; `member` and `role` where it was about an assignment that a person had sent in it."""

    event_id: int
    at: datetime
    feedback_id: int
    kind: EventKind
    member: str | None
    role: str | None
    subject: str
    body: str
    assignment_id: int | None

    @property
    def is_refusal(self) -> bool:
        return self.kind == K.ASSIGNMENT_REFUSAL_ACCEPTED


def _of_decisions(after: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (Event.id > after, Event.kind.in_(DECISIONS), Event.actor_id.is_not(None))


def decisions(after: int) -> Iterator[Decided]:
    """Oldest first, a batch at a time."""
    what = (Event.id, Event.at, Feedback.id, Event.kind, Organization.short_name, ROLE_SENT)
    while True:
        rows = db.session.execute(
            sa.select(*what, Feedback.subject, Feedback.body, Event.assignment_id)
            .join(Feedback, Feedback.id == Event.feedback_id)
            .outerjoin(Assignment, Assignment.id == Event.assignment_id)
            .outerjoin(Organization, Organization.id == Assignment.organization_id)
            .where(*_of_decisions(after))
            .order_by(Event.id)
            .limit(BATCH)
        ).all()
        yield from _decided(rows)
        if len(rows) < BATCH:
            return
        after = rows[-1][0]


def _decided(rows: Iterable[Any]) -> Iterator[Decided]:
    """What is taken back is what was taught: the role that it was sent in, whatever became of that."""
    found = [Decided(*row) for row in rows]
    sent = _sendings([each.feedback_id for each in found if each.is_refusal])
    for each in found:
        yield replace(each, role=_role_taught(each, sent)) if each.is_refusal else each


def _role_taught(refusal: Decided, sent: Sequence[Any]) -> str | None:
    mine = [each for each in sent if each.assignment_id == refusal.assignment_id]
    before = [each for each in mine if each.id < refusal.event_id]
    return before[-1].role if before and before[-1].actor_id is not None else None


def _sendings(feedback_ids: list[int]) -> Sequence[Any]:
    """Oldest first."""
    if not feedback_ids:
        return []
    query = sa.select(Event.id, Event.assignment_id, Event.actor_id, ROLE_SENT.label("role"))
    mine = query.join(Assignment, Assignment.id == Event.assignment_id).where(
        Event.feedback_id.in_(feedback_ids), Event.kind == K.ASSIGNMENT_SENT
    )
    return db.session.execute(mine.order_by(Event.id)).all()


def _teach(knowledge: Knowledge, decided: Iterable[Decided]) -> int | None:
    """Teach what was decided; the last event of it."""
    last = None
    for each in decided:
        last = each.event_id
        teach(knowledge, each)
    return last


def teach(knowledge: Knowledge, decided: Decided) -> None:
    features = features_of(text_of(Matter(decided.subject, decided.body)))
    given, refused = knowledge.given, knowledge.refused
    if decided.kind in FOR_NOBODY:
        times = FOR_NOBODY[decided.kind]
        given.learn(features, NOBODY, amount=times)
        given.note(features, amount=times)
        return
    if decided.member is None or decided.role == AssignmentRole.INFORMED:
        return
    sign = -1 if decided.is_refusal else 1
    if decided.role is not None:
        leads = decided.role == AssignmentRole.LEAD
        given.learn(features, decided.member, amount=sign * (1.0 if leads else CONTRIBUTES))
        given.note(features, amount=sign * int(leads))
    if decided.is_refusal:
        refused.learn(features, decided.member)
        refused.note(features)
