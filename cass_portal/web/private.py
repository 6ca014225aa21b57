"""Pages whose address is a secret: hard to guess, kept by nobody, told to no other site, found by no search engine."""

from typing import Any

from flask import Flask, current_app, request
from werkzeug.wrappers import Response

from cass_portal.web.limits import limiter

GUESSES = "30 per 10 minutes"
PREFIXES = ("/f/", "/preview/", "/subscriptions/", "/vote/")
"""Where such pages are. logs.SECRET_PATHS leaves out what follows."""


def install(app: Flask) -> None:
    app.after_request(keep_private)


def limit_guesses(view: Any) -> Any:
    """Only addresses that open nothing count; holders of a link are never slowed by using it."""
    return limiter.shared_limit(GUESSES, scope="private links", deduct_when=_is_miss)(view)


def secret_key() -> str:
    """What signed links are signed with."""
    return str(current_app.config["SECRET_KEY"])


def keep_private(answer: Response) -> Response:
    if request.path.startswith(PREFIXES):
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _is_miss(answer: Response) -> bool:
    return answer.status_code == 404
