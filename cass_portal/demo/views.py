"""“Sign in as …”: registered in the demonstration only, which refuses to exist unless it is on this machine."""

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, abort, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from cass_portal.db import db
from cass_portal.demo import people
from cass_portal.people import actions, browser
from cass_portal.people.models import Person
from cass_portal.web import public, render

bp = Blueprint("demo", __name__)


@bp.app_context_processor
def sign_in_bar() -> dict[str, Any]:
    """The list of people on pages of one's own; pages that anybody may keep only link to it."""
    access = g.get("access")
    if access is None or access.cached:
        return {"demo": True}
    return {
        "demo": True,
        "demo_people": [(each.email, people.words_for(each)) for each in people.everybody()],
    }


@bp.get("/demo/sign-in")
@public
def choose() -> str:
    return render("demo/sign_in.html")


@bp.post("/demo/sign-in")
@public
def sign_in() -> Response:
    if not current_app.extensions["settings"].demo:
        abort(404)
    email = request.form.get("person", "")
    person = db.session.scalar(sa.select(Person).where(Person.email == email, Person.active))
    if person is None:
        abort(400, "There is nobody with that address in the demonstration.")
    secret = actions.open_session(person)
    db.session.commit()
    browser.remember(person, secret)
    return redirect(url_for("desk.my_work"), 303)
