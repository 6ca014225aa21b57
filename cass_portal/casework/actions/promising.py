"""Another promise than the one that was given."""

from datetime import date
from typing import Any

from cass_portal.casework.actions._steps import record_on, touch
from cass_portal.casework.lifecycle import ASSIGNMENT
from cass_portal.casework.models import Assignment
from cass_portal.feedback.turns import take_turn
from cass_portal.history import Audience, EventKind
from cass_portal.policy import Permission, require


def change_due(
    assignment: Assignment, *, acknowledge_by: date, answer_by: date, reason: str, by: Any
) -> None:
    """A coordinator gives the member another date, and says why. Its overdue steps begin anew."""
    require(by, Permission.FEEDBACK_ROUTE, assignment)
    take_turn(assignment.feedback)
    ASSIGNMENT.after("change_due", assignment.state)
    assignment.acknowledge_by, assignment.answer_by = acknowledge_by, answer_by
    touch(assignment)
    record_on(
        assignment, EventKind.ASSIGNMENT_DUE_CHANGED, by=by, audience=Audience.MEMBERS, note=reason,
        acknowledge_by=acknowledge_by.isoformat(), answer_by=answer_by.isoformat(),
    )  # fmt: skip
    assignment.feedback.settle()
