"""The only source of time. Everything stored is UTC; a zone is applied only where a person reads it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta

_pretended: ContextVar[datetime | None] = ContextVar("pretended", default=None)


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return _pretended.get() or datetime.now(UTC)


def today() -> date:
    """The present date in UTC."""
    return now().date()


@contextmanager
def as_of(instant: datetime) -> Iterator[None]:
    """Inside, `now()` is `instant`: how the demonstration writes a past through the ordinary acts."""
    token = _pretended.set(instant)
    try:
        yield
    finally:
        _pretended.reset(token)


def add_working_days(start: date, days: int) -> date:
    """The date `days` working days (Monday to Friday) after `start`; `start` itself does not count."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() < 5:
            days -= 1
    return day


def after_working_days(instant: datetime, days: int) -> datetime:
    """The same time of day, `days` working days (UTC) after `instant`."""
    return datetime.combine(add_working_days(instant.date(), days), instant.timetz())


def working_days_before(instant: datetime, days: int) -> datetime:
    """The same time of day, `days` working days (UTC) before `instant`."""
    day = instant.date()
    while days > 0:
        day -= timedelta(days=1)
        if day.weekday() < 5:
            days -= 1
    return datetime.combine(day, instant.timetz())
