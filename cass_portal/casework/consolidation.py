"""When the stakeholder is given an answer, and what it is made of: the members' released answers, attributed."""

from typing import Any

from cass_portal.casework.lifecycle import AssignmentRole, AssignmentState
from cass_portal.casework.models import Assignment, ConsolidatedReply
from cass_portal.feedback.lifecycle import FEEDBACK
from cass_portal.feedback.models import Feedback


def living(item: Feedback) -> list[Assignment]:
    """Assignments whose answer belongs into the reply, given already or not."""
    return [each for each in item.assignments if each.is_living]


def lead_of(item: Feedback) -> Assignment | None:
    """The member that leads the answer."""
    return next((each for each in living(item) if each.role == AssignmentRole.LEAD), None)


def answered(item: Feedback) -> list[Assignment]:
    return [each for each in living(item) if each.state == AssignmentState.ANSWERED]


def outstanding(item: Feedback) -> list[Assignment]:
    return [each for each in living(item) if each.state != AssignmentState.ANSWERED]


def is_ready(item: Feedback) -> bool:
    """Whether a coordinator may release the reply: nobody owes an answer, and none has been given yet."""
    return FEEDBACK.allows("release_reply", item.state) and not outstanding(item)


def answers_alone(assignment: Assignment) -> bool:
    """Whether no other member's answer is awaited or given: then its release is the reply."""
    return living(assignment.feedback) == [assignment]


def parts_of(item: Feedback) -> list[dict[str, Any]]:
    """The members' answers as they stand now, to be kept with the reply for good."""
    return [_part(each) for each in answered(item)]


def open_draft(item: Feedback) -> ConsolidatedReply | None:
    """The reply a coordinator is writing."""
    return next((each for each in item.replies if each.released_at is None), None)


def _part(assignment: Assignment) -> dict[str, Any]:
    answer = assignment.answer
    assert answer is not None, "an answered assignment has an answer"  # noqa: S101
    return {
        "organization": assignment.organization.short_name,
        "outcome": answer.outcome.value,
        "html": answer.html,
        "text": answer.text,
        "target": answer.target,
        "reason": answer.reason,
    }
