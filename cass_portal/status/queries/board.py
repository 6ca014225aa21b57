"""The board: every published product with its level and its last days, and what is open. For everybody."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from cass_portal.announcements.lifecycle import ProductLevel
from cass_portal.clock import now, today
from cass_portal.db import db
from cass_portal.directory.models import Organization, Product, Stewardship
from cass_portal.directory.queries import LISTED
from cass_portal.status import spans
from cass_portal.status.queries import facts
from cass_portal.status.queries.notices import Notice, shown
from cass_portal.status.spans import FINE
from cass_portal.status.words import history_in_words

DAYS = 90
PAST = 50
"""The newest notices that a product's own page looks back on."""
WITHOUT = ""
"""The group of products that no member stewards."""


class Run(NamedTuple):
    """Neighboring days at one level: `start` counted from the first day of the history."""

    start: int
    length: int
    level: ProductLevel


@dataclass(frozen=True)
class History:
    """The last days of one product; `days` holds those on which not all was well."""

    first: date
    days: Mapping[date, ProductLevel]
    length: int = DAYS

    @property
    def runs(self) -> list[Run]:
        found: list[Run] = []
        for day, level in sorted(self.days.items()):
            place = (day - self.first).days
            if found and found[-1].level == level and found[-1].start + found[-1].length == place:
                found[-1] = found[-1]._replace(length=found[-1].length + 1)
            else:
                found.append(Run(place, 1, level))
        return found

    @property
    def percent(self) -> str:
        """Of days without known issues, never rounded up to 100."""
        tenths = (self.length - len(self.days)) * 1000 // self.length
        return f"{tenths // 10}.{tenths % 10} %" if tenths % 10 else f"{tenths // 10} %"

    @property
    def words(self) -> str:
        """“97.7 % of 90 days without known issues; 2 days degraded.”"""
        counts = Counter(self.days.values())
        worst_first = sorted(counts, key=lambda level: -level.severity)
        return history_in_words(self.percent, self.length, [(each, counts[each]) for each in worst_first])


class Row(NamedTuple):
    name: str
    slug: str
    level: ProductLevel
    history: History


@dataclass(frozen=True)
class Board:
    """`groups` are members, by short name, with their rows; a product of two stewards stands with both."""

    open: Sequence[Notice]
    upcoming: Sequence[Notice]
    groups: Sequence[tuple[str, Sequence[Row]]]
    members: Sequence[str]
    counts: Mapping[ProductLevel, int]


def board(*, member: str | None = None, level: ProductLevel | None = None) -> Board:
    """Everything now, its rows narrowed to one member or level. A constant number of statements."""
    at = now()
    first = today() - timedelta(days=DAYS - 1)
    standings = facts.standings(facts.counting_since(_begin(first)), at=at)
    current = {id_: each for id_, each in standings.items() if each.is_open or each.is_upcoming}
    notices = shown(current)
    known = facts.all_spans(standings.values())
    levels, days = spans.levels(known), spans.days(known, first=first, last=at.date(), now=at)
    rows = {
        id_: Row(name, slug, levels.get(id_, FINE), History(first, days.get(id_, {})))
        for id_, name, slug in _products()
    }
    groups = _grouped(rows)
    return Board(
        open=_serious_first(each for each in notices if each.standing.is_open),
        upcoming=_soonest_first(each for each in notices if each.standing.is_upcoming),
        groups=_narrowed(groups, member=member, level=level),
        members=[name for name, _ in groups if name != WITHOUT],
        counts=Counter(row.level for row in rows.values()),
    )


@dataclass(frozen=True)
class Page:
    """One product's own page. `lately`: the days on which not all was well, the latest first, with their notices."""

    level: ProductLevel
    history: History
    open: Sequence[Notice]
    upcoming: Sequence[Notice]
    past: Sequence[Notice]
    lately: Sequence[tuple[date, ProductLevel, Sequence[Notice]]]


def page_of(product: Product) -> Page:
    at, first = now(), today() - timedelta(days=DAYS - 1)
    notices = shown(facts.standings(facts.about(product, limit=PAST), at=at))
    known = [span for each in notices for span in each.standing.spans if span.product == product.id]
    days = spans.days(known, first=first, last=at.date(), now=at).get(product.id, {})
    return Page(
        level=spans.levels(known).get(product.id, FINE),
        history=History(first, days),
        open=_serious_first(
            each for each in notices if each.standing.is_open and product in each.edition.products
        ),
        upcoming=_soonest_first(each for each in notices if each.standing.is_upcoming),
        past=[each for each in notices if not each.standing.is_open and not each.standing.is_upcoming],
        lately=[(day, days[day], _at_fault(notices, product, day, at)) for day in sorted(days, reverse=True)],
    )


def level_of(product: Product) -> ProductLevel:
    """Where one product stands now."""
    ids = facts.about(product, limit=PAST)
    return spans.levels(facts.all_spans(facts.standings(ids).values())).get(product.id, FINE)


def open_notices() -> list[Notice]:
    """What is going on now, the most serious first."""
    standings = facts.standings(facts.counting_since(now()))
    return _serious_first(shown({id_: each for id_, each in standings.items() if each.is_open}))


def _at_fault(notices: Iterable[Notice], product: Product, day: date, at: datetime) -> list[Notice]:
    return [
        each
        for each in notices
        if spans.days(
            [span for span in each.standing.spans if span.product == product.id], first=day, last=day, now=at
        )
    ]


def _products() -> Sequence[tuple[int, str, str]]:
    query = sa.select(Product.id, Product.name, Product.slug).where(LISTED)
    rows = db.session.execute(query.order_by(sa.func.lower(Product.name), Product.id))
    return [(id_, name, slug) for id_, name, slug in rows]


def _grouped(rows: Mapping[int, Row]) -> list[tuple[str, list[Row]]]:
    """By steward; members without a listed product have no group."""
    query = sa.select(Organization.short_name, Stewardship.product_id).join(Stewardship.organization)
    held: dict[str, set[int]] = {}
    for name, product_id in db.session.execute(query.order_by(sa.func.lower(Organization.short_name))):
        held.setdefault(name, set()).add(product_id)
    alone = rows.keys() - set().union(*held.values())
    groups = [
        (name, [row for id_, row in rows.items() if id_ in ids])
        for name, ids in [*held.items(), (WITHOUT, alone)]
    ]
    return [(name, found) for name, found in groups if found]


def _narrowed(
    groups: list[tuple[str, list[Row]]], *, member: str | None, level: ProductLevel | None
) -> list[tuple[str, list[Row]]]:
    wanted = [(name, rows) for name, rows in groups if member is None or name == member]
    narrowed = [(name, [row for row in rows if level is None or row.level == level]) for name, rows in wanted]
    return [(name, rows) for name, rows in narrowed if rows]


def _serious_first(notices: Iterable[Notice]) -> list[Notice]:
    """The worst level that counts first, among equals the newest (as they come)."""
    return sorted(
        notices, key=lambda each: -max((v.severity for v in each.standing.counting.values()), default=0)
    )


def _soonest_first(notices: Iterable[Notice]) -> list[Notice]:
    return sorted(notices, key=lambda each: each.standing.starts_at or datetime.max.replace(tzinfo=UTC))


def _begin(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
