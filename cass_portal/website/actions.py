"""The verbs of the way back to the web site. What the repository said is noted by the worker, one event a change."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from cass_portal.announcements.models import Announcement
from cass_portal.clock import now
from cass_portal.db import claim, db
from cass_portal.history import Audience, EventKind, record
from cass_portal.patience import WAITS, lengthened, next_attempt_at
from cass_portal.policy import SYSTEM, Permission, require
from cass_portal.transitions import TransitionRefused
from cass_portal.website.github import Pull
from cass_portal.website.lifecycle import RequestState
from cass_portal.website.models import SiteRequest
from cass_portal.website.news_file import NewsFile
from cass_portal.website.queries import is_due, last_telling_event, request_of
from cass_portal.website.wire import GitHubFailed

LEASE = timedelta(minutes=10)
"""Longer than all calls for one request may take (wire.CALL_SECONDS each)."""
POLL = timedelta(minutes=10)
"""How often an open request is asked for its state."""
ERROR_LENGTH = 500


def mark(announcement: Announcement, file: NewsFile) -> None:
    """Note what the web site should have by now; a file that differs from the one noted before waits to be sent."""
    request = request_of(announcement, locked=True)
    if request is None:
        request = SiteRequest(
            announcement=announcement,
            state=RequestState.WAITING,
            branch=f"portal/{announcement.slug}",
            wanted_digest="",
            seen_event=0,
        )
        try:
            with db.session.begin_nested():
                db.session.add(request)
        except IntegrityError:  # another worker was quicker
            return
    request.seen_event = last_telling_event(announcement)
    if request.wanted_digest != file.digest:
        request.wanted_digest = file.digest
        _wait(request)


def send_again(announcement: Announcement, file: NewsFile, *, by: Any) -> None:
    """Ask once more for what failed, was closed or was never asked for. Raises TransitionRefused for the others."""
    require(by, Permission.WEBSITE_SEND)
    mark(announcement, file)
    request = request_of(announcement, locked=True)
    if request is None or (request.is_settled and not request.is_stuck):
        raise TransitionRefused("send_again", request.state if request else "unknown")
    _wait(request)
    _tell(request, by=by)


def claim_due(*, limit: int) -> list[int]:
    """Lease what has to be sent or asked about."""
    return sorted(claim(SiteRequest, is_due(), limit=limit, lease=LEASE, order_by=SiteRequest.due_at))


def note_sent(request: SiteRequest, file: NewsFile, pull: Pull | None) -> None:
    """`file` is in `pull`; without one the site has it already. What was asked for meanwhile waits on."""
    request.sent_digest, request.sent_edition = file.digest, file.edition
    request.state = RequestState.MERGED if pull is None else RequestState.OPEN
    if pull is not None:
        request.number, request.url = pull.number, pull.url
    _asked(request)
    _tell(request, by=SYSTEM, edition=file.edition)
    if request.wanted_digest != file.digest:
        _wait(request)


def note_state(request: SiteRequest, pull: Pull) -> None:
    """What became of an open request. One that waits to be sent anew finds out by itself."""
    if request.state != RequestState.OPEN:
        request.leased_until = None
        return
    has_changed = pull.state != request.state
    request.state = pull.state
    _asked(request)
    if has_changed:
        _tell(request, by=SYSTEM)


def note_failure(request: SiteRequest, failure: GitHubFailed) -> None:
    """Tried again later, unless that cannot help. A rate limit is no failure; an open request stays one."""
    request.error, request.leased_until = str(failure)[:ERROR_LENGTH], None
    if failure.pull is not None:
        request.number, request.url = failure.pull.number, failure.pull.url
    if failure.wait_until is not None:
        request.due_at = failure.wait_until
        return
    request.attempts = min(request.attempts + 1, len(WAITS) + 1)
    next_at = None if failure.permanent else next_attempt_at(request.attempts)
    if next_at is None and request.state == RequestState.WAITING:
        request.state, request.due_at = RequestState.FAILED, None
        _tell(request, by=SYSTEM, note=request.error)
        return
    request.due_at = next_at or now() + lengthened(WAITS[-1])


def hold_all(until: Any) -> None:
    """Nothing is asked before `until`: the rate limit is the token's, not one request's."""
    held = sa.update(SiteRequest).where(SiteRequest.state.in_((RequestState.WAITING, RequestState.OPEN)))
    db.session.execute(held.where(SiteRequest.due_at < until).values(due_at=until, leased_until=None))


def _wait(request: SiteRequest) -> None:
    request.state, request.due_at = RequestState.WAITING, now()
    request.attempts, request.error = 0, None


def _asked(request: SiteRequest) -> None:
    request.attempts, request.error, request.leased_until = 0, None, None
    request.checked_at = now()
    request.due_at = now() + POLL if request.state == RequestState.OPEN else None


def _said(request: SiteRequest) -> str:
    words = {
        RequestState.WAITING: "It is sent once more.",
        RequestState.OPEN: f"Pull request {request.number} asks for it.",
        RequestState.MERGED: "The web site has it.",
        RequestState.CLOSED: f"Pull request {request.number} was closed without taking it.",
        RequestState.FAILED: "It could not be sent.",
    }
    return words[request.state]


def _tell(request: SiteRequest, *, by: Any, note: str | None = None, edition: int | None = None) -> None:
    record(
        request.announcement,
        EventKind.ANNOUNCEMENT_SITE_REQUEST,
        by=by,
        audience=Audience.MEMBERS,
        note=note or _said(request),
        state=request.state.value,
        number=request.number,
        edition=edition or request.sent_edition or 1,
    )
