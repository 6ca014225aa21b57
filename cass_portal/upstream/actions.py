"""Linking an assignment to where the work goes on, and what the worker finds there. Nothing here answers anybody."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from cass_portal.casework.actions import draft_answer
from cass_portal.casework.lifecycle import ASSIGNMENT, Outcome
from cass_portal.casework.models import Answer, Assignment
from cass_portal.clock import now
from cass_portal.db import claim, db
from cass_portal.history import Event, EventKind, record
from cass_portal.patience import WAITS, lengthened
from cass_portal.policy import SYSTEM, Permission, require
from cass_portal.upstream.addresses import Hosts, Named, named_in, url_of
from cass_portal.upstream.models import UpstreamKind, UpstreamLink, UpstreamState
from cass_portal.upstream.queries import is_due, standing_like
from cass_portal.upstream.refusals import AlreadyLinked, AnswerIsThere, NotAnIssue, NothingProposed
from cass_portal.upstream.wire import Found

LEASE = timedelta(minutes=5)
POLL, SLOW_POLL = timedelta(minutes=30), timedelta(days=1)
"""How often what is open is asked about, and what is closed, which may be opened again."""
HINTED = timedelta(minutes=1)
"""So long after it was asked about, a call of its host is heeded."""
WATCHED_DAYS = 28
"""So long after it closed."""
S = UpstreamState
OVER = (S.CLOSED, S.MERGED)
HIDDEN = "There is none, or its host shows it only to some. Look there yourself."


def link(assignment: Assignment, address: str, *, hosts: Hosts, by: Any) -> UpstreamLink:
    """The work goes on there. Raises NotAnIssue, AlreadyLinked."""
    require(by, Permission.UPSTREAM_LINK, assignment)
    named = named_in(address, hosts)
    if named is None:
        raise NotAnIssue(
            "that is no address of an issue, a pull request or a merge request on a host we link to"
        )
    row = standing_like(named, assignment)
    if row is not None and row.ended_at is None:
        raise AlreadyLinked("the assignment has this link already")
    row = row or UpstreamLink(assignment=assignment, **vars(named))
    row.state, row.title, row.etag, row.ended_at, row.detail = S.UNKNOWN, None, None, None, None
    row.added_at, row.added_by_id, row.check_at, row.failures = now(), by.id, now(), 0
    row.proposes, row.closed_at = False, None
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:  # a colleague was quicker
        raise AlreadyLinked("the assignment has this link already") from None
    _record(row, EventKind.ASSIGNMENT_LINKED, by=by)
    return row


def unlink(row: UpstreamLink, *, by: Any) -> None:
    """The work does not go on there, or not any more."""
    require(by, Permission.UPSTREAM_LINK, row.assignment)
    row.ended_at, row.check_at, row.proposes = now(), None, False
    _record(row, EventKind.ASSIGNMENT_UNLINKED, by=by)


def settle(row: UpstreamLink, *, by: Any) -> None:
    """Somebody has looked at what closed. Raises NothingProposed."""
    require(by, Permission.UPSTREAM_LINK, row.assignment)
    _check_proposes(row)
    row.proposes = False
    _record(row, EventKind.ASSIGNMENT_UPSTREAM_SETTLED, by=by)


def draft_from(row: UpstreamLink, *, by: Any) -> Answer:
    """Begin the answer with what closed; the member reads, changes and releases it.

    Raises AnswerIsThere, NothingProposed.

    The words hold nothing that strangers wrote there, only the address.
    """
    require(by, Permission.ANSWER_DRAFT, row.assignment)
    ASSIGNMENT.after("draft_answer", row.assignment.state)
    if row.assignment.answer is not None:
        raise AnswerIsThere("an answer has been written already; change it by hand")
    _check_proposes(row)
    row.proposes = False
    url = url_of(row.forge, row.host, row.path, row.kind, row.number)
    what = "change" if row.kind == UpstreamKind.CHANGE else "issue"
    done = "was merged" if row.state == S.MERGED else "was closed"
    text = f"The {what} in which we worked on this {done}: <{url}>"
    return draft_answer(row.assignment, text, outcome=Outcome.DONE, by=by, via="upstream")


def look_again(rows: Any, *, patiently: bool = False) -> None:
    """Have these asked about as soon as may be: their host said that something changed, or a person wants to know.

    `patiently`: a minute after the last time at the earliest. Whoever has seen one signed call can send it for ever,
    and its host answers only so many questions.
    """
    for row in rows:
        rested = row.checked_at + HINTED if patiently and row.checked_at else now()
        row.check_at, row.failures = max(now(), rested), 0


def claim_due(*, limit: int) -> list[int]:
    """Lease what has to be asked about."""
    return sorted(claim(UpstreamLink, is_due(), limit=limit, lease=LEASE, order_by=UpstreamLink.check_at))


def note_found(row: UpstreamLink, found: Found) -> Event | None:
    """How it stands now. Its closing proposes an answer where one is owed; its opening takes that back.

    One event where it closed, opened or was merged; none for a new title or name.
    """
    before, kind = row.state, row.kind
    if _is_free(row, found.named):
        row.path, row.kind, row.number = found.named.path, found.named.kind, found.named.number
    row.upstream_id, row.repository_id = found.upstream_id, found.repository_id
    row.title, row.state, row.etag = found.title, found.state, found.etag
    row.detail = "It was moved to another project." if found.state == S.GONE else None
    _checked(row)
    if row.kind != kind:  # an issue's address that turned out to be a pull request's: its own page says more
        row.etag, row.check_at = None, now()
        row.state = before
        return None
    return _note_change(row, before)


def note_unchanged(row: UpstreamLink) -> None:
    _checked(row)


def note_gone(row: UpstreamLink, detail: str) -> None:
    """The host shows it no more; a person may have us look again."""
    row.state, row.detail, row.etag, row.proposes = S.GONE, detail, None, False
    _checked(row)


def note_hidden(row: UpstreamLink) -> None:
    """What is not shown to whoever asks is known by its address alone; a person may have us look again."""
    row.state, row.title, row.etag, row.proposes = S.UNKNOWN, None, None, False
    _checked(row)
    row.detail, row.check_at = HIDDEN, None


def note_failed(row: UpstreamLink, detail: str, *, wait_until: Any = None, is_all: bool = True) -> None:
    """Tried again ever more patiently; a host whose limit is used up is left alone altogether."""
    row.failures += 1
    row.detail, row.checked_at, row.leased_until = detail, now(), None
    row.check_at = wait_until or now() + lengthened(WAITS[min(row.failures, len(WAITS)) - 1])
    if wait_until is not None and is_all:
        db.session.execute(
            sa.update(UpstreamLink)
            .where(
                UpstreamLink.host == row.host, UpstreamLink.check_at < wait_until, UpstreamLink.id != row.id
            )
            .values(check_at=wait_until)
            .execution_options(synchronize_session=False)
        )


def _check_proposes(row: UpstreamLink) -> None:
    """It may be open again since the page was read."""
    if not row.proposes:
        raise NothingProposed("nothing is proposed there now")


def _checked(row: UpstreamLink) -> None:
    row.failures, row.checked_at, row.leased_until = 0, now(), None
    row.detail = row.detail if row.state == S.GONE else None
    if row.state in OVER:
        row.closed_at = row.closed_at or now()
        is_watched = now() - row.closed_at < timedelta(days=WATCHED_DAYS)
        row.check_at = now() + lengthened(SLOW_POLL) if is_watched else None
        return
    row.closed_at = None
    row.check_at = None if row.state == S.GONE else now() + lengthened(POLL)


def _note_change(row: UpstreamLink, before: UpstreamState) -> Event | None:
    is_over, was_over = row.state in OVER, before in OVER
    if row.state == before or (not is_over and not was_over):
        return None
    row.proposes = is_over and row.assignment.is_open and row.assignment.owes_answer
    return _record(
        row, EventKind.ASSIGNMENT_UPSTREAM_CHANGED, by=SYSTEM, before=before.value, after=row.state.value
    )


def _is_free(row: UpstreamLink, named: Named) -> bool:
    """Whether no other link of the assignment has the name that this one has now."""
    other = standing_like(named, row.assignment)
    return other is None or other is row


def _record(row: UpstreamLink, kind: EventKind, *, by: Any, **detail: Any) -> Event:
    assignment = row.assignment
    acting_for = assignment.organization if assignment.organization_id in by.organization_ids else None
    url = url_of(row.forge, row.host, row.path, row.kind, row.number)
    return record(
        assignment.feedback,
        kind,
        by=by,
        acting_for=acting_for,
        assignment=assignment,
        link=row.id,
        url=url,
        **detail,
    )
