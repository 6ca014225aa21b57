"""What operators and machines ask: health, security.txt, robots.txt."""

from datetime import UTC, datetime, time, timedelta

from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy.exc import SQLAlchemyError

from cass_portal.clock import now, today
from cass_portal.db import db
from cass_portal.delivery import queries
from cass_portal.web import public, public_url

bp = Blueprint("ops", __name__)

LATE_SECONDS = 60
"""A worker not seen for this long, or work waiting for this long, makes the portal “degraded”."""
CONTACT_DAYS = 180
"""How long security.txt vouches for itself; RFC 9116 §2.5.5 recommends less than a year."""
PRIVATE_PATHS = ("/desk/", "/f/", "/preview/", "/vote/", "/invitation/", "/sign-in")


@bp.get("/healthz")
@public
def healthz() -> tuple[Response, int]:
    """503 only when the database fails: pages can be served while no worker runs, a load balancer should know."""
    try:
        waiting = queries.backlog()
    except SQLAlchemyError:
        db.session.rollback()
        return jsonify(status="failing", database="failing"), 503
    ages = {
        "worker_seconds": _age(waiting.worker_at),
        "oldest_event_seconds": _age(waiting.event_at),
        "oldest_delivery_seconds": _age(waiting.delivery_at),
    }
    late = ages["worker_seconds"] is None or any(
        age is not None and age > LATE_SECONDS for age in ages.values()
    )
    return jsonify(status="degraded" if late else "ok", database="ok", **ages), 200


@bp.get("/.well-known/security.txt")
@public(cached=True)
def security_txt() -> Response:
    """RFC 9116. The date changes once a day, so that the text can be kept in between."""
    expires = datetime.combine(today() + timedelta(days=CONTACT_DAYS), time(), UTC)
    return _text(
        f"Contact: {current_app.extensions['settings'].security_contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {public_url('.security_txt')}",
    )


@bp.get("/robots.txt")
@public(cached=True)
def robots_txt() -> Response:
    return _text("User-agent: *", *(f"Disallow: {path}" for path in PRIVATE_PATHS))


def _age(instant: datetime | None) -> int | None:
    return None if instant is None else max(0, int((now() - instant).total_seconds()))


def _text(*lines: str) -> Response:
    return Response("\n".join(lines) + "\n", mimetype="text/plain")
