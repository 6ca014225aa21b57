"""“Not ours”: a member proposes it, a coordinator decides."""

from typing import Any

from cass_portal.casework.actions._leads import pass_on_lead
from cass_portal.casework.actions._steps import record_on, touch
from cass_portal.casework.actions.routing import check_recipient, send
from cass_portal.casework.circles import refusal_by
from cass_portal.casework.lifecycle import ASSIGNMENT
from cass_portal.casework.models import Assignment
from cass_portal.casework.refusals import RefusedAlready
from cass_portal.clock import now
from cass_portal.directory.models import Organization
from cass_portal.feedback.turns import take_turn
from cass_portal.history import Audience, EventKind
from cass_portal.policy import Permission, require


def propose_refusal(
    assignment: Assignment, *, reason: str, by: Any, proposed_to: Organization | None = None
) -> None:
    """The member says that it is not its matter, why, and whose it is, if it knows.

    Raises AlreadyAssigned, NotAMember or RefusedAlready where the matter could not go to `proposed_to`.
    """
    require(by, Permission.ASSIGNMENT_REFUSE, assignment)
    take_turn(assignment.feedback)
    state = ASSIGNMENT.after("propose_refusal", assignment.state)
    if proposed_to is not None:
        _check_next(assignment, proposed_to)
    assignment.state, assignment.refusal_reason = state, reason
    assignment.proposed_to = proposed_to
    touch(assignment.feedback)
    record_on(
        assignment, EventKind.ASSIGNMENT_REFUSAL_PROPOSED, by=by, note=reason, proposed_to=_name(proposed_to)
    )
    assignment.feedback.settle()


def accept_refusal(
    assignment: Assignment, *, by: Any, handed_to: Organization | None = None
) -> Assignment | None:
    """A coordinator agrees. With `handed_to` the matter is sent on in the same transaction, in the same role.

    Two acts then: the refusal, which the stakeholder reads as “handed from A to B because …”, and the sending,
    which tells B; one event each. Without it, the next member leads where the refusing one did. Returns B's
    assignment. Raises AlreadyAssigned, NotAMember, RefusedAlready.
    """
    require(by, Permission.FEEDBACK_ROUTE, assignment)
    take_turn(assignment.feedback, sent_to=[handed_to])
    state = ASSIGNMENT.after("accept_refusal", assignment.state)
    if handed_to is not None:
        _check_next(assignment, handed_to)
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
        handed_to=_name(handed_to),
        proposed_to=_name(assignment.proposed_to),
    )
    taken_up = _hand_on(assignment, handed_to, by=by) if handed_to else None
    pass_on_lead(assignment.feedback)
    assignment.feedback.settle()
    return taken_up


def decline_refusal(assignment: Assignment, *, reason: str, by: Any) -> None:
    """A coordinator disagrees and says why: the member keeps the matter."""
    require(by, Permission.FEEDBACK_ROUTE, assignment)
    take_turn(assignment.feedback)
    assignment.state = ASSIGNMENT.after("decline_refusal", assignment.state)
    assignment.refusal_reason = assignment.proposed_to = None
    assignment.acknowledged_at = assignment.acknowledged_at or now()
    touch(assignment.feedback)
    record_on(assignment, EventKind.ASSIGNMENT_REFUSAL_DECLINED, by=by, note=reason)
    assignment.feedback.settle()


def _check_next(assignment: Assignment, to: Organization) -> None:
    """The matter goes to somebody who may have it and has not refused it."""
    earlier = refusal_by(to, assignment.feedback)
    if earlier is not None:
        raise RefusedAlready(f"{to.short_name} has said that it is not theirs")
    check_recipient(assignment.feedback, to)


def _name(organization: Organization | None) -> str | None:
    return organization.short_name if organization else None


def _hand_on(assignment: Assignment, to: Organization, *, by: Any) -> Assignment:
    giver, why = assignment.organization.short_name, assignment.refusal_reason
    return send(assignment.feedback, to, role=assignment.role, by=by, reason=f"Handed on by {giver}: {why}")
