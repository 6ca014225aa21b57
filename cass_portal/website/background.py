"""The worker's step for the web site: mark what changed, then send it or ask what became of it. Commits."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager

from cass_portal.announcements.models import Announcement
from cass_portal.config import Settings
from cass_portal.db import db, peek
from cass_portal.website import actions, queries
from cass_portal.website.github import GitHub, Parcel, Pull, open_github
from cass_portal.website.lifecycle import RequestState
from cass_portal.website.models import SiteRequest
from cass_portal.website.news_file import NewsFile, news_file
from cass_portal.website.wire import GitHubFailed

log = logging.getLogger(__name__)
AT_ONCE = 2
"""So few that their lease cannot run out while GitHub is slow."""
GoingOn = Callable[[str], AbstractContextManager[None]]


def work(settings: Settings, going_on: GoingOn) -> bool:
    """One round; whether there was anything to do. What fails inside `going_on` does not keep the rest from running."""
    if not queries.is_configured(settings) or not peek(_something_is_due):
        return False
    changed = _mark(settings, going_on)
    claimed = actions.claim_due(limit=AT_ONCE)
    db.session.commit()
    with open_github(settings) as github:
        for request_id in claimed:
            with going_on(f"the web site's request {request_id}"):
                if github is not None and not _one(github, request_id, settings):
                    break
    return bool(changed or claimed)


def parcel_of(request: SiteRequest, file: NewsFile, *, public_url: str) -> Parcel:
    """What is sent. Nobody's words stand outside of the file: there GitHub would read @names and “fixes #1” in them."""
    slug = request.announcement.slug
    return Parcel(
        path=file.path,
        content=file.content,
        branch=request.branch,
        message=f"Say {slug} as the portal does, edition {file.edition}",
        title=f"News from the portal: {slug}",
        description=(
            f"The announcement {public_url}/announcements/{slug}/ as it was agreed. Later editions, corrections and "
            "a withdrawal become commits on this branch while this request is open."
        ),
    )


def _something_is_due() -> bool:
    return queries.something_is_due() or bool(queries.out_of_step(limit=1))


def _mark(settings: Settings, going_on: GoingOn) -> list[int]:
    changed = queries.out_of_step(limit=20)
    db.session.rollback()
    for announcement_id in changed:
        with going_on(f"the web site's file of announcement {announcement_id}"):
            announcement = db.session.get_one(Announcement, announcement_id)
            file = news_file(announcement, public_url=settings.public_url)
            if file is not None:
                actions.mark(announcement, file)
            db.session.commit()
    return changed


def _one(github: GitHub, request_id: int, settings: Settings) -> bool:
    """Send it or ask about it, outside of any transaction; whether the rate limit lets others go on."""
    request = db.session.get_one(SiteRequest, request_id)
    file = news_file(request.announcement, public_url=settings.public_url)
    is_waiting, number = request.state == RequestState.WAITING, request.number
    parcel = parcel_of(request, file, public_url=settings.public_url) if file and is_waiting else None
    db.session.commit()
    failure: GitHubFailed | None = None
    pull: Pull | None = None
    try:
        if parcel is not None:
            pull = github.offer(parcel)
        elif number is not None:
            pull = github.pull(number)
    except GitHubFailed as error:
        failure = error
    _note(request_id, file if parcel is not None else None, pull, failure)
    return failure is None or failure.wait_until is None


def _note(request_id: int, file: NewsFile | None, pull: Pull | None, failure: GitHubFailed | None) -> None:
    request = db.session.get_one(SiteRequest, request_id, with_for_update=True, populate_existing=True)
    if failure is not None:
        log.warning("the web site's request %s: %s", request_id, failure)
        actions.note_failure(request, failure)
        if failure.wait_until is not None:
            actions.hold_all(failure.wait_until)
    elif file is not None:
        actions.note_sent(request, file, pull)
    elif pull is not None:
        actions.note_state(request, pull)
    db.session.commit()
