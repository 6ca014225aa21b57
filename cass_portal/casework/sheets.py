"""A CSV file of what many people said → rows as they would be entered, with every mistake by line and column. Pure.

Cells are text whatever they begin with: a formula stays the words it is.
"""

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date

from email_validator import EmailNotValidError, validate_email

from cass_portal.feedback.models import FeedbackKind
from cass_portal.languages import DEFAULT, LANGUAGES
from cass_portal.text import clean, clean_line

COLUMNS = ("subject", "body", "kind", "products", "source_note", "date", "name", "email", "language")
REQUIRED = ("subject", "body")
ALSO_CALLED = {
    "product": "products",
    "text": "body",
    "title": "subject",
    "mail": "email",
    "source": "source_note",
}
LONGEST = {"subject": 200, "body": 20_000, "source_note": 500, "name": 120, "email": 254}
OCTETS, ROWS = 1_000_000, 1_000
UNKNOWN_SAID = 5
"""Of the names in one cell that nothing has."""
EXAMPLE = (
    COLUMNS,
    ("Build fails with the newest compiler", "It stops at the linker. On our cluster, with MPI.", "problem",
     "Kokkos; TAU", "Users' meeting, table 4", "2026-03-18", "", "", "en"),
)  # fmt: skip


class NotReadable(Exception):
    """Nothing in the file can be read; the message says where and why."""


@dataclass(frozen=True)
class Problem:
    column: str
    text: str


@dataclass(frozen=True)
class Row:
    """One line of the file as it would be entered. `line` is where it begins, as an editor counts.

    `slugs` are of products and topics. `key` is the same for the same content, in whatever file.
    """

    line: int
    subject: str
    body: str
    kind: FeedbackKind = FeedbackKind.OTHER
    slugs: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    source_note: str = ""
    said_on: date | None = None
    name: str | None = None
    email: str | None = None
    language: str = DEFAULT
    problems: tuple[Problem, ...] = ()
    file_note: str = ""
    """What is said where the row names no source: the file, whose name is no part of what was said."""
    same_as: int | None = None
    """The line above that says the same."""

    @property
    def is_good(self) -> bool:
        return not self.problems and self.same_as is None

    @property
    def key(self) -> str:
        said = (self.subject, self.body, self.source_note, str(self.said_on or ""), self.email or "")
        return hashlib.sha256("\0".join(said).encode()).hexdigest()

    @property
    def whole_note(self) -> str:
        """Where it was said and when: the day is no day of ours, so that no promise counts from it."""
        said = f"Said on {self.said_on.day} {self.said_on:%B %Y}." if self.said_on else ""
        return " ".join(each for each in (self.source_note or self.file_note, said) if each)[
            : LONGEST["source_note"]
        ]


@dataclass(frozen=True)
class Sheet:
    rows: list[Row] = field(default_factory=list)

    @property
    def good(self) -> list[Row]:
        return [each for each in self.rows if each.is_good]


def decoded(octets: bytes) -> str:
    """Raises NotReadable."""
    if len(octets) > OCTETS:
        raise NotReadable(f"The file is longer than {OCTETS // 1_000_000} MB. Divide it.")
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = octets[: error.start].count(b"\n") + 1
        raise NotReadable(f"Line {line} is not UTF-8. Save the file as “CSV UTF-8”.") from None


