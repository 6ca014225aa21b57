"""What a browser keeps of a sign-in: a session of its own, new at every sign-in, known to the server."""

from flask import redirect, session, url_for
from flask_login import login_user
from werkzeug.wrappers import Response

from cass_portal.clock import now
from cass_portal.people.models import Person
from cass_portal.policy import Permission, can
from cass_portal.web import safe_next

FORGET = '"cookies", "storage"'
"""Clear-Site-Data at sign-out, for shared computers. Pages of the desk are never stored: no cache has to go."""


def remember(person: Person, secret: str) -> None:
    """Replace whatever this browser's session held by a sign-in of `person`."""
    session.clear()
    session.permanent = True
    session["sid"] = secret
    session["seen_at"] = int(now().timestamp())
    login_user(person)


def forget() -> None:
    session.clear()


def welcome(person: Person, *, wanted: str | None = None) -> Response:
    """Where to go after signing in: what was wanted, else the desk."""
    default = "desk.my_work" if can(person, Permission.DESK_ENTER) else "people.account"
    return redirect(safe_next(wanted, default=default), 303)


def farewell(*, after: str) -> Response:
    """Back to the sign-in page, with nothing left behind. `after` names what it says."""
    forget()
    answer = redirect(url_for("security.login", after=after), 303)
    answer.headers["Clear-Site-Data"] = FORGET
    return answer
