"""One's own account: name, password, signed-in browsers."""

from datetime import timedelta

from flask import current_app, flash, redirect, session, url_for
from flask.typing import ResponseReturnValue

from cass_portal import tokens
from cass_portal.db import db
from cass_portal.fields import given
from cass_portal.people import actions, browser, passwords, sessions
from cass_portal.people.forms import ChangePasswordForm, NameForm
from cass_portal.people.models import Person
from cass_portal.people.views.blueprint import bp
from cass_portal.policy import Permission
from cass_portal.web import current_actor, limit, render, requires

WRONG = "That is not your present password."


@bp.get("/desk/account/")
@requires(Permission.ACCOUNT_MANAGE)
def account() -> str:
    person = current_actor()
    return _page(NameForm(formdata=None, name=person.name), ChangePasswordForm(formdata=None))


@bp.post("/desk/account/name")
@requires(Permission.ACCOUNT_MANAGE)
def rename() -> ResponseReturnValue:
    person, form = current_actor(), NameForm()
    if not form.validate_on_submit():
        return _page(form, ChangePasswordForm(formdata=None)), 422
    actions.rename(person, given(form.name), by=person)
    db.session.commit()
    flash("Your name is saved.", "success")
    return redirect(url_for(".account"), 303)


@bp.post("/desk/account/password")
@requires(Permission.ACCOUNT_MANAGE)
@limit("10 per 15 minutes")
def change_password() -> ResponseReturnValue:
    form = ChangePasswordForm()
    person: Person = current_actor()
    if form.validate_on_submit():
        person_id, stored, name = person.id, person.password, person.name
        db.session.rollback()  # no password is hashed while a transaction is open
        if passwords.matches(given(form.current), stored):
            return _changed(person_id, passwords.hashed(given(form.password)))
        form.current.errors = [WRONG]
        return _page(NameForm(formdata=None, name=name), form), 422
    return _page(NameForm(formdata=None, name=person.name), form), 422


@bp.post("/desk/account/sessions/end")
@requires(Permission.ACCOUNT_MANAGE)
def sign_out_everywhere() -> ResponseReturnValue:
    actions.sign_out_everywhere(current_actor())
    db.session.commit()
    return browser.farewell(after="everywhere")


def _changed(person_id: int, password_hash: str) -> ResponseReturnValue:
    """Every session has ended; this browser gets a new one."""
    person = db.session.get_one(Person, person_id)
    actions.change_password(person, password_hash)
    secret = sessions.open_session(person)
    db.session.commit()
    browser.remember(person, secret)
    flash("Your new password is saved. Other browsers are signed out.", "success")
    return redirect(url_for(".account"), 303)


def _page(name_form: NameForm, password_form: ChangePasswordForm) -> str:
    settings = current_app.extensions["settings"]
    person = current_actor()
    return render(
        "people/account.html",
        person=person,
        name_form=name_form,
        password_form=password_form,
        sessions=sessions.open_sessions(person, absolute=timedelta(hours=settings.session_absolute_hours)),
        this=tokens.digest(session["sid"]),
        idle_minutes=settings.session_idle_minutes,
        absolute_hours=settings.session_absolute_hours,
    )
