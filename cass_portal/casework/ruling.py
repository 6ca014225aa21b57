"""Routing without a coordinator: what the rule would do, and what it would have done. Reads.

It holds where an administrator set `organization.route_above`: from that confidence on, a new matter goes to the
member at once.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from cass_portal.casework.lifecycle import AssignmentRole, AssignmentState
from cass_portal.casework.models import Assignment
from cass_portal.casework.routing import Advice, Matter, Suggestion, advise
from cass_portal.casework.routing.signals import Learned
from cass_portal.casework.routing.suggesting import Model
from cass_portal.casework.routing.training import Decision, learn
from cass_portal.casework.suggestions import advice_for, routing_directory
from cass_portal.casework.teaching import current_model
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import Organization
from cass_portal.feedback.lifecycle import FeedbackState
from cass_portal.feedback.models import Feedback, Visibility
from cass_portal.feedback.queries import visibility_condition
from cass_portal.history import Event, EventKind

BECAME_NEW = (
    EventKind.FEEDBACK_SUBMITTED,
    EventKind.FEEDBACK_CONFIRMED,
    EventKind.FEEDBACK_ACCEPTED,
    EventKind.FEEDBACK_REJECT_UNDONE,
)
JUST_NOW = timedelta(hours=1)
DAYS = 90
LOOKED_AT = 300
"""So many of the newest matters a report looks at, or it would take too long."""
EXAMPLES = 3
SHOWN_ABOVE = 0.9
"""What a report supposes for a member without a threshold."""


def chosen_by_rule(item: Feedback) -> Suggestion | None:
    """The member that a new matter goes to without anybody looking, if the rule holds for it."""
    if item.visibility == Visibility.COORDINATORS or item.state != FeedbackState.NEW or item.assignments:
        return None
    return first_above(advice_for(item))


def first_above(advice: Advice, thresholds: dict[str, float] | None = None) -> Suggestion | None:
    """The best member, if it is trusted from this confidence on."""
    if not advice.ranked or advice.is_for_nobody:
        return None
    best = advice.ranked[0]
    above = (
        best.organization.route_above
        if thresholds is None
        else thresholds.get(best.organization.short_name, SHOWN_ABOVE)
    )
    return best if above is not None and best.score >= above else None


def waiting(limit: int, *, skip: Sequence[int] = ()) -> list[int]:
    """Ids of matters that have just become new, that nobody has had and members may read, the newest first.

    None where no rule is set. What has waited longer is the coordinators': setting a threshold moves nothing old.
    """
    just_now = sa.exists().where(
        Event.feedback_id == Feedback.id, Event.kind.in_(BECAME_NEW), Event.at >= now() - JUST_NOW
    )
    rules = sa.exists().where(Organization.route_above.is_not(None), Organization.former_since.is_(None))
    query = (
        sa.select(Feedback.id)
        .where(
            rules,
            just_now,
            Feedback.state == FeedbackState.NEW,
            Feedback.visibility != Visibility.COORDINATORS,
            Feedback.id.not_in(list(skip)),
            ~Feedback.assignments.any(),
        )
        .order_by(Feedback.created_at.desc(), Feedback.id.desc())
        .limit(limit)
    )
    return list(db.session.scalars(query))


@dataclass
class MemberReport:
    """What the rule would have done for one member: how many it would have sent there, how many of them rightly,
    how many the member gave back, and some of each by reference, as far as the reader may see them."""

    organization: Organization
    above: float
    sent: int = 0
    right: int = 0
    handed_on: int = 0
    examples: list[tuple[str, str]] = field(default_factory=list)

    @property
    def wrong(self) -> int:
        return self.sent - self.right


@dataclass(frozen=True)
class Report:
    """`looked_at` of the matters that people routed in the last days; the newest, where they are too many."""

    looked_at: int
    members: list[MemberReport]


def report(members: Sequence[Organization], *, actor: Any) -> Report:
    """What the rule would have done in the last 90 days, had it known everything but the matter itself."""
    routed = _routed()
    model, directory = _own_copy(current_model()), routing_directory()
    reports = {each.short_name: MemberReport(each, _threshold(each)) for each in members}
    seen = _visible([number for number, *_ in routed], actor=actor)
    for number, reference, matter, right, refused in routed:
        decision = Decision(matter, right)
        if model.learned is not None and right:
            learn(model.learned, decision, amount=-1)
        thresholds = {name: each.above for name, each in reports.items()}
        best = first_above(advise(matter, directory, model), thresholds)
        if model.learned is not None and right:
            learn(model.learned, decision)
        if best is not None and best.organization.short_name in reports:
            shown = reference if number in seen else None
            _note(reports[best.organization.short_name], right, refused, shown)
    return Report(len(routed), list(reports.values()))


Routed = tuple[int, str, Matter, tuple[str, ...], tuple[str, ...]]
"""Id and reference, what it says, who has it, who gave it back."""


def _routed() -> list[Routed]:
    """What people routed in the last days, the newest first."""
    rows = db.session.execute(
        sa.select(
            Feedback.id, Feedback.reference, Feedback.subject, Feedback.body, Organization.short_name,
            Assignment.state,
        )
        .join(Assignment, Assignment.feedback_id == Feedback.id)
        .join(Organization, Organization.id == Assignment.organization_id)
        .where(
            Assignment.role != AssignmentRole.INFORMED,
            Assignment.by_rule.is_(False),
            Feedback.id.in_(_newest()),
        )
        .order_by(Feedback.id.desc(), Assignment.role != AssignmentRole.LEAD, Assignment.id)
    ).all()  # fmt: skip
    said: dict[int, tuple[str, Matter]] = {}
    members: dict[int, list[tuple[str, AssignmentState]]] = defaultdict(list)
    for number, reference, subject, body, name, state in rows:
        said[number] = (reference, Matter(subject, body))
        members[number].append((name, state))
    return [
        (
            number,
            reference,
            matter,
            tuple(name for name, state in members[number] if state != AssignmentState.REFUSED),
            tuple(name for name, state in members[number] if state == AssignmentState.REFUSED),
        )
        for number, (reference, matter) in said.items()
    ]


def _newest() -> sa.Select[Any]:
    return (
        sa.select(Assignment.feedback_id)
        .where(Assignment.sent_at >= now() - timedelta(days=DAYS))
        .group_by(Assignment.feedback_id)
        .order_by(Assignment.feedback_id.desc())
        .limit(LOOKED_AT)
    )


def _threshold(organization: Organization) -> float:
    return SHOWN_ABOVE if organization.route_above is None else organization.route_above


def _own_copy(model: Model) -> Model:
    if model.learned is None:
        return model
    return Model(Learned(model.learned.given.copy(), model.learned.refused), model.weights)


def _note(
    told: MemberReport, right: tuple[str, ...], refused: tuple[str, ...], reference: str | None
) -> None:
    name = told.organization.short_name
    told.sent += 1
    told.right += name in right
    told.handed_on += name in refused
    if reference is not None and len(told.examples) < EXAMPLES:
        word = "right" if name in right else "given back" if name in refused else "another member had it"
        told.examples.append((reference, word))


def _visible(ids: list[int], *, actor: Any) -> set[int]:
    return set(
        db.session.scalars(sa.select(Feedback.id).where(Feedback.id.in_(ids), visibility_condition(actor)))
    )
