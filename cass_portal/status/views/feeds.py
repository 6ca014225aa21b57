"""Atom and JSON Feed of what is posted about notices: of all, and of one product."""

from flask import request
from werkzeug.wrappers import Response

from cass_portal.announcements.feeds import Feed
from cass_portal.announcements.views.feeds import answer
from cass_portal.directory import queries as directory
from cass_portal.directory.models import Product
from cass_portal.status import queries
from cass_portal.status.feeds import entries
from cass_portal.status.views.blueprint import bp
from cass_portal.text import clean_line
from cass_portal.web import get_or_404, public, public_url

LENGTH = 50


@bp.get("/feeds/status.<any(atom, json):format>")
@public(cached=True)
def feed(format: str) -> Response:  # noqa: A002 - the word of the address
    return _answer(format, "CASS status", public_url(".index"), None)


@bp.get("/feeds/status/<slug>.<any(atom, json):format>")
@public(cached=True)
def product_feed(slug: str, format: str) -> Response:  # noqa: A002
    product = get_or_404(directory.product_by_slug(clean_line(slug)))
    return _answer(format, f"Status of {product.name}", public_url(".product", slug=product.slug), product)


def _answer(kind: str, title: str, home: str, product: Product | None) -> Response:
    updates, notices = queries.told(product, limit=LENGTH)
    url_of = {
        each.announcement_id: public_url("announcements.show", slug=each.announcement.slug)
        for each in notices
    }
    address = public_url(request.endpoint or ".feed", **(request.view_args or {}))
    found = entries(updates, notices, url_of=url_of)[:LENGTH]
    return answer(Feed(title=title, url=address, home=home, entries=found), kind)
