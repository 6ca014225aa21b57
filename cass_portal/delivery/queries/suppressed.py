"""Addresses that are not written to. Coordinators and administrators see them."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from cass_portal.delivery.models import Suppression
from cass_portal.delivery.queries.pages import PAGE
from cass_portal.paging import first_of
from cass_portal.policy import Permission, can


def suppressions_for(actor: Any) -> sa.Select[Suppression]:
    """Standing and released ones."""
    query = sa.select(Suppression).options(joinedload(Suppression.released_by))
    return query if can(actor, Permission.SUPPRESSION_RELEASE) else query.where(sa.false())


def suppressions_of(actor: Any, address: str) -> list[Suppression]:
    """Everything that was ever noted of one address, the newest first."""
    query = suppressions_for(actor).where(Suppression.address == address).order_by(Suppression.id.desc())
    return first_of(query, size=PAGE)[0]


def standing_suppressions(actor: Any, *, before: int | None = None) -> tuple[list[Suppression], int | None]:
    """Those that hold, the newest first, and where the next page begins."""
    query = suppressions_for(actor).where(Suppression.released_at.is_(None))
    if before is not None:
        query = query.where(Suppression.id < before)
    rows, has_more = first_of(query.order_by(Suppression.id.desc()), size=PAGE)
    return rows, rows[-1].id if has_more else None
