"""Sign-in, sign-out and a forgotten password. Nothing here tells whether an address is known."""

from flask import Blueprint, Response, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from cass_portal import tokens
from cass_portal.db import db, read_only
from cass_portal.fields import given
from cass_portal.people import actions, browser, links, passwords
from cass_portal.people.forms import ForgottenForm, NewPasswordForm, SignInForm
from cass_portal.people.views.blueprint import bp as people
from cass_portal.people.views.secret_page import secret_page
from cass_portal.policy import STRANGER
from cass_portal.web import current_actor, limit, public, render
from cass_portal.web.limits import network_address

bp = Blueprint("security", __name__)

FAILED = "Address and password do not fit together. Check both, or ask for a new password."
NOTICES = {
    "password": "Your new password is saved. Sign in with it.",
    "everywhere": "You are signed out everywhere.",
    "out": "You are signed out.",
}
FAILURES_FROM_ONE_PLACE = "10 per 15 minutes"
FAILURES_PER_ACCOUNT = "100 per hour"
"""Wide enough that nobody is locked out by somebody else's few guesses."""
RESETS_PER_ADDRESS = "10 per hour"


def _per_network_address() -> str:
    return f"{current_app.extensions['settings'].sign_in_per_minute} per minute"


def _account() -> str:
    """The account that is tried, known or not; the limiter's memory holds no mail address."""
    return "account " + tokens.digest(request.form.get("email", "").strip().lower())


def _account_from_here() -> str:
    return f"{_account()} from {network_address()}"


def _failed(answer: Response) -> bool:
    return answer.status_code != 303


@bp.route("/sign-in", methods=["GET", "POST"])
@public
@limit(_per_network_address, methods=["POST"])
@limit(FAILURES_FROM_ONE_PLACE, methods=["POST"], key_func=_account_from_here, deduct_when=_failed)
@limit(FAILURES_PER_ACCOUNT, methods=["POST"], key_func=_account, deduct_when=_failed)
def login() -> ResponseReturnValue:
    wanted = request.values.get("next")
    actor = current_actor()
    if actor is not STRANGER:
        return browser.welcome(actor, wanted=wanted)
    form = SignInForm()
    if form.validate_on_submit():
        signed_in = actions.sign_in(given(form.email).lower(), given(form.password))
        if signed_in is not None:
            db.session.commit()
            browser.remember(*signed_in)
            return browser.welcome(signed_in[0], wanted=wanted)
        form.form_errors.append(FAILED)
    notice = NOTICES.get(request.args.get("after", ""))
    return render("security/sign_in.html", form=form, wanted=wanted, notice_text=notice)


@people.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    actor = current_actor()
    if actor is not STRANGER:
        actions.sign_out(actor, session["sid"])
        db.session.commit()
    return browser.farewell(after="out")


@bp.route("/sign-in/forgotten", methods=["GET", "POST"])
@public
@limit(RESETS_PER_ADDRESS, methods=["POST"])
def forgot_password() -> ResponseReturnValue:
    form = ForgottenForm()
    if form.validate_on_submit():
        actions.request_reset(given(form.email))
        db.session.commit()
        return redirect(url_for(".reset_requested"), 303)
    return render("security/forgotten.html", form=form)


@bp.get("/sign-in/forgotten/sent")
@public
def reset_requested() -> ResponseReturnValue:
    return render("security/reset_requested.html")


@bp.route("/sign-in/new-password/<token>", methods=["GET", "POST"])
@public
@limit("30 per hour")
def reset_password(token: str) -> ResponseReturnValue:
    key = current_app.config["SECRET_KEY"]
    form = NewPasswordForm()
    with read_only():
        person = links.resetting_person(token, key=key)
        db.session.rollback()
    if person is None:
        return secret_page("security/link_over.html", 404, reset=True)
    if not form.validate_on_submit():
        return secret_page("security/new_password.html", form=form)
    password_hash = passwords.hashed(given(form.password))
    person = links.resetting_person(token, key=key)
    if person is None:
        return secret_page("security/link_over.html", 404, reset=True)
    actions.change_password(person, password_hash)
    db.session.commit()
    return browser.farewell(after="password")
