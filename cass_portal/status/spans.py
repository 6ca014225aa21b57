"""How products stood and stand, replayed from what was published and posted. Nothing of it is stored. Pure.

A notice counts for a product from its publication (a maintenance: from its start) until its end, its withdrawal, or
an edition that no longer names the product. What an edition repeats from the one before it says nothing new, so a
corrected text does not undo the updates since. A notice that was withdrawn and reinstated counts throughout.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from cass_portal.announcements.lifecycle import MAINTENANCE, OVER, ProductLevel, Stage
from cass_portal.status.lifecycle import is_running

LONG_AGO = datetime.min.replace(tzinfo=UTC)
FINE = ProductLevel.NO_KNOWN_ISSUES
NOTHING_SAID: Mapping[int, ProductLevel] = {}


class EditionFact(NamedTuple):
    """What an edition says, from the instant of its publication; levels by the ids of the products it names."""

    at: datetime
    stage: Stage
    levels: Mapping[int, ProductLevel]
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    follows_clock: bool = False


class UpdateFact(NamedTuple):
    """`ends_at` None: nothing new about the end."""

    at: datetime
    stage: Stage
    levels: Mapping[int, ProductLevel] = NOTHING_SAID
    ends_at: datetime | None = None


class NoticeFacts(NamedTuple):
    """Editions and updates in their order; at least one edition."""

    id: int
    editions: Sequence[EditionFact]
    updates: Sequence[UpdateFact] = ()
    withdrawn_at: datetime | None = None


class Span(NamedTuple):
    """From `since` until before `until` (None: still) a notice puts a product at `level`."""

    notice: int
    product: int
    level: ProductLevel
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Standing:
    """Where a notice stands. `before_end` is where it had its products when it last ended, for reopening it."""

    stage: Stage
    since: datetime
    levels: Mapping[int, ProductLevel]
    before_end: Mapping[int, ProductLevel]
    starts_at: datetime | None
    ends_at: datetime | None
    follows_clock: bool
    spoke_at: datetime
    began_at: datetime | None
    ended_at: datetime | None
    is_withdrawn: bool
    spans: Sequence[Span]

    @property
    def counting(self) -> dict[int, ProductLevel]:
        """Where it puts products now."""
        return {span.product: span.level for span in self.spans if span.until is None}

    @property
    def is_upcoming(self) -> bool:
        return self.stage == Stage.SCHEDULED and not self.is_withdrawn

    @property
    def is_open(self) -> bool:
        """Something is going on, or was said to be left over at the end."""
        return not self.is_withdrawn and (is_running(self.stage) or bool(self.counting))


def standing(notice: NoticeFacts, now: datetime, *, by_clock: bool = True) -> Standing:
    """How the notice stands at `now`; `by_clock` False: only by what somebody, or the worker, has posted."""
    walk = _Walk(notice.id, by_clock=by_clock)
    for fact in _in_order(notice):
        if fact.at <= now:
            walk.wait_until(fact.at)
            walk.take(fact)
    end = notice.withdrawn_at
    is_withdrawn = end is not None and end <= now
    walk.wait_until(end if end is not None and is_withdrawn else now)
    if end is not None and is_withdrawn:
        walk.close_all(end)
    return walk.result(is_withdrawn=is_withdrawn)


def levels(spans: Iterable[Span]) -> dict[int, ProductLevel]:
    """Where the open ones of `spans` put products: the most serious level counts."""
    found: dict[int, ProductLevel] = {}
    for span in spans:
        if span.until is None:
            found[span.product] = more_serious(found.get(span.product, FINE), span.level)
    return found


def days(
    spans: Iterable[Span], *, first: date, last: date, now: datetime
) -> dict[int, dict[date, ProductLevel]]:
    """By product, the days (UTC) from `first` to `last` on which not all was well, each with its worst level."""
    found: dict[int, dict[date, ProductLevel]] = {}
    for span in spans:
        day, last_day = (
            max(span.since.astimezone(UTC).date(), first),
            min(_last_day(span.until, now=now), last),
        )
        while day <= last_day:
            of_product = found.setdefault(span.product, {})
            of_product[day] = more_serious(of_product.get(day, FINE), span.level)
            day += timedelta(days=1)
    return found


def more_serious(one: ProductLevel, other: ProductLevel) -> ProductLevel:
    return max(one, other, key=lambda level: level.severity)


def least_level(stage: Stage) -> ProductLevel:
    """Where a notice puts a product that it names without saying more."""
    return ProductLevel.MAINTENANCE if stage in MAINTENANCE else ProductLevel.ADVISORY


def _last_day(until: datetime | None, *, now: datetime) -> date:
    """The last day that a span until before `until` touches: midnight belongs to the day it begins."""
    if until is None:
        return now.astimezone(UTC).date()
    day = until.astimezone(UTC)
    return day.date() - timedelta(days=1) if day.time() == time.min else day.date()


def _in_order(notice: NoticeFacts) -> Iterator[EditionFact | UpdateFact]:
    """By time; what stands earlier in its row comes first, an edition before an update of the same instant."""
    facts: list[EditionFact | UpdateFact] = [*notice.editions, *notice.updates]
    yield from sorted(facts, key=lambda fact: fact.at)


@dataclass
class _Walk:
    """The state of one notice while its history is walked through."""

    notice: int
    by_clock: bool
    edition: EditionFact | None = None
    stage: Stage = Stage.INVESTIGATING
    since: datetime = LONG_AGO
    at: datetime = LONG_AGO
    spoke_at: datetime = LONG_AGO
    began_at: datetime | None = None
    ended_at: datetime | None = None
    ends_at: datetime | None = None
    levels: dict[int, ProductLevel] = field(default_factory=dict)
    before_end: dict[int, ProductLevel] = field(default_factory=dict)
    running: dict[int, Span] = field(default_factory=dict)
    closed: list[Span] = field(default_factory=list)

    def wait_until(self, at: datetime) -> None:
        """Let the clock start and end a maintenance that follows it, before `at` or on it."""
        edition = self.edition
        if edition is None or not edition.follows_clock or not self.by_clock or self.stage not in MAINTENANCE:
            return
        if self.stage == Stage.SCHEDULED and edition.starts_at is not None and edition.starts_at <= at:
            self.move(Stage.IN_PROGRESS, NOTHING_SAID, max(edition.starts_at, self.at))
        if is_running(self.stage) and self.ends_at is not None and self.ends_at <= at:
            self.move(Stage.COMPLETED, NOTHING_SAID, max(self.ends_at, self.at))

    def take(self, fact: EditionFact | UpdateFact) -> None:
        self.spoke_at = fact.at
        if isinstance(fact, UpdateFact):
            self.ends_at = fact.ends_at or self.ends_at
            self.move(fact.stage, {p: fact.levels[p] for p in fact.levels if p in self.levels}, fact.at)
            return
        before, self.edition = self.edition, fact
        if before is None:
            self.stage, self.since, self.ends_at = fact.stage, fact.at, fact.ends_at
            self.levels = dict(fact.levels)
            self.redraw(fact.at)
        else:
            self.correct(before, fact)

    def correct(self, before: EditionFact, fact: EditionFact) -> None:
        """Take from a later edition what it says anew."""
        self.levels = {product: level for product, level in self.levels.items() if product in fact.levels}
        said = {p: level for p, level in fact.levels.items() if level != before.levels.get(p)}
        if self.stage in OVER:
            said = dict.fromkeys(said.keys() - self.levels.keys(), FINE)
        if fact.ends_at != before.ends_at:
            self.ends_at = fact.ends_at
        self.move(fact.stage if fact.stage != before.stage else self.stage, said, fact.at)

    def move(self, stage: Stage, said: Mapping[int, ProductLevel], at: datetime) -> None:
        """Go to `stage`; at the end all is well again but for what is said to be left."""
        if stage in OVER and self.stage not in OVER:
            self.before_end, self.ended_at = dict(self.levels), at
            self.levels = dict.fromkeys(self.levels, FINE)
        elif stage not in OVER:
            self.ended_at = None
        if stage != self.stage:
            self.stage, self.since = stage, at
        self.levels.update(said)
        self.redraw(at)

    def redraw(self, at: datetime) -> None:
        """Close and open spans so that they say what holds from `at` on."""
        self.at = at
        if self.began_at is None and self.stage != Stage.SCHEDULED:
            self.began_at = at
        wanted = {} if self.stage == Stage.SCHEDULED else {p: v for p, v in self.levels.items() if v != FINE}
        for product, span in list(self.running.items()):
            if wanted.get(product) != span.level:
                self.close(product, at)
        for product, level in wanted.items():
            if product not in self.running:
                self.open(product, level, at)

    def open(self, product: int, level: ProductLevel, at: datetime) -> None:
        """Begin a span; one that was closed at this very instant goes on."""
        ended = Span(self.notice, product, level, at, at)
        same = next((span for span in self.closed if span._replace(since=at) == ended), None)
        if same is not None:
            self.closed.remove(same)
        self.running[product] = Span(
            self.notice, product, level, same.since if same is not None else at, None
        )

    def close(self, product: int, at: datetime) -> None:
        span = self.running.pop(product)
        if span.since < at:
            self.closed.append(span._replace(until=at))

    def close_all(self, at: datetime) -> None:
        for product in list(self.running):
            self.close(product, at)

    def result(self, *, is_withdrawn: bool) -> Standing:
        edition = self.edition
        return Standing(
            stage=self.stage,
            since=self.since,
            levels=dict(self.levels),
            before_end=dict(self.before_end),
            starts_at=edition.starts_at if edition else None,
            ends_at=self.ends_at,
            follows_clock=bool(edition and edition.follows_clock),
            spoke_at=self.spoke_at,
            began_at=self.began_at,
            ended_at=self.ended_at,
            is_withdrawn=is_withdrawn,
            spans=(*self.closed, *self.running.values()),
        )
