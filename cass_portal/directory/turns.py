"""Members do not leave or change their calendars while they are sent something, or while a promise is counted."""

from collections.abc import Collection

import sqlalchemy as sa

from cass_portal.db import check_unchanged, db, is_postgresql
from cass_portal.directory.models import Organization


def count_on(ids: Collection[int]) -> None:
    """The members stay as they are until the act is over; any number of acts may count on them at once.

    Their days are read anew. Raises StaleDataError where one was changed since it was read.
    """
    _hold(sa.select(Organization.id, Organization.version).where(Organization.id.in_(ids)), alone=False)
    for each in db.session.identity_map.values():
        if isinstance(each, Organization) and sa.inspect(each).identity in {(id_,) for id_ in ids}:
            db.session.expire(each, ["days_off", "holidays"])


def hold_member(organization: Organization | None) -> None:
    """Nobody counts on the member, or without one on any, until the act is over. Raises StaleDataError."""
    if not is_postgresql():
        return
    query = sa.select(Organization.id, Organization.version)
    _hold(query.where(Organization.id == organization.id) if organization is not None else query, alone=True)


def _hold(query: sa.Select[int, int], *, alone: bool) -> None:
    """In one order. What names a member, as events do, is not kept from it by others who count on it."""
    locked = query.order_by(Organization.id).with_for_update(read=not alone, key_share=not alone)
    with db.session.no_autoflush:
        check_unchanged(Organization, {row.id: row.version for row in db.session.execute(locked)})
