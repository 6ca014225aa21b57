"""Which rules an occurrence falls under: the one place that knows, for rows in memory and for the database alike.

`facets` are ids by scope, as a bulletin keeps them: {"product": [3], "organization": [1, 2], …}.
"""

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from cass_portal.subscriptions.lifecycle import TARGETED, Frequency, Matter, Scope
from cass_portal.subscriptions.models import Subscription

Facets = Mapping[str, Sequence[int]]
FOLLOWERS = "followers"
"""A facet of what only those are told who follow that one thing, not whoever hears of everything."""


def covers(scope: Scope, target_id: int | None, matters: int, *, matter: Matter, facets: Facets) -> bool:
    """Whether a rule of that scope, target and sum of matters is about it. Pure."""
    if not matters & matter.bit:
        return False
    if scope == Scope.EVERYTHING:
        return not facets.get(FOLLOWERS)
    return target_id in facets.get(scope.value, ())


def is_about(matter: Matter, facets: Facets) -> sa.ColumnElement[bool]:
    """The same as a condition on Subscription."""
    targets = [
        getattr(Subscription, f"{scope.value}_id").in_(facets[scope.value])
        for scope in TARGETED
        if facets.get(scope.value)
    ]
    everything = [] if facets.get(FOLLOWERS) else [Subscription.scope == Scope.EVERYTHING]
    return sa.and_(
        Subscription.matters.bitwise_and(matter.bit) != 0,
        sa.or_(*everything, *targets, sa.false()),
    )


def quickest(frequencies: Iterable[Frequency]) -> Frequency | None:
    """How soon somebody hears of it whose rules with these frequencies match; None when none does."""
    order = list(Frequency)
    return min(frequencies, key=order.index, default=None)
