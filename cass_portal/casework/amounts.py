"""How much is in lists: one statement for all of them, which counts none to the end.

Where more than the state decides, the next LOOKED_AT of each state are looked at. Lists share what is looked at.
"""

import itertools
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from cass_portal.casework import inbox, queue
from cass_portal.casework.models import Assignment
from cass_portal.casework.queries import BY_PROMISE, assigned_to
from cass_portal.db import db
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import visibility_condition
from cass_portal.paging import in_order

CAP = 25
LOOKED_AT = 200
Rows = sa.Select[Any]
Walks = dict[str, sa.CTE]


def counts(lists: Sequence[queue.Filters | inbox.Filters], *, actor: Any) -> list[str]:
    """How much of each list `actor` may read: “7”, “25+”; “3+” where some of it was not looked at."""
    walks: Walks = {}
    found = [_in_list(each, actor, walks) for each in lists]
    if not found:
        return []
    columns = [_number_of(rows.limit(CAP + 1).subquery()) for rows, _ in found]
    columns += [_number_of(walk) for walk in walks.values()]
    numbers = db.session.execute(sa.select(*columns)).one()
    sizes = dict(zip(walks, numbers[len(found) :], strict=True))
    return [
        in_words(number, is_all=all(sizes[name] <= LOOKED_AT for name in names))
        for number, (_, names) in zip(numbers, found, strict=False)
    ]


def in_words(number: int, *, is_all: bool) -> str:
    return str(number) if is_all and number <= CAP else f"{min(number, CAP)}+"


def _in_list(filters: queue.Filters | inbox.Filters, actor: Any, walks: Walks) -> tuple[Rows, Sequence[str]]:
    if isinstance(filters, inbox.Filters):
        return _in_inbox(filters, actor, walks)
    return _in_queue(filters, actor, walks)


def _in_queue(filters: queue.Filters, actor: Any, walks: Walks) -> tuple[Rows, Sequence[str]]:
    """The matters of the list, and the walks on which they were looked for; none where the list is walked itself."""
    visible, conditions = visibility_condition(actor), queue.conditions(filters)
    rows = sa.select(sa.literal(1)).select_from(Feedback)
    if filters.claimed_by is not None or filters.incompatibility or not (conditions and filters.walked):
        return rows.where(Feedback.state.in_(filters.walked), visible, *conditions), ()
    order = in_order(Feedback.created_at, Feedback.id, descending=not filters.oldest_first)
    names = [f"{each}_{'oldest' if filters.oldest_first else 'newest'}" for each in filters.walked]
    for name, state in zip(names, filters.walked, strict=True):
        if name not in walks:
            walks[name] = _walk(sa.select(Feedback.id).where(Feedback.state == state, visible), order, name)
    among = _ids(walks, names)
    return rows.join(among, among.c.id == Feedback.id).where(*conditions), names


def _in_inbox(filters: inbox.Filters, actor: Any, walks: Walks) -> tuple[Rows, Sequence[str]]:
    """The same of assignments."""
    mine = assigned_to(actor).with_only_columns(Assignment.id)
    if filters.with_person is not None or not (filters.further and filters.members_of(actor)):
        return mine.where(*filters.conditions), ()
    names = []
    for id_, state in itertools.product(filters.members_of(actor), filters.states):
        names.append(f"{state}_{id_}")
        if names[-1] not in walks:
            here = sa.select(Assignment.id).where(
                Assignment.organization_id == id_, Assignment.state == state
            )
            walks[names[-1]] = _walk(here, BY_PROMISE, names[-1])
    among = _ids(walks, names)
    return mine.join(among, among.c.id == Assignment.id).where(*filters.further), names


def _walk(rows: Rows, order: Sequence[Any], name: str) -> sa.CTE:
    """The next of `rows` and one more, which tells that there are others."""
    return rows.order_by(*order).limit(LOOKED_AT + 1).cte(name)


def _ids(walks: Walks, names: Sequence[str]) -> sa.Subquery:
    return sa.union_all(*(sa.select(walks[each].c.id) for each in names)).subquery()


def _number_of(rows: sa.FromClause) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).select_from(rows).scalar_subquery()
