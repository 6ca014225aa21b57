"""Two people at once: what came second is done once more by itself, on what is there now, as if it had come later."""

import sqlalchemy as sa
from flask import current_app, has_request_context, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from cass_portal.db import db
from cass_portal.web.access import SAFE_METHODS
from cass_portal.web.uploads import brings_files

TRIED, STORED = "cass.tried_again", "cass.stored"
PASSING = ("40001", "40P01")
"""PostgreSQL's: it could not be put in order with another's act; each was waiting for the other."""


def once_more(error: Exception) -> Response | None:
    """The answer of the second try; None where the first may have left something behind, or was no matter of moments.

    A form that says which version it was made from is refused by the second try as it should be.
    """
    if not is_passing(error) or request.method in SAFE_METHODS or brings_files():
        return None
    if request.environ.get(TRIED) or request.environ.get(STORED):
        return None
    request.environ[TRIED] = True
    db.session.rollback()
    try:
        return current_app.make_response(current_app.dispatch_request())
    except Exception as another:  # noqa: BLE001 whatever it is, it has its page
        return current_app.make_response(current_app.handle_user_exception(another))


def is_passing(error: Exception) -> bool:
    """Whether two acts met, of which the one that this befell may be tried again."""
    if isinstance(error, DBAPIError):
        return getattr(error.orig, "sqlstate", None) in PASSING
    return isinstance(error, StaleDataError)


@sa.event.listens_for(db.session, "after_commit")
def _note_stored(_session: Session) -> None:
    if has_request_context():
        request.environ[STORED] = True
