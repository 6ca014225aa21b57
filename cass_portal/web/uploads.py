"""Routes that take files may get longer bodies than all others; which they are is declared at the view."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, TypeVar

from flask import Flask, current_app, request
from limits import parse
from werkzeug.exceptions import HTTPException, ServiceUnavailable
from werkzeug.http import parse_cookie
from werkzeug.routing import RequestRedirect

from cass_portal.web.access import declared_access
from cass_portal.web.bodies import Places, WholeBodies
from cass_portal.web.limits import limiter, network_address, party_of

View = TypeVar("View", bound=Callable[..., Any])
BODY_WITH_FILES = 51_000_000
"""Five files of ten megabytes each, and what a form has besides."""


UPLOADS = "60 per hour"
"""Forms with files that are looked at from one network address, refused ones included: that takes time."""
LOOKED_AT = Places(6, 3)
"""So many of them at once, the others are refused: forty octets can make a picture that takes a second, and the
server's threads would wait for each other's. Nobody else would be answered.
"""


def takes_files(view: View) -> View:
    """Let the body of a POST to this route be as long as BODY_WITH_FILES, UPLOADS times."""
    rule = limiter.shared_limit(
        lambda: UPLOADS, scope="uploads", methods=["POST"], exempt_when=lambda: not brings_files()
    )
    limited: Any = rule(_few_at_once(view))
    limited.takes_files = True
    return limited


def _few_at_once(view: View) -> Callable[..., Any]:
    @wraps(view)
    def in_its_place(*args: Any, **options: Any) -> Any:
        if not brings_files():
            return view(*args, **options)
        party = network_address()
        if not LOOKED_AT.take(party):
            raise ServiceUnavailable(retry_after=10)
        try:
            return view(*args, **options)
        finally:
            LOOKED_AT.leave(party)

    return in_its_place


def longest_body(app: Flask, environ: dict[str, Any]) -> int:
    """Bytes that a body of this request may have."""
    usual: int = app.config["MAX_CONTENT_LENGTH"]
    try:
        endpoint, _ = app.url_map.bind_to_environ(environ).match()
    except (HTTPException, RequestRedirect, ValueError):
        return usual
    return BODY_WITH_FILES if _may_be_long(app, endpoint, environ) else usual


def may_arrive(environ: dict[str, Any]) -> bool:
    """Whether one more long body is read from its network address. Counted before it is: nothing in it says yet
    whether its form is in order, and to find out takes its whole length.
    """
    party = party_of(environ.get("REMOTE_ADDR", ""))
    return not limiter.enabled or limiter.limiter.hit(parse(UPLOADS), "long bodies", party)


def whole_bodies(app: Flask) -> WholeBodies:
    """What reads the bodies of requests to `app`."""
    return WholeBodies(
        app.wsgi_app,
        limit=app.config["MAX_CONTENT_LENGTH"],
        long_limit=partial(longest_body, app),
        may_arrive=may_arrive,
    )


def install(app: Flask) -> None:
    """Before anything that reads the form."""
    app.before_request(_allow_files)


def _allow_files() -> None:
    if request.endpoint is not None and _may_be_long(current_app, request.endpoint, request.environ):
        request.max_content_length = BODY_WITH_FILES


def brings_files() -> bool:
    """Whether a file was chosen; browsers send a part without a name where none was."""
    return any(each.filename for same in request.files.listvalues() for each in same)


def _may_be_long(app: Flask, endpoint: str, environ: dict[str, Any]) -> bool:
    """Where people sign in first, only from somebody with a session: who it is, is known later."""
    if not getattr(app.view_functions.get(endpoint), "takes_files", False):
        return False
    access = declared_access(app, endpoint)
    is_open = access is not None and access.permission is None
    return is_open or app.config["SESSION_COOKIE_NAME"] in parse_cookie(environ.get("HTTP_COOKIE"))
