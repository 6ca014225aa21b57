"""Handing a matter to member organizations, and taking it from them."""

from collections.abc import Sequence
from datetime import date
from typing import Any, TypedDict, Unpack

from cass_portal.casework.actions._dates import promise
from cass_portal.casework.actions._leads import fitting_role, pass_on_lead
from cass_portal.casework.actions._steps import record_on, touch
from cass_portal.casework.lifecycle import ASSIGNMENT, AssignmentRole, AssignmentState
from cass_portal.casework.models import Assignment
from cass_portal.casework.refusals import AlreadyAssigned, ForCoordinatorsOnly, NotAMember, NotByRule
from cass_portal.casework.routing import Suggestion
from cass_portal.clock import now
from cass_portal.directory.models import Organization
from cass_portal.feedback.lifecycle import FEEDBACK
from cass_portal.feedback.models import Feedback, Visibility
from cass_portal.feedback.turns import take_turn
from cass_portal.history import Audience, EventKind
from cass_portal.policy import SYSTEM, Permission, require


class Terms(TypedDict, total=False):
    """What is said when a matter is handed over: `reason` to the member, `because` the lines that were shown.

    `suggestion` is what was suggested, of which the assignment keeps the signals; `by_rule` that nobody looked.
    Dates default to the member's own promises.
    """

    reason: str | None
    because: Sequence[str]
    suggestion: Suggestion | None
    by_rule: bool
    acknowledge_by: date | None
    answer_by: date | None


def route(
    item: Feedback, organization: Organization, *, role: AssignmentRole, by: Any, **terms: Unpack[Terms]
) -> Assignment:
    """Hand `item` to one member.

    `role` is what is wished: the first that owes an answer leads, whoever is asked to lead beside it contributes.
    A member that refused, or from whom it was taken, may be sent it again. Raises AlreadyAssigned, NotAMember,
    ForCoordinatorsOnly.
    """
    require(by, Permission.FEEDBACK_ROUTE, item)
    take_turn(item, sent_to=[organization])
    FEEDBACK.after("route", item.state)
    return send(item, organization, role=role, by=by, **terms)


def send(
    item: Feedback, organization: Organization, *, role: AssignmentRole, by: Any, **terms: Unpack[Terms]
) -> Assignment:
    """What routing and handing on share: the assignment, its dates and its event."""
    check_recipient(item, organization)
    assignment = _assignment_for(item, organization)
    assignment.role, assignment.sent_at = fitting_role(assignment, role), now()
    assignment.reason, assignment.because = terms.get("reason"), list(terms.get("because", ()))
    _keep_signals(assignment, terms.get("suggestion"), by_rule=terms.get("by_rule", False))
    promised = promise(
        assignment, acknowledge_by=terms.get("acknowledge_by"), answer_by=terms.get("answer_by")
    )
    touch(item)
    record_on(
        assignment, EventKind.ASSIGNMENT_SENT, by=by, audience=Audience.PUBLIC,
        role=assignment.role.value, **promised,
    )  # fmt: skip
    item.settle()
    return assignment


def route_by_rule(item: Feedback, suggestion: Suggestion) -> Assignment:
    """The system hands a new matter to the member that its administrators trust the suggestion for.

    Raises NotByRule where somebody has seen to it already or the member's threshold is not reached, NotAMember,
    ForCoordinatorsOnly.
    """
    organization = suggestion.organization
    take_turn(item, sent_to=[organization])
    if item.assignments or not FEEDBACK.allows("route", item.state):
        raise NotByRule("somebody has seen to this matter already")
    if organization.route_above is None or suggestion.score < organization.route_above:
        raise NotByRule(f"{organization.short_name} is not routed to by itself from this confidence")
    return send(
        item, organization, role=AssignmentRole.LEAD, by=SYSTEM, because=suggestion.because,
        suggestion=suggestion, by_rule=True,
    )  # fmt: skip


def return_to_triage(assignment: Assignment, *, by: Any, reason: str) -> None:
    """The organization cannot keep it, for example because it left the federation; a coordinator routes anew."""
    if by is not SYSTEM:
        require(by, Permission.FEEDBACK_ROUTE, assignment)
    take_turn(assignment.feedback)
    assignment.state = ASSIGNMENT.after("return_to_triage", assignment.state)
    assignment.settled_at = now()
    touch(assignment.feedback)
    record_on(assignment, EventKind.ASSIGNMENT_RETURNED_TO_TRIAGE, by=by, note=reason)
    pass_on_lead(assignment.feedback)
    assignment.feedback.settle()


def waive(assignment: Assignment, *, by: Any, reason: str) -> None:
    """The organization owes no answer any more. Where it led, the next member does."""
    require(by, Permission.CASEWORK_WAIVE, assignment)
    take_turn(assignment.feedback)
    assignment.state = ASSIGNMENT.after("waive", assignment.state)
    assignment.settled_at = now()
    touch(assignment.feedback)
    record_on(assignment, EventKind.ASSIGNMENT_WAIVED, by=by, note=reason)
    pass_on_lead(assignment.feedback)
    assignment.feedback.settle()


def check_recipient(item: Feedback, organization: Organization) -> None:
    """Raises AlreadyAssigned, NotAMember or ForCoordinatorsOnly where the organization cannot be sent the matter."""
    if organization.is_former:
        raise NotAMember(f"{organization.short_name} is no longer a member")
    if item.visibility == Visibility.COORDINATORS:
        raise ForCoordinatorsOnly("only coordinators may read this matter, so no member can be given it")
    had = _had_by(item, organization)
    if had is not None and not ASSIGNMENT.allows("send_again", had.state):
        raise AlreadyAssigned(f"{organization.short_name} has this matter already")


def _keep_signals(assignment: Assignment, suggestion: Suggestion | None, *, by_rule: bool) -> None:
    fired = suggestion.signals if suggestion else ()
    assignment.signals = [
        {"signal": each.name, "weight": each.weight, "because": each.because} for each in fired
    ]
    assignment.confidence, assignment.by_rule = (suggestion.score if suggestion else None), by_rule


def _assignment_for(item: Feedback, organization: Organization) -> Assignment:
    """A new assignment, or the one that had come to nothing, begun again."""
    had = _had_by(item, organization)
    if had is None:
        assignment = Assignment(
            organization=organization, organization_id=organization.id, state=AssignmentState.SENT
        )
        item.assignments.append(assignment)
        return assignment
    had.state = ASSIGNMENT.after("send_again", had.state)
    had.acknowledged_at = had.settled_at = had.refusal_reason = had.handed_to = had.person = None
    had.proposed_to = None
    return had


def _had_by(item: Feedback, organization: Organization) -> Assignment | None:
    return next((each for each in item.assignments if each.organization_id == organization.id), None)
