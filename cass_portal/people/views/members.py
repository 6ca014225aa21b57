"""People at the desk: who they are, what they may act for, and the acts on an account."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from cass_portal import history
from cass_portal.db import db
from cass_portal.directory.models import Organization
from cass_portal.fields import given
from cass_portal.people import actions, queries
from cass_portal.people.forms import (
    InviteAnybodyForm,
    InviteForm,
    MembershipForm,
    RolesForm,
    organization_choices,
)
from cass_portal.people.models import Membership, Person
from cass_portal.people.views.blueprint import bp
from cass_portal.policy import Permission, can, might
from cass_portal.text import whole_number
from cass_portal.web import check_version, current_actor, get_or_404, render, requires

LAST = "This is the last active administrator. Make somebody else administrator first."
KNOWN = (
    "There is an account with this address already. An administrator can let it act for more organizations."
)


@bp.get("/desk/people/")
@requires(Permission.PEOPLE_READ)
def index() -> str:
    after = whole_number(request.args.get("after"))
    actor = current_actor()
    people, next_after = queries.people_after(actor, after)
    return render(
        "people/index.html",
        people=people,
        older=url_for(".index", after=next_after) if next_after else None,
        is_first=after is None,
        may_invite=might(actor, Permission.PEOPLE_INVITE),
    )


@bp.route("/desk/people/invite", methods=["GET", "POST"])
@requires(Permission.PEOPLE_INVITE)
def invite() -> ResponseReturnValue:
    actor = current_actor()
    anybody = can(actor, Permission.PEOPLE_GRANT)
    organizations = queries.organizations_to_staff(actor)
    form = InviteAnybodyForm() if anybody else InviteForm()
    form.offer(organizations)
    if form.validate_on_submit():
        try:
            person = actions.invite(given(form.email), by=actor, **_invited(form, organizations))
        except actions.KnownAlready:
            form.email.errors = [KNOWN]
        else:
            db.session.commit()
            flash(f"{person.name} is invited. The mail with the link is on its way.", "success")
            return redirect(url_for(".show", person_id=person.id), 303)
    return render("people/invite.html", form=form, anybody=anybody)


@bp.get("/desk/people/<int:person_id>/")
@requires(Permission.PEOPLE_READ)
def show(person_id: int) -> str:
    return _page(_found(person_id))


@bp.post("/desk/people/<int:person_id>/invitation")
@requires(Permission.PEOPLE_INVITE)
def invite_again(person_id: int) -> ResponseReturnValue:
    person = _found(person_id)
    actions.invite_again(person, by=current_actor())
    return _done(person, "The invitation is on its way again. Links sent before no longer work.")


@bp.post("/desk/people/<int:person_id>/switched-off")
@requires(Permission.PEOPLE_GRANT)
def switch_off(person_id: int) -> ResponseReturnValue:
    person = _found(person_id)
    try:
        actions.switch_off(person, by=current_actor())
    except actions.LastAdministrator:
        return _refused(person, LAST)
    return _done(person, "The account is switched off and signed out everywhere.")


@bp.post("/desk/people/<int:person_id>/switched-on")
@requires(Permission.PEOPLE_GRANT)
def switch_on(person_id: int) -> ResponseReturnValue:
    person = _found(person_id)
    actions.switch_on(person, by=current_actor())
    return _done(person, "The account is switched on again.")


@bp.post("/desk/people/<int:person_id>/roles")
@requires(Permission.PEOPLE_GRANT)
def grant(person_id: int) -> ResponseReturnValue:
    person = _found(person_id)
    form = RolesForm()
    if not form.validate_on_submit():
        return _page(person), 400
    check_version(person, form.version.data)
    try:
        actions.grant(
            person,
            administrator=form.administrator.data,
            coordinator=form.coordinator.data,
            by=current_actor(),
        )
    except actions.LastAdministrator:
        return _refused(person, LAST)
    return _done(person, "The roles are saved.")


@bp.post("/desk/people/<int:person_id>/memberships")
@requires(Permission.PEOPLE_INVITE)
def add_membership(person_id: int) -> ResponseReturnValue:
    person = _found(person_id)
    organizations = queries.organizations_to_staff(current_actor())
    form = _membership_form(organizations)
    if not form.validate_on_submit():
        return _refused(person, "Choose one of the organizations and a role.")
    organization = _chosen(form.organization.data, organizations)
    if organization is None:
        return _refused(person, "Choose one of the organizations.")
    actions.add_membership(person, organization, role=form.role.data, by=current_actor())
    return _done(person, f"{person.name} acts for {organization.short_name} from now on.")


@bp.post("/desk/people/<int:person_id>/memberships/<int:membership_id>/end")
@requires(Permission.PEOPLE_INVITE)
def end_membership(person_id: int, membership_id: int) -> ResponseReturnValue:
    person = _found(person_id)
    membership: Membership = get_or_404(queries.membership_of(person, membership_id))
    short_name = membership.organization.short_name
    actions.end_membership(membership, by=current_actor())
    db.session.commit()
    flash(f"{person.name} no longer acts for {short_name}.", "success")
    return redirect(url_for(".index"), 303)


def _found(person_id: int) -> Person:
    return get_or_404(queries.visible_people(current_actor()).where(Person.id == person_id))


def _invited(form: Any, organizations: list[Organization]) -> dict[str, Any]:
    """What `invite` is told besides the address; roles of the Consortium only where the form has them."""
    granted = {key: form[key].data for key in ("administrator", "coordinator") if key in form}
    organization = _chosen(form.organization.data, organizations)
    return {"name": given(form.name), "organization": organization, "role": form.role.data, **granted}


def _chosen(organization_id: int | None, organizations: list[Organization]) -> Organization | None:
    return next((each for each in organizations if each.id == organization_id), None)


def _membership_form(organizations: list[Organization]) -> MembershipForm:
    form = MembershipForm()
    form.organization.choices = organization_choices(organizations)
    return form


def _roles_form(person: Person) -> RolesForm:
    now_held = {"administrator": person.is_administrator, "coordinator": person.is_coordinator}
    return RolesForm(formdata=None, version=person.version, **now_held)


def _page(person: Person) -> str:
    actor = current_actor()
    organizations = queries.organizations_to_staff(actor)
    grants = can(actor, Permission.PEOPLE_GRANT)
    return render(
        "people/show.html",
        person=person,
        roles_form=_roles_form(person),
        membership_form=_membership_form(organizations) if organizations else None,
        seats=queries.seats_of(person),
        events=history.timeline_of(person, audiences=set(history.Audience)) if grants else [],
    )


def _done(person: Person, sentence: str) -> ResponseReturnValue:
    db.session.commit()
    flash(sentence, "success")
    return redirect(url_for(".show", person_id=person.id), 303)


def _refused(person: Person, sentence: str) -> ResponseReturnValue:
    """Nothing was changed; the person's page says why not."""
    db.session.rollback()
    flash(sentence, "error")
    return redirect(url_for(".show", person_id=person.id), 303)
