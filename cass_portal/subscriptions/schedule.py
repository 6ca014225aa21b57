"""When digests are due, and which stretch of time one covers. Pure.

A digest is due at 08:00 on the subscriber's clock: each day, or each Monday. What the clock does that morning is
settled once: a time that is skipped counts as it would have on the clock before the change (08:00 in a gap of one hour
is 09:00), a time that comes twice counts the first time, a day that does not exist has no run of its own. So due
instants never lie at the same instant twice, and any stretch of time lies in exactly one window.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from cass_portal.subscriptions.lifecycle import DIGESTS, Frequency

DUE_AT = time(8)
DAYS = {Frequency.DAILY: 1, Frequency.WEEKLY: 7}


def window(
    told_until: datetime, at: datetime, frequency: Frequency, zone: str
) -> tuple[datetime, datetime] | None:
    """[start, end) of the one digest that tells everything not told before; None when none is due at `at`.

    Runs that were missed are part of it. Nothing is due while the machine's clock lies before what was told.
    """
    end = latest_due(at, frequency, zone)
    return (told_until, end) if end > told_until else None


def next_due(after: datetime, frequency: Frequency, zone: str) -> datetime:
    """The first due instant later than `after`, in UTC. An unknown zone is UTC."""
    _check(frequency)
    step = timedelta(days=DAYS[frequency])
    day = _run_day(after, frequency, zone) - step
    while (due := _due_on(day, zone)) <= after:
        day += step
    return due


def latest_due(at: datetime, frequency: Frequency, zone: str) -> datetime:
    """The last due instant not later than `at`, in UTC. An unknown zone is UTC."""
    _check(frequency)
    step = timedelta(days=DAYS[frequency])
    day = _run_day(at, frequency, zone) + step
    while (due := _due_on(day, zone)) > at:
        day -= step
    return due


@lru_cache(maxsize=1024)
def zone_named(name: str) -> tzinfo:
    """The zone of that IANA name; UTC for a name that nobody knows (any more)."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: the name of a folder of zones, such as Europe.
        return UTC


def _run_day(at: datetime, frequency: Frequency, zone: str) -> date:
    """A day of a run near `at`: at most one step off."""
    day = at.astimezone(zone_named(zone)).date()
    return day if frequency == Frequency.DAILY else day - timedelta(days=day.weekday())


def _due_on(day: date, zone: str) -> datetime:
    return datetime.combine(day, DUE_AT, zone_named(zone)).astimezone(UTC)


def _check(frequency: Frequency) -> None:
    if frequency not in DIGESTS:
        raise ValueError(f"no digest is {frequency}")
