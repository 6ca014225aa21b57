"""My work: what waits for the signed-in person, from every room, oldest promise first; and the preview of Markdown."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from flask import Blueprint, request, url_for

from cass_portal import text
from cass_portal.announcements import queries as announcements
from cass_portal.announcements.questions import waiting_votes
from cass_portal.announcements.rules import waits_for
from cass_portal.casework import waiting as casework
from cass_portal.casework.clocks import Badge
from cass_portal.casework.departures import departed_in_debt
from cass_portal.casework.views.next_up import address_of
from cass_portal.clock import today
from cass_portal.db import db
from cass_portal.delivery import queries as delivery
from cass_portal.mailroom import queries as mailroom
from cass_portal.people.queries import coordinators
from cass_portal.policy import Permission, might
from cass_portal.status import queries as status
from cass_portal.upstream import queries as upstream
from cass_portal.web import current_actor, render, requires

bp = Blueprint("desk", __name__, url_prefix="/desk")


@dataclass(frozen=True)
class Line:
    """One thing to do. `reference` is None where the thing is no matter of a stakeholder."""

    what: str
    why: str
    href: str
    since: datetime
    promised_on: date
    reference: str | None = None
    due_on: date | None = None
    is_overdue: bool = False
    badge: Badge | None = None


@bp.get("/")
@requires(Permission.DESK_ENTER)
def my_work() -> str:
    actor = current_actor()
    lines = [*(_matter(each) for each in casework.waiting_for(actor)), *_votes(actor)]
    lines += [*_announcements(actor), *_notices(actor), *_upstream(actor)]
    lines += _departures(actor)
    return render(
        "desk/my_work.html",
        lines=sorted(lines, key=lambda each: (each.promised_on, each.since)),
        failed_mail=_has_failed_mail(actor),
        tray=mailroom.waiting(actor),
        nobody_reads=might(actor, Permission.PEOPLE_GRANT) and not coordinators(),
        is_coordinator=might(actor, Permission.FEEDBACK_ROUTE),
        is_member=might(actor, Permission.INBOX_READ),
    )


@bp.post("/preview")
@requires(Permission.DESK_ENTER)
def preview() -> str:
    """HTML of the Markdown in `text`, for js/preview.js."""
    return text.preview(request.form.get("text", ""))


def _matter(waiting: casework.Waiting) -> Line:
    return Line(
        what=waiting.what,
        why=waiting.why,
        href=address_of(waiting),
        since=waiting.since,
        promised_on=waiting.promised_on,
        reference=waiting.reference,
        badge=waiting.badge,
    )


def _upstream(actor: Any) -> list[Line]:
    """What closed elsewhere and may be the answer."""
    return [
        Line(
            what=each.assignment.feedback.subject,
            why=f"{'Merged' if each.state == 'merged' else 'Closed'} upstream: does that answer it? (#{each.number})",
            href=url_for("casework.assignment", assignment_id=each.assignment_id),
            since=each.closed_at or each.added_at,
            promised_on=(each.closed_at or each.added_at).date(),
            reference=each.assignment.feedback.reference,
        )
        for each in upstream.proposals_for(actor)
    ]


def _departures(actor: Any) -> list[Line]:
    """Members that have left while matters were open there."""
    if not might(actor, Permission.FEEDBACK_ROUTE):
        return []
    return [
        Line(
            what=f"{organization.short_name} has left the Consortium",
            why=f"{'1 matter needs' if number == 1 else f'{number} matters need'} a successor or a waiver",
            href=url_for("casework.departure", short_name=organization.short_name),
            since=datetime.combine(organization.former_since or today(), time(), UTC),
            promised_on=organization.former_since or today(),
        )
        for organization, number in departed_in_debt()
    ]


def _votes(actor: Any) -> list[Line]:
    """Questions to the members that a seat of `actor` has not answered; the promise is the end of the round."""
    return [
        Line(
            what=each.edition.title,
            why=f"Waits for the vote of {' and '.join(names)}. {each.reason}",
            href=url_for("announcements.ballot", ballot_id=each.id),
            since=each.opened_at,
            promised_on=(each.due_at or each.opened_at).date(),
            due_on=each.due_at.date() if each.due_at is not None else None,
            is_overdue=each.due_at is None,
        )
        for each, names in waiting_votes(actor)
    ]


def _announcements(actor: Any) -> list[Line]:
    return [
        Line(
            what=each.title,
            why=waits_for(each, reader=actor),
            href=url_for("announcements.document", slug=each.announcement.slug),
            since=each.edited_at,
            promised_on=each.edited_at.date(),
        )
        for each in announcements.waiting_for(actor)
    ]


def _notices(actor: Any) -> list[Line]:
    """Open status notices about which nobody has said anything for hours."""
    return [
        Line(
            what=notice.edition.title,
            why=f"Open without an update for {hours} hours. Please say how it goes on.",
            href=url_for("status.notice", slug=notice.announcement.slug),
            since=notice.standing.spoke_at,
            promised_on=notice.standing.spoke_at.date(),
        )
        for notice, hours in status.stale_for(actor)
    ]


def _has_failed_mail(actor: Any) -> bool:
    if not might(actor, Permission.DELIVERY_READ):
        return False
    return db.session.scalar(delivery.failed(actor).limit(1)) is not None
