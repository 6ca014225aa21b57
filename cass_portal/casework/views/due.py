"""Due badges for every page, and another due date by a coordinator."""

from typing import Any

from flask import g

from cass_portal.casework import actions
from cass_portal.casework.clocks import Badge
from cass_portal.casework.models import Assignment
from cass_portal.casework.promise_forms import DueForm
from cass_portal.casework.views.blueprint import bp
from cass_portal.casework.views.handing_over import on_assignment
from cass_portal.directory.queries import calendars
from cass_portal.fields import given
from cass_portal.policy import Permission
from cass_portal.web import current_actor, requires


@bp.app_template_global()
def due_of(assignment: Assignment) -> Badge | None:
    """The promise of `assignment` in words; the calendars are read once a request."""
    if assignment.due_on is None:
        return None
    if "calendars" not in g:
        g.calendars = calendars()
    return assignment.badge(g.calendars.get(assignment.organization_id))


@bp.app_template_global()
def due_form(assignment: Assignment) -> DueForm:
    """To change the due dates of one assignment among several on a page."""
    dates = {"acknowledge_by": assignment.acknowledge_by, "answer_by": assignment.answer_by}
    form = DueForm(formdata=None, data=dates)
    form.version.data = assignment.version
    for field in form:
        field.id = field.label.field_id = f"{field.id}-{assignment.id}"
    return form


@bp.post("/triage/<reference>/assignments/<int:assignment_id>/due")
@requires(Permission.FEEDBACK_ROUTE)
def change_due(reference: str, assignment_id: int) -> Any:
    form = DueForm()

    def act(assignment: Assignment) -> None:
        actions.change_due(
            assignment,
            acknowledge_by=form.acknowledge_by.data,
            answer_by=form.answer_by.data,
            reason=given(form.reason),
            by=current_actor(),
        )

    return on_assignment(reference, assignment_id, form, act, done="The member is told of the new dates.")
