"""Reading what became of policies. For administrators."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from cass_portal.db import db
from cass_portal.history import Event, EventKind


def policy_changes(*, limit: int = 50) -> Sequence[Event]:
    """The changes of all kinds, the newest first."""
    query = (
        sa.select(Event).where(Event.kind == EventKind.POLICY_CHANGED).order_by(Event.id.desc()).limit(limit)
    )
    return db.session.scalars(query.options(joinedload(Event.actor))).all()
