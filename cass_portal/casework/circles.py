"""A matter that members pass on: who has said that it is not theirs, so that it does not go around in circles."""

from cass_portal.casework.lifecycle import AssignmentState
from cass_portal.casework.models import Assignment
from cass_portal.directory.models import Organization
from cass_portal.feedback.models import Feedback

A = AssignmentState
TOO_OFTEN = 2
"""So many refusals, and a coordinator thinks anew instead of passing it on."""


def refusals_of(item: Feedback) -> list[Assignment]:
    """Members that have refused the matter and have not been sent it again."""
    return [each for each in item.assignments if each.state == A.REFUSED]


def refusal_by(organization: Organization, item: Feedback) -> Assignment | None:
    return next((each for each in refusals_of(item) if each.organization_id == organization.id), None)


def goes_around(item: Feedback) -> bool:
    """Whether so many members have said “not ours”, accepted or not yet, that passing it on helps nobody."""
    saying = [each for each in item.assignments if each.state in (A.REFUSED, A.REFUSAL_PROPOSED)]
    return len(saying) >= TOO_OFTEN
