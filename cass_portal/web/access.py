"""Closed by default: a route that does not say who may use it answers 403."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask_login import current_user
from werkzeug.routing import IntegerConverter
from werkzeug.wrappers import Response

from cass_portal.db import set_reading
from cass_portal.policy import STRANGER, Permission, might
from cass_portal.text import LARGEST_NUMBER

View = TypeVar("View", bound=Callable[..., Any])
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Access:
    """What a route declares. `cached`: the answer is the same for everybody and may be kept by anybody."""

    permission: Permission | None = None
    cached: bool = False


class RowNumber(IntegerConverter):
    """`<int:…>` in an address: what the database's integers cannot hold names no row, so it is a 404."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"max": LARGEST_NUMBER, **options})


FOREIGN_ENDPOINTS = {"static": Access(cached=True)}
"""Routes that libraries bring."""


def public(view: View | None = None, *, cached: bool = False) -> Any:
    """Anybody may. With `cached` the page must not touch the session."""

    def mark(function: View) -> View:
        function.access = Access(cached=cached)  # type: ignore[attr-defined]
        return function

    return mark(view) if view is not None else mark


def requires(permission: Permission) -> Callable[[View], View]:
    """Only a signed-in person whose role might have `permission`; the act itself asks again with its subject."""

    def mark(function: View) -> View:
        function.access = Access(permission)  # type: ignore[attr-defined]
        return function

    return mark


def current_actor() -> Any:
    """The signed-in person, else STRANGER."""
    return current_user._get_current_object() if current_user.is_authenticated else STRANGER


def declared_access(app: Flask, endpoint: str) -> Access | None:
    """What the route behind `endpoint` declares; None when it declares nothing."""
    return FOREIGN_ENDPOINTS.get(endpoint) or getattr(app.view_functions[endpoint], "access", None)


def install(app: Flask) -> None:
    """Register the hooks; the order matters: mode of the transaction, origin, access. Before any route is added."""
    app.url_map.converters["int"] = RowNumber
    app.before_request(_choose_transaction)
    app.before_request(_refuse_odd_path)
    app.before_request(_refuse_foreign_origin)
    app.before_request(_check_access)
    app.teardown_request(lambda _error: set_reading(False))


def _choose_transaction() -> None:
    set_reading(request.method in SAFE_METHODS)


def _refuse_odd_path() -> None:
    """No address of ours holds a NUL, and PostgreSQL takes none in a text that it compares."""
    if "\0" in request.path:
        abort(404)


def _refuse_foreign_origin() -> None:
    """Second line behind the form token. `Origin: null` is what browsers send under no-referrer."""
    if request.method in SAFE_METHODS:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(400, "This form was sent from another site.")
    origin = request.headers.get("Origin", "null")
    if origin != "null" and urlsplit(origin).netloc not in (
        request.host,
        urlsplit(current_app.config["PUBLIC_URL"]).netloc,
    ):
        abort(400, "This form was sent from another site.")


def _check_access() -> Response | None:
    if request.endpoint is None:
        return None
    access = declared_access(current_app, request.endpoint)
    if access is None:
        abort(403)
    g.access = access
    if access.permission is None:
        return None
    actor = current_actor()
    if actor is STRANGER:
        if request.method not in SAFE_METHODS:
            abort(401)
        return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
    if not might(actor, access.permission):
        abort(403)
    return None
