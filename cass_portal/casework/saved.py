"""Lists under a name: built-in ones and what people saved.

A person finds their own, their organizations' and, as a coordinator, the coordinators'; nobody else's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cass_portal.casework.models import SavedView
from cass_portal.db import db

BUILT_IN: dict[str, list[tuple[str, str, dict[str, str]]]] = {
    "triage": [
        ("mine", "Mine", {"mine": "y"}),
        ("unassigned", "Unassigned", {"tab": "new", "order": "oldest"}),
        ("waiting", "Waiting for me", {"step": "coordinator", "order": "oldest"}),
        ("overdue", "Overdue", {"overdue": "y", "order": "oldest"}),
        ("held", "Held", {"tab": "held", "order": "oldest"}),
        ("ready", "Ready to release", {"step": "reply", "order": "oldest"}),
        ("incompatibilities", "Incompatibilities", {"incompatibility": "y"}),
    ],
    "inbox": [
        ("mine", "Mine", {"who": "me"}),
        ("unassigned", "Nobody’s yet", {"who": "nobody"}),
        ("overdue", "Overdue", {"overdue": "y"}),
    ],
}


@dataclass(frozen=True)
class View:
    """A list under a name. `key` stands in addresses; `row` is None for a built-in one."""

    key: str
    name: str
    query: dict[str, str]
    row: SavedView | None = None

    @property
    def is_default(self) -> bool:
        return self.row is not None and self.row.is_default


def views_of(page: str, *, actor: Any) -> list[View]:
    """Built-in ones first, then one's own, the organizations' and the coordinators', each in its order."""
    built_in = [View(key, name, query) for key, name, query in BUILT_IN[page]]
    return built_in + [View(str(each.id), each.name, each.query, each) for each in saved(page, actor=actor)]


def saved(page: str, *, actor: Any) -> Sequence[SavedView]:
    own_first = sa.case(
        (SavedView.person_id.is_not(None), 0), (SavedView.organization_id.is_not(None), 1), else_=2
    )
    query = visible_views(actor).where(SavedView.page == page)
    ordered = query.order_by(own_first, SavedView.organization_id, SavedView.position, SavedView.id)
    return db.session.scalars(ordered).all()


def visible_views(actor: Any) -> sa.Select[SavedView]:
    """One's own, one's organizations' and, for coordinators, all coordinators'."""
    nobodys = sa.and_(SavedView.person_id.is_(None), SavedView.organization_id.is_(None))
    shared = SavedView.organization_id.in_(sorted(actor.organization_ids))
    mine = SavedView.person_id == actor.id
    return sa.select(SavedView).where(
        sa.or_(mine, shared, nobodys) if actor.is_coordinator else sa.or_(mine, shared)
    )


def default_of(page: str, *, actor: Any) -> SavedView | None:
    query = sa.select(SavedView).where(
        SavedView.person_id == actor.id, SavedView.page == page, SavedView.is_default
    )
    return db.session.scalars(query.limit(1)).first()
