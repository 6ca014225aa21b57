"""What was decided about a matter before, from its history, so that it can be taken back."""

from typing import Any

import sqlalchemy as sa

from cass_portal.casework.lifecycle import AssignmentState
from cass_portal.db import db
from cass_portal.feedback.models import Feedback
from cass_portal.history import Event, EventKind

K = EventKind


def last_of(item: Feedback, *kinds: EventKind) -> Event | None:
    """The newest event of these kinds."""
    found = sa.select(Event).where(Event.feedback_id == item.id, Event.kind.in_(kinds))
    return db.session.scalar(found.order_by(Event.id.desc()).limit(1))


def was_accepted(item: Feedback) -> bool:
    """Whether a coordinator accepted it by hand, and that stands."""
    last = last_of(item, K.FEEDBACK_ACCEPTED, K.FEEDBACK_ACCEPT_UNDONE)
    return last is not None and last.kind == K.FEEDBACK_ACCEPTED


def was_unasked(item: Feedback) -> bool:
    """Whether staff entered it and its address was not asked whether it wants to hear of it."""
    submitted = last_of(item, K.FEEDBACK_SUBMITTED)
    return submitted is not None and bool(submitted.detail.get("unasked"))


def open_states(item: Feedback) -> dict[str, str]:
    """The states of its open assignments by their ids, for `restore_open`."""
    return {str(each.id): each.state.value for each in item.assignments if each.is_open}


def restore_open(item: Feedback, states: dict[str, Any]) -> None:
    """Assignments that were dropped meanwhile are again what they were; members that left stay out."""
    for each in item.assignments:
        state = states.get(str(each.id))
        if state is not None and each.state == AssignmentState.WAIVED and not each.organization.is_former:
            each.state, each.settled_at = AssignmentState(state), None
