"""What the worker minds: maintenance that the clock starts or ends, and open notices that fell silent."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cass_portal.announcements.lifecycle import EditionState, Stage
from cass_portal.announcements.models import Announcement, Edition
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.history import Event, EventKind
from cass_portal.status.lifecycle import NAG_HOURS, is_running
from cass_portal.status.queries import facts
from cass_portal.status.queries.notices import Notice, shown
from cass_portal.status.spans import Standing


@dataclass(frozen=True)
class Silence:
    """`hours` of the reminder that is due; None where the last one has been sent, or it is too early."""

    since: datetime
    hours: int | None


def in_need_of_care(at: datetime) -> list[int]:
    """Ids of the announcements for which the worker has something to do at `at`. A constant number of statements."""
    standings = facts.standings(facts.counting_since(at), at=at, by_clock=False)
    said = _reminders(list(standings))
    return [
        id_
        for id_, each in standings.items()
        if step_due(each, at) is not None or silence_of(each, said[id_], at).hours is not None
    ]


def step_due(standing: Standing, at: datetime) -> tuple[Stage, datetime] | None:
    """Where the clock has to move a notice (as posted so far), and since when it is due."""
    if not standing.follows_clock or standing.is_withdrawn:
        return None
    starts_at, ends_at = standing.starts_at, standing.ends_at
    if standing.stage == Stage.SCHEDULED and starts_at is not None and starts_at <= at:
        return Stage.IN_PROGRESS, starts_at
    under_way = standing.stage in (Stage.IN_PROGRESS, Stage.VERIFYING)
    return (Stage.COMPLETED, ends_at) if under_way and ends_at is not None and ends_at <= at else None


def silence_of(standing: Standing, reminders: list[tuple[datetime, int]], at: datetime) -> Silence:
    """How long nobody has said anything about a running notice, given the reminders (when, of how many hours)."""
    since = standing.spoke_at
    if not is_running(standing.stage) or standing.is_withdrawn:
        return Silence(since, None)
    passed = max((hours for hours in NAG_HOURS if at - since >= timedelta(hours=hours)), default=0)
    sent = max((hours for told_at, hours in reminders if told_at > since), default=0)
    return Silence(since, passed if passed > sent else None)


def reminders_of(announcement: Announcement) -> list[tuple[datetime, int]]:
    return _reminders([announcement.id])[announcement.id]


def stale_for(actor: Any) -> list[tuple[Notice, int]]:
    """Silent notices that wait for `actor`, with the full hours of their silence, the longest first.

    A coordinator also sees those whose owner is gone.
    """
    at = now()
    standings = facts.standings(facts.counting_since(at), at=at)
    limit = timedelta(hours=NAG_HOURS[0])
    silent = {
        id_: each
        for id_, each in standings.items()
        if is_running(each.stage) and not each.is_withdrawn and at - each.spoke_at >= limit
    }
    mine = [
        each for each in shown(silent) if (each.owner.id == actor.id if each.owner else actor.is_coordinator)
    ]
    found = [(each, (at - each.standing.spoke_at) // timedelta(hours=1)) for each in mine]
    return sorted(found, key=lambda each: -each[1])


def out_now(ids: list[int]) -> sa.ColumnElement[bool]:
    """The published editions of these announcements: the rows that the worker leases."""
    return sa.and_(Edition.announcement_id.in_(ids), Edition.state == EditionState.PUBLISHED)


def _reminders(ids: list[int]) -> dict[int, list[tuple[datetime, int]]]:
    query = sa.select(Event.announcement_id, Event.at, Event.detail).where(
        Event.announcement_id.in_(ids), Event.kind == EventKind.ANNOUNCEMENT_STALE
    )
    found: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    for announcement_id, at, detail in db.session.execute(query):
        if announcement_id is not None:
            found[announcement_id].append((at, int(detail.get("hours", 0))))
    return found
