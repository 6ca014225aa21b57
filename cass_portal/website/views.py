"""The web site's file of an announcement, the pull request that brings it there, and the site's older news."""

from itertools import groupby

from flask import Blueprint, current_app, flash, redirect, url_for
from werkzeug.wrappers import Response

from cass_portal.announcements import queries as announcements
from cass_portal.announcements.models import Announcement
from cass_portal.config import Settings
from cass_portal.db import db
from cass_portal.policy import Permission, can
from cass_portal.text import clean_line
from cass_portal.web import current_actor, get_or_404, public, render, requires
from cass_portal.web.panels import panel
from cass_portal.website import actions, queries
from cass_portal.website.lifecycle import RequestState
from cass_portal.website.news_file import NewsFile, news_file

bp = Blueprint("website", __name__)
blueprints = [bp]
WORDS = {
    RequestState.WAITING: "Waits to be sent",
    RequestState.OPEN: "Open on GitHub",
    RequestState.MERGED: "On the web site",
    RequestState.CLOSED: "Closed on GitHub",
    RequestState.FAILED: "Failed",
}


@bp.get("/announcements/archive/")
@public(cached=True)
def archive() -> str:
    entries = announcements.archive()
    years = [(year, list(found)) for year, found in groupby(entries, lambda each: each.published_on.year)]
    return render("website/archive.html", years=years)


@bp.get("/desk/announcements/<slug>/news-file")
@requires(Permission.ANNOUNCEMENT_READ_OPEN)
def download(slug: str) -> Response:
    """The file for the site's repository, for whoever brings it there by hand."""
    file = _file_of(get_or_404(announcements.current_by_slug(slug)).announcement)
    answer = Response(file.content, content_type="text/markdown; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename=file.name)
    return answer


@bp.get("/desk/web-site/")
@requires(Permission.WEBSITE_SEND)
def index() -> str:
    return render(
        "website/index.html",
        requests=queries.requests_for(current_actor()),
        words=WORDS,
        repository=_settings().github_repository if queries.is_configured(_settings()) else None,
    )


@bp.post("/desk/announcements/<slug>/site-request")
@requires(Permission.WEBSITE_SEND)
def send(slug: str) -> Response:
    announcement = get_or_404(queries.sendable_for(current_actor(), clean_line(slug)))
    actions.send_again(announcement, _file_of(announcement), by=current_actor())
    back = url_for("announcements.document", slug=announcement.slug)
    db.session.commit()
    flash("It is sent to the web site's repository within a minute.", "success")
    return redirect(
        back if can(current_actor(), Permission.ANNOUNCEMENT_READ_OPEN) else url_for(".index"), 303
    )


@panel("announcement")
def panel_of(announcement: Announcement) -> str:
    """What the desk's page of a published announcement says of the web site."""
    if announcement.first_published_at is None:
        return ""
    request = queries.request_of(announcement)
    may_send = can(current_actor(), Permission.WEBSITE_SEND) and queries.is_configured(_settings())
    return render(
        "website/_panel.html",
        announcement=announcement,
        request=request,
        words=WORDS,
        may_send=may_send and (request is None or request.is_stuck),
    )


def _file_of(announcement: Announcement) -> NewsFile:
    file = news_file(announcement, public_url=_settings().public_url)
    if file is None:
        raise LookupError(f"{announcement.slug} was never published")
    return file


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
