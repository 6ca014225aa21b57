"""A member leaves the Consortium: what it still owes gets a successor; what it said stays under its name."""

from typing import Any

from cass_portal.casework.actions._leads import pass_on_lead
from cass_portal.casework.actions._steps import record_on, touch
from cass_portal.casework.actions.routing import check_recipient, send
from cass_portal.casework.lifecycle import ASSIGNMENT
from cass_portal.casework.models import Assignment
from cass_portal.clock import now
from cass_portal.directory.models import Organization
from cass_portal.feedback.turns import take_turn
from cass_portal.history import Audience, EventKind
from cass_portal.policy import Permission, require


def succeed(assignment: Assignment, successor: Organization, *, reason: str, by: Any) -> Assignment:
    """`successor` takes the matter over in the same role. The stakeholder reads “handed from A to B because …”.

    Two acts then: the hand-over, and the sending, which tells B; one event each. Where B has the matter already,
    the first alone. Returns B's assignment. Raises NotAMember, ForCoordinatorsOnly.
    """
    require(by, Permission.FEEDBACK_ROUTE, assignment)
    take_turn(assignment.feedback, sent_to=[successor])
    state, item = ASSIGNMENT.after("succeed", assignment.state), assignment.feedback
    has_it = _living(assignment, successor)
    if has_it is None:
        check_recipient(item, successor)
    assignment.state, assignment.settled_at = state, now()
    assignment.handed_to, assignment.refusal_reason = successor, reason
    touch(item)
    record_on(
        assignment, EventKind.ASSIGNMENT_SUCCEEDED, by=by, audience=Audience.STAKEHOLDER, note=reason,
        handed_to=successor.short_name,
    )  # fmt: skip
    giver = assignment.organization.short_name
    taken = has_it or send(
        item, successor, role=assignment.role, by=by, reason=f"Taken over from {giver}: {reason}"
    )
    pass_on_lead(item)
    item.settle()
    return taken


def _living(assignment: Assignment, organization: Organization) -> Assignment | None:
    others = (each for each in assignment.feedback.assignments if each is not assignment)
    return next(
        (
            each
            for each in others
            if each.organization_id == organization.id and (each.is_open or each.is_living)
        ),
        None,
    )
