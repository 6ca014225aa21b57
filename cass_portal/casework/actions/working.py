"""A member takes up what was sent to it."""

from typing import Any

from cass_portal.casework.actions._steps import record_on, touch
from cass_portal.casework.lifecycle import ASSIGNMENT
from cass_portal.casework.models import Assignment
from cass_portal.casework.refusals import NotAMember
from cass_portal.clock import now
from cass_portal.feedback.turns import take_turn
from cass_portal.history import Audience, EventKind
from cass_portal.people.models import Person
from cass_portal.policy import Permission, require


def acknowledge(assignment: Assignment, *, by: Any) -> None:
    """The member has read it and will answer."""
    require(by, Permission.ASSIGNMENT_WORK, assignment)
    take_turn(assignment.feedback)
    assignment.state = ASSIGNMENT.after("acknowledge", assignment.state)
    assignment.acknowledged_at = now()
    record_on(assignment, EventKind.ASSIGNMENT_ACKNOWLEDGED, by=by, audience=Audience.PUBLIC)
    assignment.feedback.settle()


def work(assignment: Assignment, *, by: Any) -> None:
    """Work has begun; whoever begins it has it, unless somebody had it before."""
    require(by, Permission.ASSIGNMENT_WORK, assignment)
    take_turn(assignment.feedback)
    assignment.state = ASSIGNMENT.after("work", assignment.state)
    assignment.acknowledged_at = assignment.acknowledged_at or now()
    assignment.person = assignment.person or by
    record_on(assignment, EventKind.ASSIGNMENT_WORKING, by=by, audience=Audience.PUBLIC)
    assignment.feedback.settle()


def take(assignment: Assignment, person: Person | None, *, by: Any) -> None:
    """`person` of the organization has it from now on; None puts it back to everybody. Raises NotAMember."""
    require(by, Permission.ASSIGNMENT_WORK, assignment)
    take_turn(assignment.feedback)
    ASSIGNMENT.after("take", assignment.state)
    if person is not None and assignment.organization_id not in person.organization_ids:
        raise NotAMember(f"{person.name} does not act for {assignment.organization.short_name}")
    assignment.person = person
    touch(assignment)
    record_on(assignment, EventKind.ASSIGNMENT_TAKEN, by=by, person_id=person.id if person else None)
    assignment.feedback.settle()
