"""What a browser keeps of a sign-in: a session of its own, new at every sign-in, known to the server."""

from flask import Response, redirect, session, url_for
from flask_login import login_user
from werkzeug.wrappers import Response as AnyResponse

from cass_portal.clock import now
from cass_portal.people.models import Person
from cass_portal.policy import Permission, can
from cass_portal.web import safe_next

FORGET = '"cookies", "storage"'
"""Clear-Site-Data at sign-out, for shared computers. Pages of the desk are never stored, so there is no cache to clear."""


def remember(person: Person, secret: str) -> None:
    """Replace whatever this browser's session held by a sign-in of `person`."""
    session.clear()
    session.permanent = True
    session["sid"] = secret
    session["seen_at"] = int(now().timestamp())
    login_user(person)


def forget() -> None:
    session.clear()


def welcome(person: Person, *, wanted: str | None = None) -> AnyResponse:
    """Where to go after signing in: what was wanted, else the desk."""
    default = "desk.my_work" if can(person, Permission.DESK_ENTER) else "people.account"
    return redirect(safe_next(wanted, default=default), 303)


def farewell(endpoint: str, **values: str) -> AnyResponse:
    """Where to go after signing out, with nothing left behind."""
    forget()
    answer: Response = redirect(url_for(endpoint, **values), 303)  # type: ignore[assignment]
    answer.headers["Clear-Site-Data"] = FORGET
    return answer
