"""The list of deliveries, filtered, in keyset pages that cost the same whatever lies before them."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from cass_portal.db import db
from cass_portal.delivery.models import Channel, Delivery, DeliveryState, RecipientRole
from cass_portal.history import Event, EventKind
from cass_portal.paging import first_of
from cass_portal.policy import Permission, can

PAGE = 40
WINDOW = 50_000
"""How many deliveries one page looks through for the rare ones of a filter; it then says how far it looked."""
COUNTED = 20_000
"""More than so many that have not arrived are not counted."""


@dataclass(frozen=True)
class Filter:
    """What the list is narrowed to. `kind` of the event; `is_digest`: of none. `domain` of the address, lower case."""

    state: DeliveryState | None = None
    came_back: bool = False
    channel: Channel | None = None
    kind: EventKind | None = None
    is_digest: bool = False
    domain: str | None = None
    role: RecipientRole | None = None
    since: datetime | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether it is about more than the state."""
        return any((self.channel, self.kind, self.is_digest, self.domain, self.role, self.since))

    @property
    def may_be_rare(self) -> bool:
        """Whether finding a page of it could mean walking through everything that ever arrived."""
        return self.is_narrow and not self.came_back and self.state in (None, DeliveryState.SENT)

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        found: list[sa.ColumnElement[bool]] = []
        if self.state is not None:
            found.append(Delivery.is_in(self.state))
        if self.came_back:
            # As a list of ids, SQLite finds them by their index instead of walking everything from the newest on.
            back = sa.orm.aliased(Delivery)
            found.append(Delivery.id.in_(sa.select(back.id).where(back.bounced_at.is_not(None))))
        if self.channel is not None:
            found.append(Delivery.channel == self.channel)
        if self.kind is not None:
            of_kind = sa.exists().where(Event.id == Delivery.event_id, Event.kind == self.kind)
            found.append(of_kind)
        if self.is_digest:
            found.append(Delivery.digest_id.is_not(None))
        if self.domain is not None:
            found.append(sa.func.lower(Delivery.address).endswith(f"@{self.domain}", autoescape=True))
        if self.role is not None:
            found.append(Delivery.role == self.role)
        if self.since is not None:
            found.append(Delivery.created_at >= self.since)
        return found


@dataclass(frozen=True)
class Page:
    """One page of a list that is ordered by id; `newer` and `older` are where the pages beside it start.

    `looked_until`: the page ends here because enough was looked through, not because there is no more.
    """

    rows: list[Delivery]
    newer: int | None
    older: int | None
    looked_until: datetime | None = None


def visible_to(actor: Any) -> sa.Select[Delivery]:
    query = sa.select(Delivery)
    return query if can(actor, Permission.DELIVERY_READ) else query.where(sa.false())


def page_of(
    actor: Any, wanted: Filter | None = None, *, before: int | None = None, after: int | None = None
) -> Page:
    """Deliveries that `actor` may see, newest first, older than `before` or newer than `after`."""
    wanted = wanted or Filter()
    query = visible_to(actor).where(*wanted.conditions()).options(*_shown_with())
    if after is not None:
        return _newer_page(query, after, window=WINDOW if wanted.may_be_rare else None)
    return _older_page(query, before, wanted)


def _newer_page(query: sa.Select[Delivery], after: int, *, window: int | None) -> Page:
    ceiling = after + window if window is not None else None
    near = query.where(Delivery.id > after)
    if ceiling is not None:
        near = near.where(Delivery.id <= ceiling)
    rows, has_more = first_of(near.order_by(Delivery.id), size=PAGE)
    rows.reverse()
    if has_more:
        return Page(rows, newer=rows[0].id, older=rows[-1].id)
    goes_on = ceiling is not None and _instant_of(Delivery.id > ceiling, Delivery.id.asc()) is not None
    return Page(rows, newer=ceiling if goes_on else None, older=rows[-1].id if rows else after + 1)


def _older_page(query: sa.Select[Delivery], before: int | None, wanted: Filter) -> Page:
    older = query.where(Delivery.id < before) if before is not None else query
    floor = None
    if wanted.may_be_rare:
        top = before or (db.session.scalar(sa.select(sa.func.max(Delivery.id))) or 0) + 1
        floor = max(0, top - WINDOW)
        older = older.where(Delivery.id >= floor)
    rows, has_more = first_of(older.order_by(Delivery.id.desc()), size=PAGE)
    newer = rows[0].id if before is not None and rows else None
    if has_more or floor is None:
        return Page(rows, newer=newer, older=rows[-1].id if has_more else None)
    until = _instant_of(Delivery.id < floor, Delivery.id.desc())
    if until is None or (wanted.since is not None and until < wanted.since):
        return Page(rows, newer=newer, older=None)
    return Page(rows, newer=newer, older=floor, looked_until=until)


def _instant_of(condition: sa.ColumnElement[bool], order: sa.ColumnElement[Any]) -> datetime | None:
    """When the first delivery of that order was made; ids and instants grow together."""
    return db.session.scalar(sa.select(Delivery.created_at).where(condition).order_by(order).limit(1))


def failed(actor: Any) -> sa.Select[Delivery]:
    """What did not reach its recipient and waits for somebody to look at it."""
    return failed_of(actor, Filter())


def failed_of(actor: Any, wanted: Filter) -> sa.Select[Delivery]:
    """The same, of a filter; its state is left aside. Oldest first."""
    conditions = [Delivery.is_in(DeliveryState.FAILED), *_without_state(wanted).conditions()]
    return visible_to(actor).where(*conditions).order_by(Delivery.id)


def count_failed(actor: Any, wanted: Filter, *, most: int) -> int:
    """How many of a filter failed; `most` + 1 stands for more."""
    first = failed_of(actor, wanted).with_only_columns(Delivery.id).limit(most + 1).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(first)) or 0


def unsent_counts() -> tuple[dict[DeliveryState, int], bool]:
    """How many have not arrived, by state, and whether there are more than were counted."""
    newest = (
        sa.select(Delivery.state)
        .where(sa.text("state <> 'sent'"))
        .order_by(Delivery.id.desc())
        .limit(COUNTED + 1)
        .subquery()
    )
    rows = db.session.execute(sa.select(newest.c.state, sa.func.count()).group_by(newest.c.state))
    counts = {row[0]: row[1] for row in rows}
    return counts, sum(counts.values()) > COUNTED


def _without_state(wanted: Filter) -> Filter:
    return replace(wanted, state=None, came_back=False)


def _shown_with() -> list[Any]:
    event = joinedload(Delivery.event)
    subjects = (Event.feedback, Event.announcement, Event.person, Event.organization, Event.topic)
    return [
        event,
        *(event.selectinload(each) for each in subjects),
        selectinload(Delivery.organization),
        selectinload(Delivery.digest),
        selectinload(Delivery.webhook),
    ]
