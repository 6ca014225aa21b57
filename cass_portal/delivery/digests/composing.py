"""Digests that are due: who is told what in which window. One transaction composes a number of them or none."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from cass_portal.db import db
from cass_portal.delivery.digests import writing
from cass_portal.delivery.digests.agenda import Agenda
from cass_portal.delivery.digests.picking import DailyPast, Rule, goes_on, pick
from cass_portal.delivery.digests.reading import agenda_of, rules_of
from cass_portal.delivery.instants import hold_back_news
from cass_portal.delivery.models import Bulletin, Channel, Delivery, Digest, RecipientRole
from cass_portal.subscriptions.lifecycle import Frequency
from cass_portal.subscriptions.models import DigestClock, Subscriber
from cass_portal.subscriptions.schedule import next_due, window


class Clock(NamedTuple):
    """One that is due, and whose it is."""

    id: int
    subscriber_id: int
    frequency: Frequency
    told_until: datetime
    zone: str
    email: str | None


def compose_due(at: datetime, *, limit: int) -> int:
    """Compose up to `limit` digests that are due at `at`, earliest first; how many clocks were set on. 0: none is due.

    An empty digest is not made, its clock is set on all the same. Nobody else composes for these subscribers until
    the caller commits; what others hold is left to them.
    """
    hold_back_news()
    clocks = _take(at, limit)
    if clocks:
        _compose(clocks, at)
    return len(clocks)


def _take(at: datetime, limit: int) -> list[Clock]:
    """Due clocks, locked with their subscribers: somebody's daily and weekly digests are never composed at once."""
    query = (
        sa.select(
            _clock.c.id, _clock.c.subscriber_id, _clock.c.frequency, _clock.c.told_until, _who.c.time_zone,
            _who.c.email,
        )
        .join(_who, _who.c.id == _clock.c.subscriber_id)
        .where(_clock.c.next_at <= at)
        .order_by(_clock.c.next_at, _clock.c.id)
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True)
    )  # fmt: skip
    return [Clock(*row) for row in db.session.execute(query)]


def _compose(clocks: Sequence[Clock], at: datetime) -> None:
    windowed = lru_cache(maxsize=None)(window)
    windows = {
        each.id: windowed(each.told_until, at, each.frequency, each.zone)
        or (each.told_until, each.told_until)
        for each in clocks
    }
    start, end = min(each[0] for each in windows.values()), max(each[1] for each in windows.values())
    agenda = agenda_of(start, end)
    rules = rules_of({each.subscriber_id for each in clocks}, since=start)
    records = Records(agenda, clocks, rules)
    spans = {each: agenda.between(*each) for each in set(windows.values())}
    made: list[writing.Made] = []
    for clock in clocks:
        theirs, (starts_at, ends_at) = rules.get(clock.subscriber_id, []), windows[clock.id]
        if theirs and clock.email is not None and (span := spans[starts_at, ends_at]):
            found = pick(clock.frequency, theirs, agenda, span=span, record=records.of(clock))
            if found is not None:
                made.append(writing.Made(clock, starts_at, ends_at, agenda.ids(found.items), found.rule_id))
    writing.write_digests(made, at)
    writing.set_on(_settings(clocks, windows, rules))


def _settings(
    clocks: Iterable[Clock],
    windows: dict[int, tuple[datetime, datetime]],
    rules: dict[int, list[Rule]],
) -> Iterator[tuple[int, writing.Setting]]:
    """Until when each clock has told now, and when it is due next; never again while nothing can fall under a rule."""
    due = lru_cache(maxsize=None)(next_due)
    for clock in clocks:
        told_until = windows[clock.id][1]
        runs = goes_on(clock.frequency, rules.get(clock.subscriber_id, ()), told_until)
        next_at = due(told_until, clock.frequency, clock.zone) if runs else None
        yield clock.id, writing.Setting(told_until, next_at)


class Records:
    """What earlier mails told the subscribers of `clocks`; looked up for the few of whom it matters."""

    def __init__(self, agenda: Agenda, clocks: Sequence[Clock], rules: dict[int, list[Rule]]) -> None:
        self.agenda = agenda
        weekly = {each.subscriber_id for each in clocks if each.frequency == Frequency.WEEKLY}
        both = sorted(
            each for each in weekly if any(rule.frequency == Frequency.DAILY for rule in rules.get(each, ()))
        )
        self.daily = self._daily(both) if both else {}

    def of(self, clock: Clock) -> "RecordOfOne":
        return RecordOfOne(self, clock)

    def _daily(self, subscribers: Sequence[int]) -> dict[int, DailyPast]:
        told: dict[int, int] = defaultdict(int)
        if self.agenda.items:
            past = sa.select(_digest.c.subscriber_id, _digest.c.bulletins).where(
                _digest.c.subscriber_id.in_(subscribers),
                _digest.c.frequency == Frequency.DAILY,
                _digest.c.ends_at > self.agenda.items[0].at,
            )
            for subscriber_id, bulletins in db.session.execute(past):
                told[subscriber_id] |= self.agenda.chosen(bulletins)
        clocks = sa.select(_clock.c.subscriber_id, _clock.c.told_until, _clock.c.next_at).where(
            _clock.c.subscriber_id.in_(subscribers), _clock.c.frequency == Frequency.DAILY
        )
        return {
            subscriber_id: DailyPast(told_until, told[subscriber_id], goes_on=next_at is not None)
            for subscriber_id, told_until, next_at in db.session.execute(clocks)
        }


class RecordOfOne(NamedTuple):
    records: Records
    clock: Clock

    def daily(self) -> DailyPast | None:
        return self.records.daily.get(self.clock.subscriber_id)

    def told_at_once(self, items: int) -> int:
        agenda = self.records.agenda
        query = (
            sa.select(Bulletin.id)
            .join(Delivery, Delivery.event_id == Bulletin.event_id)
            .where(
                Bulletin.id.in_(agenda.ids(items)),
                Delivery.channel == Channel.EMAIL,
                Delivery.address == self.clock.email,
                Delivery.role == RecipientRole.SUBSCRIBER,
            )
        )
        return agenda.chosen(db.session.scalars(query))


_clock: Any = DigestClock.__table__
_who: Any = Subscriber.__table__
_digest: Any = Digest.__table__
