"""Who leads the answer of a matter, and in which role each member has it."""

from typing import Any

from cass_portal.casework.actions._dates import promise
from cass_portal.casework.actions._leads import pass_on_lead
from cass_portal.casework.actions._steps import record_on, touch
from cass_portal.casework.consolidation import lead_of
from cass_portal.casework.lifecycle import ASSIGNMENT, AssignmentRole
from cass_portal.casework.models import Assignment
from cass_portal.casework.refusals import AnsweredAlready, OneLeads, OwesNoAnswer
from cass_portal.feedback.lifecycle import FEEDBACK
from cass_portal.feedback.turns import take_turn
from cass_portal.history import Audience, EventKind
from cass_portal.policy import Permission, require

R = AssignmentRole


def change_role(assignment: Assignment, role: AssignmentRole, *, by: Any) -> None:
    """Have the member lead, contribute or only be informed from now on.

    Whoever led before contributes. Where the lead is only informed from now on, the next member leads: an act of
    the system beside this one, with its own event. Once the stakeholder has the answer nobody's part in it changes.
    Raises AnsweredAlready, OneLeads, OwesNoAnswer, TransitionRefused.
    """
    require(by, Permission.FEEDBACK_ROUTE, assignment)
    take_turn(assignment.feedback)
    ASSIGNMENT.after("change_role", assignment.state)
    _check(assignment, role)
    item, before, lead = assignment.feedback, assignment.role, lead_of(assignment.feedback)
    promised = promise(assignment) if before == R.INFORMED else {}
    assignment.role = role
    instead_of = _step_down(lead, for_=assignment) if role == R.LEAD else None
    touch(assignment)
    touch(item)
    record_on(
        assignment, EventKind.ASSIGNMENT_ROLE_CHANGED, by=by, audience=Audience.MEMBERS,
        role=role.value, before=before.value, instead_of=instead_of, **promised,
    )  # fmt: skip
    pass_on_lead(item)
    item.settle()


def _check(assignment: Assignment, role: AssignmentRole) -> None:
    name, item = assignment.organization.short_name, assignment.feedback
    if not FEEDBACK.allows("release_reply", item.state):
        raise AnsweredAlready(f"{item.reference} is answered or closed; who takes part stays as it is")
    if role == assignment.role:
        raise OneLeads(f"{name} has it in this role already")
    if role == R.INFORMED and assignment.answer is not None:
        raise OwesNoAnswer(f"{name} has written an answer; waive it if it is not wanted")
    if role == R.CONTRIBUTING and lead_of(item) is assignment:
        raise OneLeads(f"{name} leads; choose who leads instead, and it contributes")


def _step_down(lead: Assignment | None, *, for_: Assignment) -> str | None:
    """The short name of the member that led until now."""
    if lead is None or lead is for_:
        return None
    lead.role = R.CONTRIBUTING
    return lead.organization.short_name
