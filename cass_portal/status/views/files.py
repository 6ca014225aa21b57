"""What others show on their pages and in their calendars: badges and dates."""

from collections.abc import Sequence

from flask import request
from werkzeug.wrappers import Response

from cass_portal.announcements.lifecycle import ProductLevel
from cass_portal.announcements.models import Edition
from cass_portal.directory import queries as directory
from cass_portal.status import queries
from cass_portal.status.calendar import Appointment, calendar
from cass_portal.status.views.blueprint import bp
from cass_portal.status.words import LEVELS
from cass_portal.text import clean_line, excerpt
from cass_portal.web import get_or_404, public, public_url, render

COLORS = {
    ProductLevel.NO_KNOWN_ISSUES: "#1a6a3a",
    ProductLevel.MAINTENANCE: "#0f5699",
    ProductLevel.ADVISORY: "#5b4a8a",
    ProductLevel.DEGRADED: "#7c4d00",
    ProductLevel.OUTAGE: "#a3231b",
}
"""Those of static/css/tokens.css: a badge is drawn on pages that have no style sheet of ours."""
NAME_LENGTH = 40
SIGN_WIDTH, PADDING = 7, 8


@bp.get("/status/badge/<slug>.svg")
@public(cached=True)
def badge(slug: str) -> Response:
    """A small picture of one product's level. Any site may show it."""
    product = get_or_404(directory.product_by_slug(clean_line(slug)))
    level, name = queries.level_of(product), excerpt(product.name, length=NAME_LENGTH)
    words = LEVELS[level].lower()
    picture = render(
        "status/badge.svg",
        name=name,
        words=words,
        color=COLORS[level],
        name_width=_width(name),
        words_width=_width(words),
        padding=PADDING,
    )
    answer = Response(picture, content_type="image/svg+xml; charset=utf-8")
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.add_etag()
    return answer.make_conditional(request)


@bp.get("/status/calendar.ics")
@public(cached=True)
def calendar_file() -> Response:
    return _calendar("CASS: maintenance and events", queries.dates())


@bp.get("/status/<slug>/calendar.ics")
@public(cached=True)
def product_calendar(slug: str) -> Response:
    product = get_or_404(directory.product_by_slug(clean_line(slug)))
    return _calendar(f"{product.name}: maintenance and events", queries.dates(product))


def _calendar(name: str, editions: Sequence[Edition]) -> Response:
    moved = queries.moved_ends(editions)
    appointments = [
        Appointment(
            each,
            url=public_url("announcements.show", slug=each.announcement.slug),
            ends_at=moved.get(each.announcement_id, [each.ends_at])[-1],
            moves=len(moved.get(each.announcement_id, [])),
        )
        for each in editions
    ]
    return Response(calendar(name, appointments), content_type="text/calendar; charset=utf-8")


def _width(text: str) -> int:
    """Room for `text` at 11 px; the picture stretches the letters to it, whatever the font."""
    return len(text) * SIGN_WIDTH
