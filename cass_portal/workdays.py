"""Days of work: which days a member works, counted and added in its own time zone; holidays by rule. Pure."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

MONDAY_TO_FRIDAY = frozenset(range(5))
ONE_DAY = timedelta(days=1)
LAST_DAY = date(9999, 12, 30)
"""Where counting ends, so that a date that somebody mistyped breaks nothing."""
LINES_LIMIT = 200
NAME_LIMIT = 120


class NoWorkdays(ValueError):
    """A calendar has to have at least one day of the week on which somebody works."""


class UnknownZone(ValueError):
    """Not a time zone that the machine knows."""


class NotAHoliday(ValueError):
    """A line that does not begin with a date (2027-01-01) or names nothing; its words say which."""


@dataclass(frozen=True)
class Calendar:
    """Days of the week (Monday 0) on which somebody works in `zone`, but for the holidays. Raises NoWorkdays."""

    zone: str = "UTC"
    workdays: frozenset[int] = MONDAY_TO_FRIDAY
    holidays: frozenset[date] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if not self.workdays or not self.workdays <= frozenset(range(7)):
            raise NoWorkdays("somebody has to work on at least one day of the week")

    def is_working(self, day: date) -> bool:
        return day.weekday() in self.workdays and day not in self.holidays

    def day_of(self, instant: datetime) -> date:
        """The date there at `instant`."""
        return instant.astimezone(ZoneInfo(self.zone)).date()

    def start_of(self, day: date) -> datetime:
        """The first instant of `day` there, in UTC; where the clock is put forward at midnight, the one after."""
        return datetime.combine(min(day, LAST_DAY), time(), ZoneInfo(self.zone)).astimezone(UTC)

    def add(self, start: date, days: int) -> date:
        """The date `days` working days after `start`; `start` itself does not count."""
        day = start
        while days > 0 and day < LAST_DAY:
            day += ONE_DAY
            days -= self.is_working(day)
        return day

    def between(self, start: date, end: date) -> int:
        """Working days after `start` up to and with `end`; never negative."""
        weeks, rest = divmod(max((end - start).days, 0), 7)
        tail = ((start + timedelta(days=weeks * 7 + n)).weekday() for n in range(1, rest + 1))
        off = sum(start < each <= end and each.weekday() in self.workdays for each in self.holidays)
        return weeks * len(self.workdays) + sum(each in self.workdays for each in tail) - off


EVERYBODY = Calendar()
"""Monday to Friday in UTC: what counts where a member has said nothing else."""


def checked_zone(name: str) -> str:
    """`name`, if the machine knows that time zone. Raises UnknownZone."""
    if name not in available_timezones():
        raise UnknownZone(f"“{name}” is not a time zone.")
    return name


def checked_workdays(days: Collection[int]) -> list[int]:
    """`days` in order. Raises NoWorkdays."""
    return sorted(Calendar(workdays=frozenset(days)).workdays)


def read_holidays(text: str) -> list[tuple[date, str]]:
    """Lines like “2027-01-01 New Year”, one for each day, in order. Raises NotAHoliday."""
    lines = [each.strip() for each in text.splitlines() if each.strip()]
    if len(lines) > LINES_LIMIT:
        raise NotAHoliday(f"That is too much at once: give at most {LINES_LIMIT} lines.")
    return sorted({day: (day, name) for day, name in map(_holiday, lines)}.values())


def _holiday(line: str) -> tuple[date, str]:
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)[\s,;:]+(.+)", line, re.ASCII)
    if match is None:
        raise NotAHoliday(f"Write a date and a name, as in “2027-01-01 New Year”: {line[:60]}")
    try:
        return date.fromisoformat(match[1]), match[2].strip()[:NAME_LIMIT]
    except ValueError:
        raise NotAHoliday(f"There is no such day: {match[1]}") from None


def federal_holidays(year: int) -> list[tuple[date, str]]:
    """Days on which federal offices of the United States are closed (5 U.S.C. 6103), those of `year` by rule.

    One that falls on a Saturday is kept the day before, on a Sunday the day after; New Year on a Saturday is
    therefore kept in the year before and stands in that year's list.
    """
    following = _observed(date(year + 1, 1, 1), "New Year’s Day")
    kept = [*_holidays_of(year), following]
    return sorted(each for each in kept if each[0].year == year)


def _holidays_of(year: int) -> Iterator[tuple[date, str]]:
    yield _observed(date(year, 1, 1), "New Year’s Day")
    yield _nth(year, 1, 0, 3), "Birthday of Martin Luther King, Jr."
    yield _nth(year, 2, 0, 3), "Washington’s Birthday"
    yield _nth(year, 6, 0, 1) - timedelta(days=7), "Memorial Day"
    yield _observed(date(year, 6, 19), "Juneteenth")
    yield _observed(date(year, 7, 4), "Independence Day")
    yield _nth(year, 9, 0, 1), "Labor Day"
    yield _nth(year, 10, 0, 2), "Columbus Day"
    yield _observed(date(year, 11, 11), "Veterans Day")
    yield _nth(year, 11, 3, 4), "Thanksgiving Day"
    yield _observed(date(year, 12, 25), "Christmas Day")


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    """The `number`-th such day of the week in the month. Memorial Day is a week before the first Monday of June."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def _observed(day: date, name: str) -> tuple[date, str]:
    moved = {5: -1, 6: 1}.get(day.weekday(), 0)
    return (day + timedelta(days=moved), f"{name} (observed)") if moved else (day, name)
