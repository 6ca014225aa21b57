"""Accepting an invitation: looking changes nothing, sending the form makes the account once."""

from flask import current_app
from flask.typing import ResponseReturnValue

from cass_portal.db import db, read_only
from cass_portal.fields import given
from cass_portal.people import actions, browser, links, passwords, sessions
from cass_portal.people.forms import FirstAdministratorForm, JoinForm
from cass_portal.people.models import Person
from cass_portal.people.views.blueprint import bp
from cass_portal.people.views.secret_page import secret_page
from cass_portal.web import limit, public


@bp.route("/invitation/<token>", methods=["GET", "POST"])
@public
@limit("30 per hour")
def invitation(token: str) -> ResponseReturnValue:
    key = current_app.config["SECRET_KEY"]
    with read_only():
        person = links.invited_person(token, key=key)
        first = person is None and links.makes_first_administrator(token, key=key)
        invited = (
            (person.name, person.email, [o.short_name for o in person.organizations]) if person else None
        )
        db.session.rollback()
    if not invited and not first:
        return secret_page("security/link_over.html", 404, reset=False)
    form = FirstAdministratorForm() if first else JoinForm(name=invited[0] if invited else None)
    if not form.validate_on_submit():
        return secret_page("security/join.html", form=form, invited=invited)
    password_hash = passwords.hashed(given(form.password))
    try:
        joined = _make_first(form, password_hash) if first else _join(token, form, password_hash, key=key)
    except actions.KnownAlready:
        db.session.rollback()
        joined = None
    if joined is None:
        return secret_page("security/link_over.html", 404, reset=False)
    secret = sessions.open_session(joined)  # joining is the event
    db.session.commit()
    browser.remember(joined, secret)
    return browser.welcome(joined)


def _join(token: str, form: JoinForm, password_hash: str, *, key: str) -> Person | None:
    """The link is looked at again: it may have been used while the password was hashed."""
    person = links.invited_person(token, key=key)
    if person is not None:
        actions.accept_invitation(person, name=given(form.name), password_hash=password_hash)
    return person


def _make_first(form: FirstAdministratorForm, password_hash: str) -> Person:
    return actions.make_first_administrator(
        given(form.email), name=given(form.name), password_hash=password_hash
    )
