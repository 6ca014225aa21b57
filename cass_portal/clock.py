"""The only source of time. Everything stored is UTC; a zone is applied only where a person reads it."""

from datetime import UTC, date, datetime, timedelta


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The present date in UTC."""
    return now().date()


def add_working_days(start: date, days: int) -> date:
    """The date `days` working days (Monday to Friday) after `start`; `start` itself does not count."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() < 5:
            days -= 1
    return day
