"""A member leaves: its open matters get a successor, go back to triage or are waived; then it is a former member."""

from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response
from wtforms import SelectField
from wtforms.validators import DataRequired, Length

from cass_portal.casework import actions, departures
from cass_portal.casework.forms import SelectChoice
from cass_portal.casework.models import Assignment
from cass_portal.casework.views.blueprint import bp
from cass_portal.db import db
from cass_portal.directory import actions as directory
from cass_portal.directory import queries
from cass_portal.directory.models import Organization
from cass_portal.feedback.turns import take_turn
from cass_portal.fields import Form, TextField, given
from cass_portal.people.models import Person
from cass_portal.policy import Permission
from cass_portal.text import clean_line
from cass_portal.web import current_actor, get_or_404, render, requires
from cass_portal.web.panels import panel

TRIAGE, WAIVE, LATER = "triage", "waive", "later"


class DepartureForm(Form):
    """`everything` is for what has no choice of its own."""

    everything = SelectField("For all of them")
    reason = TextField("Why", [DataRequired("Please give the reason."), Length(max=1_000)])

    def offer(self, organization: Organization) -> None:
        members = [each for each in queries.current_members() if each.id != organization.id]
        self.choices = [
            *(SelectChoice(str(each.id), each.short_name) for each in members),
            SelectChoice(TRIAGE, "Back to triage"),
            SelectChoice(WAIVE, "No answer is owed any more"),
        ]
        self.everything.choices = [SelectChoice(LATER, "Decide later"), *self.choices]


@bp.get("/departures/", endpoint="departures")
@requires(Permission.FEEDBACK_ROUTE)
def departures_page() -> str:
    return render(
        "casework/departures.html", departed=departures.departed_in_debt(), members=queries.current_members()
    )


@bp.route("/departures/<short_name>/", methods=["GET", "POST"])
@requires(Permission.FEEDBACK_ROUTE)
def departure(short_name: str) -> str | Response | tuple[str, int]:
    organization = _organization(short_name)
    form = DepartureForm()
    form.offer(organization)
    owed = departures.owed_by(organization, actor=current_actor())
    if not form.validate_on_submit():
        form.reason.data = form.reason.data or f"{organization.short_name} left the Consortium."
        page = render(
            "casework/departure.html",
            organization=organization,
            form=form,
            owed=owed,
            number=departures.number_owed_by(organization),
        )
        return (page, 422) if form.is_submitted() else page
    take_turn(*(each.feedback for each in owed))
    settled = sum(_settle(each, form) for each in owed)
    db.session.commit()
    if settled:
        flash(f"{settled} of {len(owed)} matters of {organization.short_name} are settled.", "success")
    else:
        flash("Nothing was settled: choose a successor for one of them, or for all.", "warning")
    return redirect(url_for(".departure", short_name=organization.short_name), 303)


@bp.route("/departures/<short_name>/former", methods=["GET", "POST"])
@requires(Permission.DIRECTORY_EDIT)
def make_former(short_name: str) -> str | Response:
    organization = _organization(short_name)
    if request.method == "POST":
        directory.leave(organization, owing=departures.number_owed_by, by=current_actor())
        db.session.commit()
        flash(f"{organization.short_name} is a former member now. What it said stays.", "success")
        return redirect(url_for("directory.organization", short_name=organization.short_name), 303)
    owes = departures.number_owed_by(organization)
    return render("casework/make_former.html", organization=organization, owes=owes)


@panel("person")
def has_panel(person: Person) -> str:
    rows = departures.held_by(person, actor=current_actor())
    return render("casework/_has.html", rows=rows) if rows else ""


def _organization(short_name: str) -> Organization:
    return get_or_404(queries.member_by_short_name(clean_line(short_name)))


def _settle(assignment: Assignment, form: DepartureForm) -> bool:
    """What was chosen for this one, else for all."""
    chosen = request.form.get(f"to-{assignment.id}") or form.everything.data
    known = {each.value for each in form.choices}
    if chosen not in known:
        return False
    said: dict[str, Any] = {"reason": given(form.reason), "by": current_actor()}
    if chosen == WAIVE:
        actions.waive(assignment, **said)
    elif chosen == TRIAGE:
        actions.return_to_triage(assignment, **said)
    else:
        actions.succeed(assignment, db.session.get_one(Organization, int(chosen)), **said)
    return True
