"""Overdue steps: one pass of the worker over a hundred thousand open assignments whose time has come."""

import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.figures import Figure, median
from bench.lists import Place
from cass_portal import migrations
from cass_portal.casework.lifecycle import AssignmentRole, AssignmentState
from cass_portal.casework.models import Assignment
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import Holiday, Level, Organization
from cass_portal.feedback.lifecycle import FeedbackState, Moderation
from cass_portal.feedback.models import Feedback, FeedbackKind, StakeholderKind, Visibility
from cass_portal.history import Event
from cass_portal.worker import minding

ASSIGNMENTS, MEMBERS = 100_000, 10
GOAL_SECONDS = 10
CHUNK = 20_000
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "America/Los_Angeles", "Asia/Tokyo")
DAYS_LATE = 3
"""So little that each has one step to take."""


class Duty:
    """As much of a worker as the step asks for."""

    stop = threading.Event()


def measure(folder: Path, *, rounds: int, assignments: int = ASSIGNMENTS, database: str = "") -> list[Figure]:
    """One line: seconds for all of them, events and next steps stored."""
    place = filled(Place(folder / "overdue", database), assignments=assignments)
    taken = [one_pass(place, assignments=assignments) for _ in range(rounds)]
    name = f"overdue steps of {assignments:,} assignments, one pass"
    goal = f"≤ {GOAL_SECONDS} s"
    return [Figure(name, f"{median(taken):.1f} s", "", goal, median(taken) <= GOAL_SECONDS)]


def one_pass(place: Place, *, assignments: int) -> float:
    """Seconds of the worker's step. Every assignment takes exactly one."""
    with place.opened():
        before = _events()
        db.session.execute(sa.update(Assignment).values(step_at=now() - timedelta(days=1), overdue_steps=0))
        db.session.commit()
        started = time.monotonic()
        worker: Any = Duty()
        while _is_due():
            minding.take_steps(worker)
        took = time.monotonic() - started
        made = _events() - before
    if made != assignments:
        raise SystemExit(f"{made} steps instead of {assignments}")
    return took


def filled(place: Place, *, assignments: int) -> Place:
    at = now()
    with place.opened() as app:
        migrations.upgrade(app)
        members = [_member(number) for number in range(1, MEMBERS + 1)]
        _insert(Organization, members)
        off = [{"organization_id": None, "on": at.date() + timedelta(days=n), "name": "Off"} for n in (3, 9)]
        _insert(Holiday, off)
        _insert(Feedback, [_matter(number, at) for number in range(1, assignments + 1)])
        _insert(Assignment, [_assignment(number, at) for number in range(1, assignments + 1)])
    return place


def _member(number: int) -> dict[str, Any]:
    zone = ZONES[number % len(ZONES)]
    return {
        "id": number, "short_name": f"M{number}", "name": f"Member {number}", "level": Level.CORE,
        "time_zone": zone, "version": 1,
    }  # fmt: skip


def _matter(number: int, at: datetime) -> dict[str, Any]:
    return {
        "id": number, "reference": f"CASS-O{number:07}", "subject": "A matter", "body": "Something happened.",
        "body_html": "<p>Something happened.</p>", "kind": FeedbackKind.PROBLEM, "moderation": Moderation.ACCEPTED,
        "stakeholder_kind": StakeholderKind.USER, "author_visibility": Visibility.PRIVATE, "version": 1,
        "visibility": Visibility.PRIVATE, "created_at": at, "held_because": [], "state": FeedbackState.ROUTED,
    }  # fmt: skip


def _assignment(number: int, at: datetime) -> dict[str, Any]:
    due = at.date() - timedelta(days=1 + number % DAYS_LATE)
    return {
        "id": number, "feedback_id": number, "organization_id": 1 + number % MEMBERS, "role": AssignmentRole.LEAD,
        "state": AssignmentState.SENT, "because": [], "signals": [], "sent_at": at, "acknowledge_by": due,
        "answer_by": due, "version": 1,
    }  # fmt: skip


def _insert(model: Any, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), CHUNK):
        db.session.execute(sa.insert(model), rows[start : start + CHUNK])
        db.session.commit()


def _is_due() -> bool:
    found = db.session.scalar(sa.select(Assignment.id).where(Assignment.step_at <= now()).limit(1))
    db.session.rollback()
    return found is not None


def _events() -> int:
    number = db.session.scalar(sa.select(sa.func.count()).select_from(Event)) or 0
    db.session.rollback()
    return number
