"""From the log of a matter to the clock of one assignment: which events start, pause, move and end a promise."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from cass_portal.casework.clocks import Happening, Moment, Promise, replay
from cass_portal.clock import now
from cass_portal.directory.models import Organization
from cass_portal.history import Event, EventKind

K, H = EventKind, Happening
OF_THE_ASSIGNMENT = {
    K.ASSIGNMENT_SENT: H.SENT,
    K.ASSIGNMENT_ACKNOWLEDGED: H.READ,
    K.ASSIGNMENT_WORKING: H.READ,
    K.ASSIGNMENT_ANSWER_DRAFTED: H.READ,
    K.ASSIGNMENT_REFUSAL_PROPOSED: H.READ,
    K.ASSIGNMENT_REFUSAL_DECLINED: H.READ,
    K.ASSIGNMENT_ANSWERED: H.ANSWERED,
    K.FEEDBACK_REPLY_RELEASED: H.ANSWERED,
    K.ASSIGNMENT_REFUSAL_ACCEPTED: H.GONE,
    K.ASSIGNMENT_RETURNED_TO_TRIAGE: H.GONE,
    K.ASSIGNMENT_SUCCEEDED: H.GONE,
    K.ASSIGNMENT_WAIVED: H.GONE,
    K.ASSIGNMENT_DUE_CHANGED: H.DUE_CHANGED,
    K.ASSIGNMENT_ROLE_CHANGED: H.ROLE_CHANGED,
    K.ASSIGNMENT_OVERDUE: H.STEPPED,
}
"""Where the event names the assignment."""
OF_THE_MATTER = {
    K.FEEDBACK_ASKED: H.PAUSED,
    K.FEEDBACK_REPLIED: H.RESUMED,
    K.FEEDBACK_REPLY_RELEASED: H.RESUMED,
    K.FEEDBACK_WITHDRAWN: H.GONE,
    K.FEEDBACK_REJECTED: H.SET_ASIDE,
    K.FEEDBACK_REJECT_UNDONE: H.TAKEN_UP,
    K.FEEDBACK_DEFLECTED: H.GONE,
    K.FEEDBACK_MERGED: H.SET_ASIDE,
    K.FEEDBACK_UNMERGED: H.TAKEN_UP,
}
"""Where it concerns every assignment, or those that its detail names."""


@dataclass(frozen=True)
class Times:
    """What the log says of an assignment's stored columns."""

    acknowledge_by: date
    answer_by: date
    overdue_steps: int


def promises_of(organization: Organization) -> tuple[date, date]:
    """Until when it would acknowledge and answer what it was sent now, by its own days and calendar."""
    calendar = organization.calendar
    today = calendar.day_of(now())
    return calendar.add(today, organization.acknowledge_days), calendar.add(today, organization.answer_days)


def times_of(assignment: Any, log: Iterable[Event]) -> Times | None:
    """None where the log does not say what was promised: what was stored before it did, stands as it is."""
    moments = list(moments_of(assignment.id, log))
    if not any(each.what == H.SENT and each.answer_days for each in moments):
        return None
    clock = replay(moments, assignment.organization.calendar)
    if clock.acknowledge_by is None or clock.answer_by is None:
        return None
    return Times(clock.acknowledge_by, clock.answer_by, clock.steps)


def moments_of(assignment_id: int, log: Iterable[Event]) -> Iterator[Moment]:
    """What happened to that assignment, oldest first."""
    for event in log:
        yield from _moments(event, assignment_id)


def _moments(event: Event, assignment_id: int) -> Iterator[Moment]:
    if event.kind == K.FEEDBACK_VERDICT_GIVEN:
        if event.detail.get("verdict") == "not_solved":
            yield Moment(H.REOPENED, event.at)
        return
    concerned = event.detail.get("assignments")
    if event.kind in OF_THE_MATTER and (concerned is None or assignment_id in concerned):
        yield Moment(OF_THE_MATTER[event.kind], event.at)
    if event.assignment_id == assignment_id and event.kind in OF_THE_ASSIGNMENT:
        yield _own(event)


def _own(event: Event) -> Moment:
    said = event.detail
    return Moment(
        OF_THE_ASSIGNMENT[event.kind],
        event.at,
        acknowledge_days=said.get("acknowledge_days", 0),
        answer_days=said.get("answer_days", 0),
        acknowledge_by=_day(said.get("acknowledge_by")),
        answer_by=_day(said.get("answer_by")),
        owes=said.get("role") != "informed",
        promise=Promise(said["promise"]) if "promise" in said else None,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
