"""Reads of deliveries. Coordinators and administrators see all of them: to whom, why, when and what failed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.models import Delivery, DeliveryState, Heartbeat
from cass_portal.history import Event
from cass_portal.paging import first_of
from cass_portal.people.models import ResetRequest
from cass_portal.policy import Permission, can

PAGE = 40


@dataclass(frozen=True)
class Page:
    """One page of a list that is ordered by id; `newer` and `older` are where the pages beside it start."""

    rows: list[Delivery]
    newer: int | None
    older: int | None


def visible_to(actor: Any) -> sa.Select[Delivery]:
    query = sa.select(Delivery)
    return query if can(actor, Permission.DELIVERY_READ) else query.where(sa.false())


def page_of(
    actor: Any, *, state: DeliveryState | None = None, before: int | None = None, after: int | None = None
) -> Page:
    """Deliveries that `actor` may see, newest first, older than `before` or newer than `after`."""
    query = visible_to(actor).options(*_shown_with())
    if state is not None:
        query = query.where(Delivery.is_in(state))
    if after is not None:
        rows, has_more = first_of(query.where(Delivery.id > after).order_by(Delivery.id), size=PAGE)
        rows.reverse()
        return Page(rows, newer=rows[0].id if has_more else None, older=rows[-1].id if rows else None)
    older = query.where(Delivery.id < before) if before is not None else query
    rows, has_more = first_of(older.order_by(Delivery.id.desc()), size=PAGE)
    is_first = before is None or not rows
    return Page(rows, newer=None if is_first else rows[0].id, older=rows[-1].id if has_more else None)


def failed(actor: Any) -> sa.Select[Delivery]:
    """What did not reach its recipient and waits for somebody to look at it."""
    return visible_to(actor).where(Delivery.is_in(DeliveryState.FAILED)).order_by(Delivery.id)


@dataclass(frozen=True)
class Backlog:
    """What waits for a worker: the oldest instants, None where nothing waits or no worker was ever seen.

    A request for a new password counts among the events: the worker makes it one.
    """

    worker_at: datetime | None
    event_at: datetime | None
    delivery_at: datetime | None


def backlog() -> Backlog:
    untold = sa.select(Event.at).where(Event.fanned_out_at.is_(None)).order_by(Event.id).limit(1)
    asked = sa.select(sa.func.min(ResetRequest.requested_at))
    due = sa.select(sa.func.min(Delivery.next_at)).where(Delivery.is_due())
    return Backlog(
        worker_at=db.session.scalar(sa.select(sa.func.max(Heartbeat.at))),
        event_at=min(filter(None, (db.session.scalar(untold), db.session.scalar(asked))), default=None),
        delivery_at=db.session.scalar(due),
    )


def events_wait() -> bool:
    """Whether some event might be claimed now."""
    free = sa.or_(Event.leased_until.is_(None), Event.leased_until < now())
    return _exists(sa.select(Event.id).where(Event.fanned_out_at.is_(None), free))


def deliveries_wait() -> bool:
    """Whether some delivery might be claimed now."""
    free = sa.or_(Delivery.leased_until.is_(None), Delivery.leased_until < now())
    return _exists(sa.select(Delivery.id).where(Delivery.is_due(), free))


def _exists(query: sa.Select[int]) -> bool:
    return db.session.scalar(query.limit(1)) is not None


def _shown_with() -> list[Any]:
    event = joinedload(Delivery.event)
    subjects = (Event.feedback, Event.announcement, Event.person, Event.organization)
    return [event, *(event.selectinload(each) for each in subjects), selectinload(Delivery.organization)]
