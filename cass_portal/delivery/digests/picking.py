"""Which items a digest tells one subscriber: each is told in one run, however many rules match and whatever changes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import NamedTuple, Protocol

from cass_portal.delivery.digests.agenda import Agenda
from cass_portal.subscriptions.lifecycle import EndedReason, Frequency, Scope

IMMEDIATELY, DAILY, WEEKLY = Frequency.IMMEDIATELY, Frequency.DAILY, Frequency.WEEKLY


class Rule(NamedTuple):
    """A confirmed subscription; it holds for what happened in [confirmed_at, ended_at)."""

    id: int
    frequency: Frequency
    scope: Scope
    target_id: int | None
    matters: int
    confirmed_at: datetime
    ended_at: datetime | None
    ended_reason: EndedReason | None

    @property
    def counts(self) -> bool:
        """One that was changed still counts for its time; one that ended otherwise is not served any more."""
        return self.ended_at is None or self.ended_reason == EndedReason.CHANGED

    def held(self, agenda: Agenda) -> int:
        """The items it is about that happened while it held."""
        return agenda.about(self.scope, self.target_id, self.matters) & agenda.between(
            self.confirmed_at, self.ended_at
        )


@dataclass(frozen=True, slots=True)
class DailyPast:
    """What one subscriber's daily digests told of the agenda, until when they have run, and whether more come."""

    until: datetime
    told: int
    goes_on: bool


class Record(Protocol):
    """What is known to have been told to one subscriber."""

    def told_at_once(self, items: int) -> int:
        """Those of `items` of which a mail of their own was made."""

    def daily(self) -> DailyPast | None: ...


class Pick(NamedTuple):
    items: int
    rule_id: int
    """The first rule that any of them falls under."""


def pick(
    frequency: Frequency, rules: Sequence[Rule], agenda: Agenda, *, span: int, record: Record
) -> Pick | None:
    """The items of `span` that this digest tells; None when there are none. `rules`: all of one subscriber, by id.

    Nobody of whom no rule runs any more gets a mail.
    """
    if all(each.ended_at is not None for each in rules):
        return None
    own = [each for each in rules if each.frequency == frequency and each.counts]
    items = _held_by(own, agenda) & span
    if items and len(own) < len(rules):
        items &= ~_told_at_once(rules, agenda, items, record)
        if frequency == WEEKLY:
            items &= ~_told_daily(rules, agenda, record)
    if not items:
        return None
    return Pick(items, next(each.id for each in own if each.held(agenda) & items))


def goes_on(frequency: Frequency, rules: Iterable[Rule], after: datetime) -> bool:
    """Whether anything that happens from `after` on can fall under a rule of that frequency."""
    return any(
        each.frequency == frequency and each.counts and (each.ended_at is None or each.ended_at > after)
        for each in rules
    )


def _told_at_once(rules: Sequence[Rule], agenda: Agenda, items: int, record: Record) -> int:
    """By rules that count, all is mailed or will be; what others brought before they ended is looked up."""
    quick = [each for each in rules if each.frequency == IMMEDIATELY]
    sure = _held_by((each for each in quick if each.counts), agenda)
    doubtful = _held_by((each for each in quick if not each.counts), agenda) & items & ~sure
    return sure | record.told_at_once(doubtful) if doubtful else sure


def _told_daily(rules: Sequence[Rule], agenda: Agenda, record: Record) -> int:
    """What daily digests told is stored with them; what they are going to tell follows from the rules."""
    daily = [each for each in rules if each.frequency == DAILY]
    past = record.daily() if daily else None
    if past is None:
        return 0
    if not past.goes_on:
        return past.told
    coming = _held_by((each for each in daily if each.counts), agenda)
    return past.told | coming & agenda.between(past.until, None)


def _held_by(rules: Iterable[Rule], agenda: Agenda) -> int:
    return reduce(lambda items, rule: items | rule.held(agenda), rules, 0)
