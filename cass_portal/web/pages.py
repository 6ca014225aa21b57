"""Finding, rendering, redirecting: the few steps all views share."""

from typing import Any, TypeVar
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import abort, current_app, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from cass_portal.db import db

T = TypeVar("T")


class Conflict(Exception):
    """Somebody else changed the thing meanwhile: shown as 409 with what the person had typed."""


def get_or_404(query: sa.Select[T]) -> T:
    """The one row of a query that already holds what the viewer may see; unknown and forbidden are both 404."""
    found = db.session.scalars(query).unique().one_or_none()
    return found if found is not None else abort(404)


def check_version(subject: Any, version: int | None) -> None:
    """Raises Conflict unless the form was made from the row as it is now."""
    if version != subject.version:
        raise Conflict


def safe_next(target: str | None, *, default: str) -> str:
    """`target` when the app itself answers GET there, else the address of endpoint `default`."""
    fallback = url_for(default)
    if (
        not target
        or not target.startswith("/")
        or target.startswith(("//", "/\\"))
        or not target.isprintable()
    ):
        return fallback
    adapter = current_app.url_map.bind("localhost")
    try:
        adapter.match(target.partition("?")[0].removeprefix(request.script_root), method="GET")
    except (HTTPException, RequestRedirect):
        return fallback
    return target


def present_address(**changes: str | None) -> str:
    """This page with some of its parameters changed; None leaves one out.

    Not by url_for, which takes words of its own among them: anybody may write `?_method=…`.
    """
    kept = {**request.args.to_dict(), **changes}
    asked = urlencode({name: value for name, value in kept.items() if value})
    path = url_for(request.endpoint or "", **request.view_args or {})
    return f"{path}?{asked}" if asked else path


def public_url(endpoint: str, **values: Any) -> str:
    """Absolute address made from PUBLIC_URL, never from the request."""
    return str(current_app.config["PUBLIC_URL"]) + url_for(endpoint, **values)
