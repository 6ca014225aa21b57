"""“Not ours”: a member proposes it, a coordinator decides."""

from typing import Any

from cass_portal.casework.actions._steps import record_on, touch
from cass_portal.casework.actions.routing import check_recipient, send
from cass_portal.casework.lifecycle import ASSIGNMENT
from cass_portal.casework.models import Assignment
from cass_portal.clock import now
from cass_portal.directory.models import Organization
from cass_portal.history import Audience, EventKind
from cass_portal.policy import Permission, require


def propose_refusal(assignment: Assignment, *, reason: str, by: Any) -> None:
    """The member says that it is not its matter, and why."""
    require(by, Permission.ASSIGNMENT_REFUSE, assignment)
    assignment.state = ASSIGNMENT.after("propose_refusal", assignment.state)
    assignment.refusal_reason = reason
    touch(assignment.feedback)
    record_on(assignment, EventKind.ASSIGNMENT_REFUSAL_PROPOSED, by=by, note=reason)
    assignment.feedback.settle()


def accept_refusal(
    assignment: Assignment, *, by: Any, handed_to: Organization | None = None
) -> Assignment | None:
    """A coordinator agrees. With `handed_to` the matter is sent on in the same transaction, in the same role.

    Two acts then: the refusal, which the stakeholder reads as “handed from A to B because …”, and the sending,
    which tells B; one event each. Returns B's assignment. Raises AlreadyAssigned, NotAMember.
    """
    require(by, Permission.FEEDBACK_ROUTE, assignment)
    state = ASSIGNMENT.after("accept_refusal", assignment.state)
    if handed_to is not None:
        check_recipient(assignment.feedback, handed_to)
    assignment.state = state
    assignment.settled_at = now()
    assignment.handed_to = handed_to
    touch(assignment.feedback)
    record_on(
        assignment,
        EventKind.ASSIGNMENT_REFUSAL_ACCEPTED,
        by=by,
        audience=Audience.STAKEHOLDER if handed_to else Audience.STAFF,
        note=assignment.refusal_reason,
        handed_to=handed_to.short_name if handed_to else None,
    )
    assignment.feedback.settle()
    return _hand_on(assignment, handed_to, by=by) if handed_to else None


def decline_refusal(assignment: Assignment, *, reason: str, by: Any) -> None:
    """A coordinator disagrees and says why: the member keeps the matter."""
    require(by, Permission.FEEDBACK_ROUTE, assignment)
    assignment.state = ASSIGNMENT.after("decline_refusal", assignment.state)
    assignment.acknowledged_at = assignment.acknowledged_at or now()
    touch(assignment.feedback)
    record_on(assignment, EventKind.ASSIGNMENT_REFUSAL_DECLINED, by=by, note=reason)
    assignment.feedback.settle()


def _hand_on(assignment: Assignment, to: Organization, *, by: Any) -> Assignment:
    giver, why = assignment.organization.short_name, assignment.refusal_reason
    return send(assignment.feedback, to, role=assignment.role, by=by, reason=f"Handed on by {giver}: {why}")
