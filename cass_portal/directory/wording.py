"""Values of YAML files, which may be anything, as the values of records. Pure. Nothing here raises."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from cass_portal.text import clean_line

LINE_LIMIT = 120
ADDRESS_LIMIT = 500
NOTHING = ("", "nil", "null", "none")
FIRST_LABELS = ("website", "repository", "documentation")


def line(value: Any, *, limit: int = LINE_LIMIT) -> str | None:
    """One line of plain text; None for nothing, for what is no text, and for more than `limit` characters."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        text = clean_line(str(value))
    except ValueError:  # a number of thousands of digits
        return None
    return text if text and len(text) <= limit else None


def lines(value: Any) -> tuple[str, ...]:
    """A value that may be missing, one or a list, as lines without repetition; “nil” means nothing."""
    values = value if isinstance(value, list) else [value]
    found = (line(each) for each in values)
    return tuple(dict.fromkeys(each for each in found if each and each.lower() not in NOTHING))


def day(value: Any) -> date | None:
    """A date, which YAML may hand over as a date, an instant or text."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        return None


def address(value: Any) -> str | None:
    """An http(s) address of some host; None for every other scheme and for what no browser would open."""
    text = line(value, limit=ADDRESS_LIMIT)
    if text is None or " " in text or any(c in text for c in "<>\"'`\\"):
        return None
    try:
        parts = urlsplit(text)
        named = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        return None
    return text if named else None


def label_of(label: Any, note: Any) -> str:
    """What a link is called: its label, with the note in parentheses where there is one."""
    text, remark = line(label) or "Link", line(note)
    if remark is None:
        return text
    return f"{text} ({remark.strip('()–— ')})"[:LINE_LIMIT]


def in_order(links: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Links without repetition: web site, repository and documentation first, then as given."""
    unique = list(dict.fromkeys(links))
    return tuple(sorted(unique, key=lambda link: _rank(link[0])))


def _rank(label: str) -> int:
    word = label.split(" (", maxsplit=1)[0].lower()
    return FIRST_LABELS.index(word) if word in FIRST_LABELS else len(FIRST_LABELS)
