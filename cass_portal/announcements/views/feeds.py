"""Atom and JSON Feed of everything, of one member, of one product."""

import sqlalchemy as sa
from flask import request
from werkzeug.wrappers import Response

from cass_portal.announcements import queries
from cass_portal.announcements.feeds import Feed, atom, entry_of, json_feed
from cass_portal.announcements.views.beside import beside
from cass_portal.announcements.views.blueprint import bp
from cass_portal.directory import queries as directory
from cass_portal.directory.models import Organization
from cass_portal.text import clean_line
from cass_portal.web import get_or_404, public, public_url

LENGTH = 30
TYPES = {"atom": "application/atom+xml", "json": "application/feed+json"}


@bp.get("/feeds/announcements.<any(atom, json):format>")
@public(cached=True)
def feed(format: str) -> Response:  # noqa: A002 - the word of the address
    return _answer(format, "CASS announcements", public_url(".index"), sa.true())


@bp.get("/feeds/members/<short_name>.<any(atom, json):format>")
@public(cached=True)
def member_feed(short_name: str, format: str) -> Response:  # noqa: A002
    organization = get_or_404(
        sa.select(Organization).where(Organization.short_name == clean_line(short_name))
    )
    home = public_url("front.member", short_name=organization.short_name)
    return _answer(format, f"CASS with {organization.short_name}", home, queries.speaking_for(organization))


@bp.get("/feeds/products/<slug>.<any(atom, json):format>")
@public(cached=True)
def product_feed(slug: str, format: str) -> Response:  # noqa: A002
    product = get_or_404(directory.product_by_slug(clean_line(slug)))
    home = public_url("front.product", slug=product.slug)
    return _answer(format, f"CASS on {product.name}", home, queries.affecting(product))


def _answer(kind: str, title: str, home: str, condition: sa.ColumnElement[bool]) -> Response:
    editions = queries.latest_changes(condition, limit=LENGTH)
    said = beside(editions)
    entries = [
        entry_of(
            each,
            url=public_url(".show", slug=each.announcement.slug),
            later=[(more.html, more.updated_at) for more in said.get(each.announcement_id, [])],
        )
        for each in editions
    ]
    address = public_url(request.endpoint or ".feed", **(request.view_args or {}))
    content = Feed(title=title, url=address, home=home, entries=entries)
    return Response(
        atom(content) if kind == "atom" else json_feed(content), content_type=f"{TYPES[kind]}; charset=utf-8"
    )
