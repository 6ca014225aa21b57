"""Public pages composed of several rooms: home, directory, product, member. The same for everybody."""

from io import BytesIO

import segno
from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from cass_portal.announcements import queries as announcements
from cass_portal.announcements.forms import KIND_WORDS
from cass_portal.directory import queries as directory_queries
from cass_portal.front import queries
from cass_portal.search import words_of
from cass_portal.text import clean_line
from cass_portal.web import get_or_404, public, public_url, render
from cass_portal.web.translation import said

bp = Blueprint("front", __name__)
RECENT = 5


@bp.get("/")
@public(cached=True)
def home() -> str:
    return render("front/home.html", home=queries.home(), kinds=KIND_WORDS)


@bp.get("/directory/")
@public(cached=True)
def directory() -> str:
    text = clean_line(request.args.get("q", "")[:200])
    found = queries.catalog(words_of(text), say=said)
    return render(
        "front/directory.html",
        q=text,
        searched=bool(words_of(text)),
        found=found,
        areas=queries.by_area(found.products),
        stewarded=queries.counts_by_steward(),
        looked_after=queries.topics_by_owner(),
    )


@bp.get("/products/<slug>/")
@public(cached=True)
def product(slug: str) -> str:
    found = get_or_404(directory_queries.product_by_slug(clean_line(slug)))
    standing, latest = queries.news_about(found)
    return render(
        "front/product.html",
        product=found,
        standing=standing,
        announcements=latest,
        kinds=KIND_WORDS,
        found=queries.about(found, limit=RECENT),
        recent=RECENT,
        form_address=public_url("feedback.new", product=found.slug),
    )


@bp.get("/products/<slug>/feedback.svg")
@public(cached=True)
def feedback_code(slug: str) -> Response:
    """The QR code of the form with the product filled in, for a slide, a poster or a manual."""
    found = get_or_404(directory_queries.product_by_slug(clean_line(slug)))
    code = segno.make(public_url("feedback.new", product=found.slug), error="m")
    picture = BytesIO()
    code.save(
        picture, kind="svg", scale=8, border=4, light="white", xmldecl=False, svgclass=None, lineclass=None
    )
    return Response(picture.getvalue(), mimetype="image/svg+xml")


@bp.get("/products/<slug>/feedback-card/")
@public(cached=True)
def feedback_card(slug: str) -> str:
    """A page to print: the code, the address and what it is for."""
    found = get_or_404(directory_queries.product_by_slug(clean_line(slug)))
    return render("front/card.html", product=found, address=public_url("feedback.new", product=found.slug))


@bp.get("/members/<short_name>/")
@public(cached=True)
def member(short_name: str) -> str | Response:
    """Former members keep their page; an address in other letter case leads to the canonical one."""
    found = get_or_404(directory_queries.member_by_short_name(clean_line(short_name)))
    if found.short_name != short_name:
        return redirect(url_for(".member", short_name=found.short_name), 301)
    return render(
        "front/member.html",
        member=found,
        products=directory_queries.products_of(found),
        topics=directory_queries.topics_of(found),
        announcements=announcements.recent_of(found, RECENT),
        kinds=KIND_WORDS,
        found=queries.answered_by(found, limit=RECENT),
        recent=RECENT,
    )
