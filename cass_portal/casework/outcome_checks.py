"""When the stakeholder is asked whether an answer held, from what the answers said. Pure."""

import re
from collections.abc import Iterable
from datetime import date, timedelta

CHECK_DAYS = 28
"""After “done” and “partly”."""
PLANNED_CHECK_DAYS = 90
"""After the target of “planned”, or after its release where the target names no day."""
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
QUARTERS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4}
YEAR = r"(?P<year>20\d\d)"
MONTH = rf"(?P<name>{'|'.join(MONTHS)})[a-z]*\.?"
SHAPES = (
    rf"{YEAR}-(?P<month>\d\d)-(?P<day>\d\d)",
    rf"{YEAR}-(?P<month>\d\d)",
    rf"q(?P<quarter>[1-4])[\s/,-]*{YEAR}",
    rf"{YEAR}[\s/,-]*q(?P<quarter>[1-4])",
    rf"(?P<ordinal>{'|'.join(QUARTERS)}) quarter(?: of)? {YEAR}",
    rf"{MONTH} (?P<day>\d\d?)(?:st|nd|rd|th)?,? {YEAR}",
    rf"(?P<day>\d\d?)\.? {MONTH} {YEAR}",
    rf"{MONTH} {YEAR}",
    YEAR,
)
"""What a target may say; words around it (“by the end of”) do not matter."""


def check_on(outcomes: Iterable[tuple[str, str | None]], *, released_on: date) -> date | None:
    """The day for one reply, from (outcome, target) of each answer: the latest, because it is asked once.

    None where nothing was done or promised.
    """
    days = [_after(outcome, target, released_on) for outcome, target in outcomes]
    return max((each for each in days if each is not None), default=None)


def target_on(text: str) -> date | None:
    """The last day of the day, month, quarter or year that `text` names; None for free words (“version 5.2”)."""
    for shape in SHAPES:
        match = re.search(rf"(?<![\w.-]){shape}(?![\w-]|\.\d)", text, re.ASCII | re.IGNORECASE)
        if match is not None:
            return _last_day(match.groupdict())
    return None


def _after(outcome: str, target: str | None, released_on: date) -> date | None:
    if outcome in ("done", "partly"):
        return released_on + timedelta(days=CHECK_DAYS)
    if outcome != "planned":
        return None
    planned_for = target_on(target or "") or released_on
    return max(planned_for, released_on) + timedelta(days=PLANNED_CHECK_DAYS)


def _last_day(said: dict[str, str | None]) -> date | None:
    year, month = int(said["year"] or 0), _month(said)
    try:
        if said.get("day"):
            return date(year, month, int(said["day"] or 0))
        first_after = date(year + 1, 1, 1) if month == 12 else date(year, month + 1, 1)
    except ValueError:
        return None
    return first_after - timedelta(days=1)


def _month(said: dict[str, str | None]) -> int:
    if said.get("month"):
        return int(said["month"] or 0)
    if said.get("name"):
        return MONTHS.index((said["name"] or "").lower()) + 1
    quarter = said.get("quarter") or QUARTERS.get((said.get("ordinal") or "").lower())
    return int(quarter) * 3 if quarter else 12
