"""Who has a matter: routing it, deciding on “not ours”, waiving."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from cass_portal.casework import actions, queries, suggestions
from cass_portal.casework import forms as f
from cass_portal.casework.consolidation import lead_of
from cass_portal.casework.incompatibilities import may_be_incompatible
from cass_portal.casework.lifecycle import AssignmentRole
from cass_portal.casework.models import Assignment
from cass_portal.casework.views.acting import perform
from cass_portal.casework.views.blueprint import bp
from cass_portal.casework.views.item import Row, find, hand_on_choices, on_item, route_rows, show
from cass_portal.casework.views.next_up import go_on_from
from cass_portal.db import db
from cass_portal.directory.models import Organization
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.words import joined
from cass_portal.fields import given
from cass_portal.policy import Permission
from cass_portal.web import check_version, current_actor, get_or_404, requires


@bp.post("/triage/<reference>/assignments")
@requires(Permission.FEEDBACK_ROUTE)
def route(reference: str) -> Response | tuple[str, int]:
    item, form = find(reference), f.RouteForm()
    check_version(item, form.version.data)
    rows = route_rows(item, suggestions.advice_for(item), submitted=True)
    chosen = [each for each in rows if each["form"].chosen.data]
    is_valid = form.validate_on_submit()
    if not chosen:
        form.form_errors.append("Please choose at least one member.")
    for row in chosen:
        is_valid = row["form"].validate() and is_valid
        wrong = [text for texts in row["form"].errors.values() for text in texts]
        form.form_errors += [f"{row['organization'].short_name}: {text}" for text in wrong]
    if not is_valid or form.form_errors:
        return show(item, {"route": form}, rows), 422
    if form.is_incompatibility.data and may_be_incompatible(item) and not item.is_incompatibility:
        actions.mark_incompatibility(item, is_one=True, by=current_actor())
    for row in sorted(chosen, key=lambda each: each["form"].role.data != AssignmentRole.LEAD):
        _route(item, row, reason=form.reason.data)
    db.session.commit()
    if request.form.get("then") == "next":
        flash(f"“{item.subject}”: {_with_whom(item, chosen)}", "success")
        return redirect(go_on_from(item), 303)
    flash(_with_whom(item, chosen), "success")
    return redirect(url_for(".item", reference=reference), 303)


@bp.post("/triage/<reference>/assignments/<int:assignment_id>/waiver")
@requires(Permission.CASEWORK_WAIVE)
def waive(reference: str, assignment_id: int) -> Any:
    form = f.WaiveForm()

    def act(assignment: Assignment) -> None:
        actions.waive(assignment, reason=given(form.reason), by=current_actor())

    return on_assignment(reference, assignment_id, form, act, done="Waived. No answer is expected any more.")


@bp.post("/triage/<reference>/assignments/<int:assignment_id>/role")
@requires(Permission.FEEDBACK_ROUTE)
def change_role(reference: str, assignment_id: int) -> Any:
    form = f.RoleForm()

    def act(assignment: Assignment) -> None:
        actions.change_role(assignment, AssignmentRole(form.role.data), by=current_actor())

    return on_assignment(reference, assignment_id, form, act, done="Changed its role.")


@bp.post("/triage/<reference>/incompatibility")
@requires(Permission.FEEDBACK_ROUTE)
def mark_incompatibility(reference: str) -> Any:
    """The mark is turned around; whoever acts has seen how it is now."""

    def act(item: Feedback) -> None:
        actions.mark_incompatibility(item, is_one=not item.is_incompatibility, by=current_actor())

    return on_item(reference, f.PlainActForm(), act, done="Changed the mark.")


@bp.post("/triage/<reference>/assignments/<int:assignment_id>/refusal")
@requires(Permission.FEEDBACK_ROUTE)
def accept_refusal(reference: str, assignment_id: int) -> Any:
    form = f.HandOnForm()
    form.handed_to.choices = hand_on_choices(_assignment(find(reference), assignment_id))

    def act(assignment: Assignment) -> None:
        to = db.session.get(Organization, int(form.handed_to.data)) if form.handed_to.data else None
        actions.accept_refusal(assignment, handed_to=to, by=current_actor())

    now_with = {each.value: each.label for each in form.handed_to.choices if each.value}
    name = now_with.get(form.handed_to.data or "")
    done = f"Agreed: it is not theirs. With {name} now." if name else "Agreed: it is not theirs."
    return on_assignment(reference, assignment_id, form, act, done=done)


@bp.post("/triage/<reference>/assignments/<int:assignment_id>/refusal/decline")
@requires(Permission.FEEDBACK_ROUTE)
def decline_refusal(reference: str, assignment_id: int) -> Any:
    form = f.DeclineForm()

    def act(assignment: Assignment) -> None:
        actions.decline_refusal(assignment, reason=given(form.reason), by=current_actor())

    return on_assignment(reference, assignment_id, form, act, done="Declined: the member keeps it.")


def _with_whom(item: Feedback, chosen: list[Row]) -> str:
    names, lead = joined([each["organization"].short_name for each in chosen]), lead_of(item)
    leading = (
        f" {lead.organization.short_name} leads the answer." if lead and len(item.assignments) > 1 else ""
    )
    return f"With {names} now.{leading}"


def _route(item: Feedback, row: Row, *, reason: str | None) -> None:
    form: f.RouteRow = row["form"]
    actions.route(
        item,
        row["organization"],
        role=AssignmentRole(form.role.data),
        by=current_actor(),
        reason=reason,
        because=row["because"],
        suggestion=row["suggestion"],
        acknowledge_by=form.acknowledge_by.data,
        answer_by=form.answer_by.data,
    )


def on_assignment(
    reference: str, assignment_id: int, form: f.ActForm, act: Callable[[Assignment], Any], *, done: str
) -> Response | tuple[str, int]:
    item = find(reference)
    assignment = _assignment(item, assignment_id)

    back = url_for(".item", reference=reference)
    return perform(
        assignment,
        form,
        act,
        done=done,
        back=back,
        show_again=lambda: show(item, of=(assignment, form)),
    )


def _assignment(item: Feedback, assignment_id: int) -> Assignment:
    return get_or_404(queries.assignment_of(item, assignment_id, actor=current_actor()))