def read(text: str, *, known: Mapping[str, tuple[str, str]], default_note: str = "") -> Sheet:
    """`known` says (slug, name) of what feedback can be about, by its names in lower case. Raises NotReadable."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    seen: dict[str, int] = {}
    try:
        header = _header(next(reader, []))
        begins = reader.line_num + 1
        for cells in reader:
            if any(each.strip() for each in cells):
                row = _row(header, cells, line=begins, known=known, default_note=default_note)
                row = _first_or_same(row, seen)
                rows.append(row)
            begins = reader.line_num + 1
            if len(rows) > ROWS:
                raise NotReadable(f"The file has more than {ROWS:,} rows. Divide it.")
    except csv.Error as error:
        raise NotReadable(f"Line {reader.line_num} is not written as CSV: {error}.") from None
    if not rows:
        raise NotReadable("The file has no row below its header.")
    return Sheet(rows)


def _header(cells: list[str]) -> list[str]:
    written = [clean_line(each).lower().replace(" ", "_") for each in cells]
    names = [ALSO_CALLED.get(each, each) for each in written]
    if len(names) == 1 and ";" in names[0]:
        raise NotReadable("The columns are separated by semicolons. Save the file with commas.")
    missing = [each for each in REQUIRED if each not in names]
    unknown = [each or "(empty)" for each in names if each not in COLUMNS]
    twice = sorted(each for each, times in Counter(names).items() if times > 1)
    if missing:
        raise NotReadable(f"Line 1, the header, has no column “{missing[0]}”.")
    if unknown or twice:
        odd = f"“{unknown[0][:40]}”, which is not known" if unknown else _named_twice(twice[0], written)
        raise NotReadable(f"Line 1, the header, has a column {odd}. Known are: {', '.join(COLUMNS)}.")
    return names


def _named_twice(name: str, written: list[str]) -> str:
    other = next((each for each in written if each != name and ALSO_CALLED.get(each) == name), None)
    return f"“{name}” twice" + (f": “{other}” means the same" if other else "")


def _first_or_same(row: Row, seen: dict[str, int]) -> Row:
    first = seen.setdefault(row.key, row.line) if not row.problems else row.line
    return row if first == row.line else Row(**{**row.__dict__, "same_as": first})


def _row(
    header: list[str],
    cells: list[str],
    *,
    line: int,
    known: Mapping[str, tuple[str, str]],
    default_note: str,
) -> Row:
    problems: list[Problem] = []
    if len(cells) != len(header):
        problems.append(Problem("", f"It has {len(cells)} cells, the header {len(header)}."))
    told = dict(zip(header, cells, strict=False))
    texts = {name: clean_line(told.get(name, "")) for name in COLUMNS}
    texts["body"] = clean(told.get("body", "")).strip()
    problems += _lengths(texts)
    about, unknown = _about(texts["products"], known)
    problems += [
        Problem("products", f"There is no “{each[:60]}” in the catalog.") for each in unknown[:UNKNOWN_SAID]
    ]
    kind = _kind(texts["kind"], problems)
    return Row(
        line=line,
        subject=texts["subject"],
        body=texts["body"],
        kind=kind,
        slugs=tuple(slug for slug, _ in about),
        names=tuple(name for _, name in about),
        source_note=texts["source_note"],
        file_note=default_note,
        said_on=_day(texts["date"], problems),
        name=texts["name"] or None,
        email=_email(texts["email"], problems),
        language=_language(texts["language"], problems),
        problems=tuple(problems),
    )


def _lengths(texts: dict[str, str]) -> Iterator[Problem]:
    for name in REQUIRED:
        if not texts[name]:
            yield Problem(name, "It is empty.")
    if texts["body"] and len(texts["body"]) < 10:
        yield Problem("body", "It has fewer than 10 characters.")
    for name, most in LONGEST.items():
        if len(texts[name]) > most:
            yield Problem(name, f"It has {len(texts[name]):,} characters; {most:,} are allowed.")


def _about(text: str, known: Mapping[str, tuple[str, str]]) -> tuple[list[tuple[str, str]], list[str]]:
    """What is known among the names between semicolons, and what is not."""
    names = [each.strip() for each in text.split(";") if each.strip()]
    found = dict.fromkeys(known[each.casefold()] for each in names if each.casefold() in known)
    return list(found), [each for each in names if each.casefold() not in known]


def _kind(text: str, problems: list[Problem]) -> FeedbackKind:
    if text.lower() in set(FeedbackKind):
        return FeedbackKind(text.lower())
    if text:
        problems.append(Problem("kind", f"“{text[:40]}” is none of: {', '.join(FeedbackKind)}."))
    return FeedbackKind.OTHER


def _day(text: str, problems: list[Problem]) -> date | None:
    if not text:
        return None
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        with suppress(ValueError):
            return date.fromisoformat(text)
    problems.append(Problem("date", f"“{text[:40]}” is no day written as 2026-03-18."))
    return None


def _email(text: str, problems: list[Problem]) -> str | None:
    if not text:
        return None
    try:
        return validate_email(text, check_deliverability=False, allow_smtputf8=False).normalized.lower()
    except EmailNotValidError:
        problems.append(Problem("email", f"“{text[:60]}” is not one mail address."))
        return None


def _language(text: str, problems: list[Problem]) -> str:
    if not text or text.lower() in LANGUAGES:
        return text.lower() or DEFAULT
    problems.append(Problem("language", f"“{text[:20]}” is none of: {', '.join(LANGUAGES)}."))
    return DEFAULT
