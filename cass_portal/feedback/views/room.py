"""The room's blueprint and what all pages under /f/ share."""

from typing import Any

from flask import Blueprint, current_app, request
from werkzeug.wrappers import Response

from cass_portal.web.limits import limiter

bp = Blueprint("feedback", __name__)

GUESSES = "30 per 10 minutes"
PRIVATE_PAGES = "/f/"


def limit_guesses(view: Any) -> Any:
    """Only addresses that open nothing count; holders of a link are never slowed by using it."""
    return limiter.shared_limit(GUESSES, scope="private links", deduct_when=_is_miss)(view)


def submission_rate() -> str:
    return f"{current_app.extensions['settings'].submissions_per_hour} per hour"


def is_stored(answer: Response) -> bool:
    """Only what was stored counts against the rate, not the corrections before it."""
    return answer.status_code == 303


def secret_key() -> str:
    return str(current_app.config["SECRET_KEY"])


@bp.after_app_request
def keep_private(answer: Response) -> Response:
    """A private link must not be kept by caches, told to other sites or found by search engines."""
    if request.path.startswith(PRIVATE_PAGES):
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _is_miss(answer: Response) -> bool:
    return answer.status_code == 404
