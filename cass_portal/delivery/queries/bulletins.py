"""Bulletins: what subscribers are told of, how far that has come, and who gets it.

Coordinators and administrators see all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from cass_portal.announcements.models import Announcement
from cass_portal.db import db
from cass_portal.delivery.bulletins import Progress, progress_from
from cass_portal.delivery.models import UNSENT, Bulletin, Delivery, DeliveryState, RecipientRole
from cass_portal.delivery.queries.pages import PAGE
from cass_portal.directory.models import Area, Organization, Product, Topic
from cass_portal.history import Event
from cass_portal.paging import first_of
from cass_portal.policy import Permission, can
from cass_portal.subscriptions.lifecycle import Frequency, Scope
from cass_portal.subscriptions.matching import is_about
from cass_portal.subscriptions.models import RUNNING, Subscription

SHOWN_BESIDE = 10
"""Bulletins shown at their announcement."""
COUNTED = 50_000
"""So many rules are looked at when those that match are counted; of more it says “at least”."""


def bulletins_for(actor: Any) -> sa.Select[Bulletin]:
    subjects = (
        selectinload(Event.announcement).selectinload(Announcement.editions),
        selectinload(Event.feedback),
        selectinload(Event.actor),
    )
    # No joined loading: an act locks the row it got from here, and PostgreSQL locks no row of an outer join.
    query = sa.select(Bulletin).options(*(selectinload(Bulletin.event).options(each) for each in subjects))
    return query if can(actor, Permission.DELIVERY_READ) else query.where(sa.false())


def bulletins_page(actor: Any, *, before: int | None = None) -> tuple[list[Bulletin], int | None]:
    """The newest first, and where the next page begins."""
    query = bulletins_for(actor)
    if before is not None:
        query = query.where(Bulletin.id < before)
    rows, has_more = first_of(query.order_by(Bulletin.id.desc()), size=PAGE)
    return rows, rows[-1].id if has_more else None


def bulletins_of(announcement: Announcement) -> list[Bulletin]:
    """Of one announcement, the newest first: its publication, its editions, its updates. For who may read its page."""
    query = sa.select(Bulletin).join(Bulletin.event).where(Event.announcement_id == announcement.id)
    query = query.options(sa.orm.contains_eager(Bulletin.event)).order_by(Bulletin.id.desc())
    return first_of(query, size=SHOWN_BESIDE)[0]


def progress_of_all(bulletins: Sequence[Bulletin]) -> dict[int, Progress]:
    """By the bulletin's id; as many questions for one as for forty."""
    events = [each.event_id for each in bulletins]
    of_them = (Delivery.event_id.in_(events), Delivery.role == RecipientRole.SUBSCRIBER)
    query = sa.select(Delivery.event_id, Delivery.state, sa.func.count()).where(*of_them, sa.text(UNSENT))
    unsent: dict[int | None, dict[DeliveryState, int]] = {each: {} for each in events}
    for event_id, state, count in db.session.execute(query.group_by(Delivery.event_id, Delivery.state)):
        unsent[event_id][state] = count
    back = sa.select(Delivery.event_id, sa.func.count()).where(*of_them, Delivery.bounced_at.is_not(None))
    bounced = {row[0]: row[1] for row in db.session.execute(back.group_by(Delivery.event_id))}
    return {
        each.id: progress_from(each, unsent[each.event_id], bounced.get(each.event_id, 0))
        for each in bulletins
    }


@dataclass(frozen=True)
class Reach:
    """How many rules of one scope match, by how often their subscribers hear; `names` of what the scope is about."""

    scope: Scope
    names: list[str]
    counts: dict[Frequency, int]


def audience_of(bulletin: Bulletin) -> tuple[list[Reach], bool]:
    """The rules that match as they stand now, by scope; and whether there may be more than were looked at."""
    looked_at = sa.select(Subscription.id).where(sa.text(RUNNING)).limit(COUNTED)
    query = (
        sa.select(Subscription.scope, Subscription.frequency, sa.func.count())
        .where(Subscription.id.in_(looked_at), is_about(bulletin.matter, bulletin.facets))
        .group_by(Subscription.scope, Subscription.frequency)
    )
    found: dict[Scope, dict[Frequency, int]] = {}
    for scope, frequency, count in db.session.execute(query):
        found.setdefault(scope, {})[frequency] = count
    looked = db.session.scalar(sa.select(sa.func.count()).select_from(looked_at.subquery())) or 0
    reaches = [
        Reach(scope, _names(scope, bulletin.facets), found.get(scope, {}))
        for scope in Scope
        if scope == Scope.EVERYTHING or bulletin.facets.get(scope.value)
    ]
    return reaches, looked >= COUNTED


_NAMED: dict[Scope, Any] = {
    Scope.ORGANIZATION: Organization.short_name,
    Scope.AREA: Area.name,
    Scope.PRODUCT: Product.name,
    Scope.TOPIC: Topic.name,
}


def _names(scope: Scope, facets: dict[str, Any]) -> list[str]:
    column = _NAMED.get(scope)
    if column is None:
        return []
    query = sa.select(column).where(column.class_.id.in_(facets[scope.value])).order_by(column)
    return list(db.session.scalars(query))
