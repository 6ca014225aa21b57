"""One member leads wherever somebody owes an answer: the first by default, the next when the lead has gone."""

from cass_portal.casework.actions._steps import record_on, touch
from cass_portal.casework.consolidation import lead_of, living
from cass_portal.casework.lifecycle import AssignmentRole
from cass_portal.casework.models import Assignment
from cass_portal.feedback.models import Feedback
from cass_portal.history import Audience, EventKind
from cass_portal.policy import SYSTEM


def fitting_role(assignment: Assignment, wanted: AssignmentRole) -> AssignmentRole:
    """`wanted`, save that the first who owes an answer leads, and nobody leads beside another."""
    if wanted == AssignmentRole.INFORMED:
        return wanted
    others = [each for each in living(assignment.feedback) if each is not assignment]
    is_led = any(each.role == AssignmentRole.LEAD for each in others)
    return AssignmentRole.CONTRIBUTING if is_led else AssignmentRole.LEAD


def pass_on_lead(item: Feedback) -> None:
    """Where members owe an answer and none leads, the next in line does: an act of the system with its own event.

    Who still works on it comes before who has answered.
    """
    heirs = sorted(living(item), key=lambda each: not each.is_open)
    if not heirs or lead_of(item) is not None:
        return
    heir = heirs[0]
    before, heir.role = heir.role, AssignmentRole.LEAD
    touch(heir)
    record_on(
        heir, EventKind.ASSIGNMENT_ROLE_CHANGED, by=SYSTEM, audience=Audience.MEMBERS,
        role=heir.role.value, before=before.value,
    )  # fmt: skip
