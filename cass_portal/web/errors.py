"""What people see when something fails: what happened, that nothing was lost, the next step."""

import logging
from typing import Any

from flask import Flask, request
from flask import render_template as flask_render
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError
from werkzeug.wrappers import Response

from cass_portal.db import db
from cass_portal.languages import DEFAULT
from cass_portal.policy import NotPermitted
from cass_portal.text import TextRefused
from cass_portal.transitions import ActRefused
from cass_portal.web.once_more import once_more
from cass_portal.web.pages import Conflict
from cass_portal.web.translation import language

log = logging.getLogger(__name__)
NEVER_SHOWN = ("csrf_token", "current", "password", "password_confirm", "form_key", "words")
RETRY_SECONDS = "30"


def install(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(NotPermitted, lambda _error: _page(403))
    app.register_error_handler(ActRefused, lambda error: _page(409, text=f"{_sentence(error)}."))
    app.register_error_handler(TextRefused, lambda error: _page(400, text=str(error)))
    app.register_error_handler(StaleDataError, lambda error: once_more(error) or _page(409))
    app.register_error_handler(Conflict, lambda _error: _page(409))
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(Exception, _unexpected)


def _http(error: HTTPException) -> Response:
    if isinstance(error, SecurityError):
        # A foreign Host: there is no address of ours that a page could link to.
        return Response("This portal does not answer to that host name.\n", 400, mimetype="text/plain")
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()
    own_words = getattr(error, "description", None) if error.code == 400 else None
    standard = type(error).description if hasattr(type(error), "description") else None
    answer = _page(error.code or 500, text=own_words if own_words != standard else None)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


def _database(error: DBAPIError) -> Response:
    """The database is busy, full, read-only or restarting: nothing was stored, try again."""
    if answered := once_more(error):
        return answered
    log.exception("database error", exc_info=error)
    answer = _page(503)
    answer.headers["Retry-After"] = RETRY_SECONDS
    return answer


def _unexpected(error: Exception) -> Response:
    log.exception("unexpected error", exc_info=error)
    return _page(InternalServerError.code)


def _page(status: int, *, text: str | None = None) -> Response:
    """`text` in place of the page's own words, which other languages keep: errors say in English what they are."""
    db.session.rollback()
    told = text if language() == DEFAULT else None
    markup = flask_render("errors/error.html", status=status, text=told, kept=kept_text())
    return Response(markup, status, mimetype="text/html")


def kept_text() -> list[tuple[str, str]]:
    """What the person had typed, by field, so that an error page can give it back."""
    if request.method in ("GET", "HEAD"):
        return []
    try:
        fields: Any = request.form.items(multi=True)
        return [(name, value) for name, value in fields if name not in NEVER_SHOWN and _is_typed(value)]
    except HTTPException:
        return []


def _is_typed(value: str) -> bool:
    """Rather than picked: what is picked comes as one short word, a number or a slug."""
    return len(value) > 20 or " " in value.strip()


def _sentence(error: Exception) -> str:
    text = str(error)
    return text[:1].upper() + text[1:]
