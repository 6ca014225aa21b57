"""Announcements that come near each other: the same product, the same days, or levels that contradict. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cass_portal.announcements.lifecycle import ProductLevel


@dataclass(frozen=True)
class Blip:
    """What is compared of one announcement. `levels` of products that have one; no `starts_at`: no days of its own.

    `shown` is whatever the page needs to speak of it.
    """

    announcement_id: int
    products: frozenset[int]
    organizations: frozenset[int]
    levels: Mapping[int, ProductLevel]
    starts_at: datetime | None
    ends_at: datetime | None
    shown: Any = None


@dataclass(frozen=True)
class Echo:
    """Another announcement and what it has in common: products, those with contradicting levels, the same days."""

    other: Blip
    products: frozenset[int]
    contradicting: frozenset[int]
    same_days: bool


def echoes(own: Blip, others: Iterable[Blip]) -> list[Echo]:
    """What comes near `own`, contradictions first, then the same days, then the same product; each document once.

    The same days count where a product or an organization is the same too.
    """
    found = [_echo(own, other) for other in others if other.announcement_id != own.announcement_id]
    near = [each for each in found if each.products or each.same_days]
    return sorted(near, key=lambda e: (not e.contradicting, not e.same_days, e.other.announcement_id))


def _echo(own: Blip, other: Blip) -> Echo:
    products = own.products & other.products
    both = own.levels.keys() & other.levels.keys() & products
    speaks_or_affects = products or own.organizations & other.organizations
    return Echo(
        other=other,
        products=products,
        contradicting=frozenset(each for each in both if own.levels[each] != other.levels[each]),
        same_days=bool(speaks_or_affects) and _overlap(own, other),
    )


def _overlap(one: Blip, two: Blip) -> bool:
    """Whether the windows share an instant; one without an end is an instant itself."""
    if one.starts_at is None or two.starts_at is None:
        return False
    return one.starts_at <= (two.ends_at or two.starts_at) and two.starts_at <= (one.ends_at or one.starts_at)
