"""Atom and JSON Feed of each scope, and the page that lists them. The same for everybody."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, request
from werkzeug.wrappers import Response

from cass_portal.announcements import queries as announcements
from cass_portal.announcements.feeds import Feed
from cass_portal.announcements.models import Edition
from cass_portal.announcements.views.feeds import answer
from cass_portal.directory import queries as directory
from cass_portal.directory.models import Area, Organization
from cass_portal.feedback import queries as feedback_queries
from cass_portal.policy import STRANGER
from cass_portal.subscriptions.feeds import entries
from cass_portal.subscriptions.lifecycle import Scope
from cass_portal.subscriptions.told import told
from cass_portal.text import clean_line
from cass_portal.web import get_or_404, public, public_url, render

bp = Blueprint("feeds", __name__, url_prefix="/feeds")
LENGTH = 50
FORMAT = "<any(atom, json):format>"


@bp.get("/")
@public(cached=True)
def index() -> str:
    return render(
        "subscriptions/feeds.html",
        members=directory.organizations(),
        areas=directory.areas(),
        topics=directory.topics(),
        products=directory.listed_products(),
    )


@bp.get(f"/announcements.{FORMAT}")
@public(cached=True)
def everything(format: str) -> Response:  # noqa: A002 - the word of the address
    return _answer(
        format, "CASS: announcements and answers", public_url("front.home"), scope=Scope.EVERYTHING
    )


@bp.get(f"/announcements/<slug>.{FORMAT}")
@public(cached=True)
def announcement(slug: str, format: str) -> Response:  # noqa: A002
    found = get_or_404(announcements.current_by_slug(slug))
    home = public_url("announcements.show", slug=found.announcement.slug)
    later = announcements.later_editions(found.announcement_id, limit=LENGTH)
    return _answer(
        format, found.title, home, scope=Scope.ANNOUNCEMENT, target_id=found.announcement_id, later=later
    )


@bp.get(f"/members/<short_name>.{FORMAT}")
@public(cached=True)
def member(short_name: str, format: str) -> Response:  # noqa: A002
    found = get_or_404(sa.select(Organization).where(Organization.short_name == clean_line(short_name)))
    home = public_url("front.member", short_name=found.short_name)
    return _answer(
        format, f"CASS with {found.short_name}", home, scope=Scope.ORGANIZATION, target_id=found.id
    )


@bp.get(f"/areas/<int:area_id>.{FORMAT}")
@public(cached=True)
def area(area_id: int, format: str) -> Response:  # noqa: A002
    found = get_or_404(sa.select(Area).where(Area.id == area_id))
    home = public_url("front.directory", _anchor="products")
    return _answer(format, f"CASS on {found.name}", home, scope=Scope.AREA, target_id=found.id)


@bp.get(f"/topics/<slug>.{FORMAT}")
@public(cached=True)
def topic(slug: str, format: str) -> Response:  # noqa: A002
    found = get_or_404(directory.topic_by_slug(clean_line(slug)))
    home = public_url("front.directory", _anchor="topics")
    return _answer(format, f"CASS on {found.name}", home, scope=Scope.TOPIC, target_id=found.id)


@bp.get(f"/products/<slug>.{FORMAT}")
@public(cached=True)
def product(slug: str, format: str) -> Response:  # noqa: A002
    found = get_or_404(directory.product_by_slug(clean_line(slug)))
    home = public_url("front.product", slug=found.slug)
    return _answer(format, f"CASS on {found.name}", home, scope=Scope.PRODUCT, target_id=found.id)


@bp.get(f"/feedback/<reference>.{FORMAT}")
@public(cached=True)
def feedback(reference: str, format: str) -> Response:  # noqa: A002
    found = get_or_404(feedback_queries.by_reference(reference, actor=STRANGER))
    home = public_url("feedback.show", reference=found.reference)
    return _answer(format, found.subject, home, scope=Scope.FEEDBACK, target_id=found.id)


def _answer(
    format: str,  # noqa: A002
    title: str,
    home: str,
    *,
    scope: Scope,
    target_id: int | None = None,
    later: Sequence[Edition] = (),
) -> Response:
    values: dict[str, Any] = request.view_args or {}
    found = entries(told(scope, target_id, limit=LENGTH), url_of=public_url, limit=LENGTH, later=later)
    return answer(Feed(title, public_url(request.endpoint or ".index", **values), home, found), format)
