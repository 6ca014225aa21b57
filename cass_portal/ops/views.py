"""Answers to operators and machines."""

import hmac
from datetime import UTC, datetime, time, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, current_app, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from cass_portal.clock import today
from cass_portal.config import LOOPBACK, Settings
from cass_portal.db import db
from cass_portal.ops.health import health
from cass_portal.ops.metrics import exposition
from cass_portal.web import public, public_url

bp = Blueprint("ops", __name__)

CONTACT_DAYS = 180
"""How long security.txt vouches for itself; RFC 9116 §2.5.5 recommends less than a year."""
PRIVATE_PATHS = ("/desk/", "/f/", "/preview/", "/vote/", "/subscriptions/", "/invitation/", "/sign-in")
FORWARDED = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")
"""Who sends one of these came through a proxy: its own address says nothing about where the request began."""


@bp.get("/healthz")
@public
def healthz() -> tuple[Response, int]:
    """503 only when the database fails: pages can be served while no worker runs, a load balancer should know."""
    try:
        found = health(_settings())
    except SQLAlchemyError:
        db.session.rollback()
        return jsonify(status="failing", database="failing"), 503
    return jsonify(found), 200


@bp.get("/metrics")
@public
def metrics() -> Response:
    """404 for who may not, as if there were none."""
    if not _may_read_metrics():
        abort(404)
    return Response(exposition(_settings()), content_type=CONTENT_TYPE_LATEST)


def _may_read_metrics() -> bool:
    """Who sends METRICS_TOKEN; where none is set, this machine by its own name: not all proxies say what they are."""
    token = _settings().metrics_token.get_secret_value()
    if token:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())
    is_asked_here = urlsplit(f"//{request.host}").hostname in LOOPBACK
    came_through = any(name in request.headers for name in FORWARDED)
    return is_asked_here and not came_through and _is_this_machine(request.remote_addr)


def _is_this_machine(address: str | None) -> bool:
    try:
        found = ip_address(address or "")
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback


@bp.get("/.well-known/security.txt")
@public(cached=True)
def security_txt() -> Response:
    """RFC 9116. The date changes once a day, so that the text can be kept in between."""
    expires = datetime.combine(today() + timedelta(days=CONTACT_DAYS), time(), UTC)
    return _text(
        f"Contact: {_settings().security_contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {public_url('.security_txt')}",
    )


@bp.get("/robots.txt")
@public(cached=True)
def robots_txt() -> Response:
    return _text("User-agent: *", *(f"Disallow: {path}" for path in PRIVATE_PATHS))


def _text(*lines: str) -> Response:
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
