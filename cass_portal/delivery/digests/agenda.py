"""What happened in a stretch of time, and which of it a rule covers, for very many rules."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import compress
from typing import NamedTuple

from cass_portal.subscriptions.lifecycle import Matter, Scope
from cass_portal.subscriptions.matching import FOLLOWERS, Facets

_BITS = {matter: matter.bit for matter in Matter}
_ZERO_OR_ONE = bytes.maketrans(b"01", b"\x00\x01")


class Item(NamedTuple):
    """A bulletin."""

    id: int
    at: datetime
    matter: Matter
    facets: Facets


class Agenda:
    """Items in the order in which they happened. A set of them is a number: a bit for each, the oldest is bit 0.

    So what a rule covers is worked out once for all who have the same, and put together by `&` and `|`. `about` says
    the same as matching.covers of each item.
    """

    def __init__(self, items: Iterable[Item]) -> None:
        self.items: Sequence[Item] = sorted(items, key=lambda each: (each.at, each.id))
        self.everything = (1 << len(self.items)) - 1
        self._instants = [each.at for each in self.items]
        self._numbers = [each.id for each in self.items]
        self._by_facet: dict[tuple[str, int], int] = {}
        self._by_matter: dict[int, int] = {}
        for place, item in enumerate(self.items):
            bit = 1 << place
            self._by_matter[_BITS[item.matter]] = self._by_matter.get(_BITS[item.matter], 0) | bit
            for key in {(scope, each) for scope, ids in item.facets.items() for each in ids}:
                self._by_facet[key] = self._by_facet.get(key, 0) | bit
        self._about: dict[tuple[Scope, int | None, int], int] = {}
        self._ids: dict[int, list[int]] = {}

    def about(self, scope: Scope, target_id: int | None, matters: int) -> int:
        """Those that a rule of that scope, target and sum of matters is about."""
        key = (scope, target_id, matters)
        found = self._about.get(key)
        if found is None:
            of_matters = sum(items for matter, items in self._by_matter.items() if matters & matter)
            found = self._about[key] = of_matters & self._under(scope, target_id)
        return found

    def between(self, start: datetime | None, end: datetime | None) -> int:
        """Those that happened in [start, end); None leaves that side open."""
        first = bisect_left(self._instants, start) if start is not None else 0
        last = bisect_left(self._instants, end) if end is not None else len(self.items)
        return ((1 << last) - 1) >> first << first if last > first else 0

    def ids(self, chosen: int) -> list[int]:
        """Their numbers, oldest first. The same list for the same set: not to be changed."""
        found = self._ids.get(chosen)
        if found is None:
            oldest_first = f"{chosen:b}"[::-1].encode().translate(_ZERO_OR_ONE)
            found = self._ids[chosen] = list(compress(self._numbers, oldest_first))
        return found

    def chosen(self, ids: Iterable[int]) -> int:
        """The set of those with these numbers, as far as they are here."""
        wanted = set(ids)
        return sum(1 << place for place, item in enumerate(self.items) if item.id in wanted)

    def _under(self, scope: Scope, target_id: int | None) -> int:
        if scope == Scope.EVERYTHING:
            return self.everything & ~self._by_facet.get((FOLLOWERS, 1), 0)
        return self._by_facet.get((scope.value, target_id), 0) if target_id is not None else 0
