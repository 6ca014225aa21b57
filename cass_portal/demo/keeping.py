"""Promises: members with calendars of their own, a question nobody answered, and an answer that was looked at again."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from cass_portal.casework import actions as casework
from cass_portal.casework.actions import silence
from cass_portal.casework.actions.calendars import change_holidays, set_calendar
from cass_portal.casework.lifecycle import AssignmentRole, Outcome
from cass_portal.clock import as_of
from cass_portal.db import db
from cass_portal.demo.people import Cast
from cass_portal.directory.models import Organization
from cass_portal.feedback import actions as feedback
from cass_portal.feedback.lifecycle import Verdict
from cass_portal.feedback.models import Feedback, FeedbackKind, StakeholderKind, Visibility
from cass_portal.people.queries import administrators
from cass_portal.workdays import federal_holidays

ZONES = {"S4PST": "America/Denver", "RAPIDS": "America/Chicago", "STEP": "America/Los_Angeles"}
EVERYBODY = [0, 1, 2, 3, 4]


def keep(start: datetime, *, cast: Cast) -> None:
    with as_of(start - timedelta(days=95)):
        _calendars(start, cast)
    _never_answered(start, cast)
    _looked_at_again(start, cast)


def _calendars(start: datetime, cast: Cast) -> None:
    years = [*federal_holidays(start.year), *federal_holidays(start.year + 1)]
    change_holidays(None, add=years, by=administrators()[0])
    for short_name, zone in ZONES.items():
        lead = cast.leads[short_name]
        set_calendar(_member(short_name), time_zone=zone, workdays=EVERYBODY, by=lead)
    friday_off = _member("LEADS")
    set_calendar(friday_off, time_zone="America/New_York", workdays=EVERYBODY[:4], by=cast.leads["LEADS"])


def _never_answered(start: datetime, cast: Cast) -> None:
    """Asked, called to mind after a week, closed after three."""
    by, agent = cast.coordinators[0], cast.agents["STEP"]
    item = _told(start - timedelta(days=30), "The profile has no names of kernels", "quiet@example.org")
    with as_of(start - timedelta(days=29)):
        casework.route(item, _member("STEP"), role=AssignmentRole.LEAD, by=by)
    with as_of(start - timedelta(days=27)):
        casework.acknowledge(item.assignments[0], by=agent)
        casework.ask(item, "Which compiler and which release of TAU?", by=agent, acting_for=_member("STEP"))
    with as_of(start - timedelta(days=20)):
        silence.remind(item)
    with as_of(start - timedelta(days=6)):
        silence.close(item)


def _looked_at_again(start: datetime, cast: Cast) -> None:
    """Answered, found good, and weeks later not any more: the clock runs anew."""
    by, agent = cast.coordinators[1], cast.agents["FASTMath"]
    item = _told(
        start - timedelta(days=60), "The eigensolver needs twice the memory it says", "again@example.org"
    )
    with as_of(start - timedelta(days=59)):
        casework.route(item, _member("FASTMath"), role=AssignmentRole.LEAD, by=by)
    assignment = item.assignments[0]
    with as_of(start - timedelta(days=50)):
        casework.draft_answer(
            assignment, "The estimate counts all buffers now.", outcome=Outcome.DONE, by=agent
        )
        casework.release_answer(assignment, by=agent)
    with as_of(start - timedelta(days=48)):
        feedback.give_verdict(item, Verdict.SOLVED)
    with as_of(start - timedelta(days=22)):
        silence.ask_outcome(item)
    with as_of(start - timedelta(days=3)):
        feedback.give_verdict(
            item, Verdict.NOT_SOLVED, note="With the new release it is back.", is_check=True
        )


def _told(at: datetime, subject: str, email: str) -> Feedback:
    with as_of(at):
        item = feedback.submit(
            subject=subject,
            body=f"{subject}. It was fine with the release before, on the same machine.",
            kind=FeedbackKind.PROBLEM,
            stakeholder_kind=StakeholderKind.USER,
            visibility=Visibility.MEMBERS,
            email=email,
        )
        db.session.flush()
        feedback.confirm(item)
    return item


def _member(short_name: str) -> Organization:
    return db.session.scalars(sa.select(Organization).where(Organization.short_name == short_name)).one()
