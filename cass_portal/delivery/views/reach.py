"""What the pages of a matter say of its mails: whether the members and the author were reached."""

from typing import Any

from cass_portal.delivery.models import DeliveryState
from cass_portal.delivery.queries.reach import is_refused, mails_to_author
from cass_portal.delivery.reach import reach_of
from cass_portal.delivery.words import matter_of
from cass_portal.feedback.models import Feedback
from cass_portal.web import render
from cass_portal.web.panels import panel


@panel("assignment")
def of_member(assignment: Any) -> str:
    """For coordinators and the member itself."""
    found = reach_of(assignment.deliveries)
    shown = [each for each in found if each.is_problem] or found[:1]
    return render("delivery/_reach.html", reached=shown) if shown else ""


@panel("matter")
def of_author(item: Feedback) -> str:
    """For coordinators: says so where the last mail did not arrive, and nothing else."""
    problem = next((each for each in reach_of(mails_to_author(item)) if each.is_problem), None)
    if problem is None:
        return ""
    if problem.standing == DeliveryState.SUPPRESSED and not is_refused(problem.delivery.address):
        return ""
    return render("delivery/_reach_of_author.html", problem=problem, about=matter_of(problem.delivery))
