"""Lists under a name, with how much is in each: built-in ones and what people saved.

A person finds their own, their organizations' and, as a coordinator, the coordinators'; nobody else's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cass_portal.casework import inbox, queue
from cass_portal.casework.models import Assignment, SavedView
from cass_portal.casework.queries import BY_PROMISE, assigned_to
from cass_portal.db import db
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import visibility_condition

CAP = 25
LOOKED_AT = 200
"""Of each state, where more than the state decides what is counted."""
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


def in_words(counted: tuple[int, int]) -> str:
    """“7”, “25+”; “3+” where only a part was looked at."""
    number, unseen = counted
    return f"{min(number, CAP)}+" if number > CAP or unseen else str(number)


def counts(lists: Sequence[queue.Filters | inbox.Filters], *, actor: Any) -> list[str]:
    """How much is in each list, in words; one statement for all of them, none of which counts to the end."""
    if not lists:
        return []
    columns = []
    for number, each in enumerate(lists):
        pair = _in_inbox(each, actor) if isinstance(each, inbox.Filters) else _in_queue(each, actor)
        columns += [pair[0].label(f"found_{number}"), pair[1].label(f"unseen_{number}")]
    row = db.session.execute(sa.select(*columns)).one()
    return [in_words((row[2 * n], row[2 * n + 1])) for n in range(len(lists))]


def _in_queue(filters: queue.Filters, actor: Any) -> tuple[Any, Any]:
    """Matters of the list up to one more than CAP, and whether any was left unseen."""
    visible = visibility_condition(actor)
    conditions = queue.conditions(filters)
    if not filters.walked:
        return sa.literal(0), sa.literal(0)
    if filters.claimed_by is not None or filters.incompatibility or not (conditions or filters.step):
        found = sa.select(sa.literal(1)).where(Feedback.state.in_(filters.walked), visible, *conditions)
        return _number_of(found), sa.literal(0)
    order = Feedback.created_at.asc() if filters.oldest_first else Feedback.created_at.desc()
    heads, unseen = [], []
    for state in filters.walked:
        walk = sa.select(Feedback.id).where(Feedback.state == state, visible).order_by(order)
        among = walk.limit(LOOKED_AT).subquery()
        found = sa.select(sa.literal(1)).join(among, among.c.id == Feedback.id).select_from(Feedback)
        heads.append(found.where(queue.step_of(state, filters), *conditions).limit(CAP + 1).subquery())
        unseen.append(sa.select(sa.literal(1)).select_from(walk.offset(LOOKED_AT).limit(1).subquery()))
    merged = sa.union_all(*(sa.select(sa.literal(1)).select_from(each) for each in heads))
    return _number_of(merged), _number_of(sa.union_all(*unseen))


def _in_inbox(filters: inbox.Filters, actor: Any) -> tuple[Any, Any]:
    """Assignments of the list up to one more than CAP, and whether any was left unseen."""
    if filters.with_person is not None or filters == inbox.Filters(states=filters.states):
        found = assigned_to(actor).where(*filters.conditions).with_only_columns(Assignment.id)
        return _number_of(found), sa.literal(0)
    heads, unseen = [], []
    for state in filters.states:
        mine = Assignment.organization_id.in_(sorted(actor.organization_ids))
        walk = sa.select(Assignment.id).where(mine, Assignment.state == state).order_by(*BY_PROMISE)
        among = walk.limit(LOOKED_AT).subquery()
        found = sa.select(Assignment.id).select_from(among).join(Assignment, Assignment.id == among.c.id)
        visible = found.join(Assignment.feedback).where(visibility_condition(actor), *filters.further)
        heads.append(visible.limit(CAP + 1).subquery())
        unseen.append(sa.select(sa.literal(1)).select_from(walk.offset(LOOKED_AT).limit(1).subquery()))
    merged = sa.union_all(*(sa.select(sa.literal(1)).select_from(each) for each in heads))
    return _number_of(merged), _number_of(sa.union_all(*unseen))


def _number_of(rows: Any) -> Any:
    """At most one more than CAP."""
    return sa.select(sa.func.count()).select_from(rows.limit(CAP + 1).subquery()).scalar_subquery()
