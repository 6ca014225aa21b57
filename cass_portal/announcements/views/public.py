"""What everybody reads. These pages are the same for everybody and touch no session."""

from typing import Any

from flask import request, url_for

from cass_portal.announcements import queries
from cass_portal.announcements.feeds import SMALL_CORRECTION
from cass_portal.announcements.forms import KIND_WORDS
from cass_portal.announcements.models import AnnouncementKind, Edition
from cass_portal.announcements.queries import Filters
from cass_portal.announcements.views.beside import beside
from cass_portal.announcements.views.blueprint import bp
from cass_portal.announcements.voice import voice_of
from cass_portal.directory import queries as directory
from cass_portal.policy import STRANGER
from cass_portal.text import clean_line, whole_number
from cass_portal.web import get_or_404, public, public_url, render

PAGE = 20


@bp.get("/announcements/")
@public(cached=True)
def index() -> str:
    filters = filters_of_request()
    before = whole_number(request.args.get("before"))
    found, has_more = queries.listed(filters, before=before, size=PAGE)
    chosen = {name: value for name, value in _as_arguments(filters).items() if value}
    older = url_for(".index", before=found[-1].announcement_id, **chosen) if has_more else None
    options: dict[str, dict[Any, Any]] = {
        "product": {each.slug: each.name for each in directory.listed_products()},
        "member": {each.short_name: each.short_name for each in directory.organizations()},
        "year": {year: year for year in queries.years()},
    }
    return render(
        "announcements/index.html",
        editions=found,
        filters=filters,
        is_filtered=bool(chosen),
        older_url=older,
        newer_url=url_for(".index", **chosen) if before else None,
        kinds=KIND_WORDS,
        options=options,
        has_archive=queries.has_archive(),
        feed=_feed(filters, options),
    )


@bp.get("/announcements/<slug>/")
@public(cached=True)
def show(slug: str) -> str:
    edition = get_or_404(queries.current_by_slug(slug))
    return _page(edition, is_current=True)


@bp.get("/announcements/<slug>/v/<int(max=9999):number>/")
@public(cached=True)
def edition(slug: str, number: int) -> str:
    found = get_or_404(queries.public_edition(slug, number))
    current = get_or_404(queries.current_by_slug(slug))
    return _page(found, is_current=found is current)


def filters_of_request() -> Filters:
    """Filters from the address; what is no known value does not narrow."""
    kind = request.args.get("kind", "")
    return Filters(
        kind=AnnouncementKind(kind) if kind in set(AnnouncementKind) else None,
        product=clean_line(request.args.get("product", ""))[:120] or None,
        member=clean_line(request.args.get("member", ""))[:40] or None,
        year=whole_number(request.args.get("year"), most=2199),
        text=clean_line(request.args.get("q", ""))[:200] or None,
    )


def _feed(filters: Filters, options: dict[str, dict[Any, Any]]) -> tuple[str, str, dict[str, Any]]:
    """(title, endpoint, its values) of the feed that fits what the list is narrowed to."""
    if filters.product in options["product"]:
        return f"CASS on {options['product'][filters.product]}", "feeds.product", {"slug": filters.product}
    if filters.member in options["member"]:
        return f"CASS with {filters.member}", "feeds.member", {"short_name": filters.member}
    return "CASS: announcements and answers", "feeds.everything", {}


def _page(edition: Edition, *, is_current: bool) -> str:
    announcement = edition.announcement
    return render(
        "announcements/show.html",
        edition=edition,
        announcement=announcement,
        is_current=is_current,
        editions=queries.public_editions(announcement),
        voice=voice_of(edition),
        kind_words=KIND_WORDS,
        small_correction=SMALL_CORRECTION,
        products=[each for each in edition.products if each.is_listed],
        address=public_url(".show", slug=announcement.slug),
        answered=queries.answered_by(edition, actor=STRANGER),
        beside=beside([edition]).get(announcement.id, []) if is_current else [],
    )


def _as_arguments(filters: Filters) -> dict[str, Any]:
    return {
        "kind": filters.kind.value if filters.kind else None,
        "product": filters.product,
        "member": filters.member,
        "year": filters.year,
        "q": filters.text,
    }
