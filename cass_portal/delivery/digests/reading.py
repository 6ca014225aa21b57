"""The rows that digests are composed of, as plain tuples."""

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from cass_portal.announcements.models import Announcement
from cass_portal.db import db
from cass_portal.delivery.digests.agenda import Agenda, Item
from cass_portal.delivery.digests.picking import Rule
from cass_portal.delivery.models import Bulletin, BulletinState
from cass_portal.feedback.queries import visibility_condition
from cass_portal.history import Event, EventKind
from cass_portal.policy import STRANGER
from cass_portal.subscriptions.lifecycle import TARGETED
from cass_portal.subscriptions.models import Subscription


def is_true_still() -> sa.ColumnElement[bool]:
    """Condition on Bulletin joined with its event: it was not called off, and everybody may read what it is about.

    A withdrawal is news for as long as it is not taken back.
    """
    tells_withdrawal = Event.kind == EventKind.ANNOUNCEMENT_WITHDRAWN
    is_withdrawn = Event.announcement.has(Announcement.withdrawn_at.is_not(None))
    of_announcement = sa.and_(Event.announcement_id.is_not(None), tells_withdrawal == is_withdrawn)
    of_feedback = sa.and_(Event.feedback_id.is_not(None), Event.feedback.has(visibility_condition(STRANGER)))
    return sa.and_(Bulletin.state != BulletinState.CANCELLED, sa.or_(of_announcement, of_feedback))


def agenda_of(start: datetime, end: datetime) -> Agenda:
    """What happened in [start, end) and is still true."""
    columns = Bulletin.__table__.c
    query = (
        sa.select(columns.id, columns.at, columns.matter, columns.facets)
        .join(Event, Event.id == columns.event_id)
        .where(columns.at >= start, columns.at < end, is_true_still())
    )
    return Agenda(Item(*row) for row in db.session.execute(query))


def rules_of(subscribers: Iterable[int], *, since: datetime) -> dict[int, list[Rule]]:
    """By subscriber, the rules that held at some instant after `since`, by id."""
    query = (
        sa.select(
            _rule.c.subscriber_id, _rule.c.id, _rule.c.frequency, _rule.c.scope, _target, _rule.c.matters,
            _rule.c.confirmed_at, _rule.c.ended_at, _rule.c.ended_reason,
        )
        .where(
            _rule.c.subscriber_id.in_(sorted(subscribers)),
            _rule.c.confirmed_at.is_not(None),
            sa.or_(_rule.c.ended_at.is_(None), _rule.c.ended_at > since),
        )
        .order_by(_rule.c.subscriber_id, _rule.c.id)
    )  # fmt: skip
    rows = db.session.execute(query)
    return {who: [Rule(*row[1:]) for row in theirs] for who, theirs in groupby(rows, key=lambda row: row[0])}


_rule: Any = Subscription.__table__
_target = sa.func.coalesce(*(_rule.c[f"{scope.value}_id"] for scope in TARGETED))
