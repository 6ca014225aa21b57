"""The rules as data: rules.yaml read once. A rule says what to look for, what is wrong, what to write instead and
where it comes from; `check` names the function that looks. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FIELDS = {
    "title": "Title",
    "summary": "Summary",
    "body": "Text",
    "change_note": "What changed",
    "feedback": "Feedback",
}


class FindingLevel(StrEnum):
    """An error blocks the request for sign-off, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Rule:
    """`what` is one line for the table in docs/lint.md; `message` may hold {found} and {better}.

    `words`, `patterns`, `instead` and `limit` mean what the rule's check says.
    """

    id: str
    level: FindingLevel
    check: str
    what: str
    message: str
    suggestion: str
    source: str
    words: Sequence[str] = ()
    patterns: Sequence[str] = ()
    instead: dict[str, str] = field(default_factory=dict, hash=False)
    fields: Sequence[str] = ("title", "summary", "body", "change_note")
    limit: int = 0


@dataclass(frozen=True)
class Where:
    """A field of the form, and the line of its text; None where it is the field as a whole."""

    field: str
    line: int | None = None

    def __str__(self) -> str:
        label = FIELDS[self.field]
        return f"{label}, line {self.line}" if self.line and self.field == "body" else label


@dataclass(frozen=True)
class Finding:
    """One place that a rule speaks of. `excerpt` is what stands there, empty where something is missing."""

    rule: str
    level: FindingLevel
    where: Where
    message: str
    suggestion: str
    source: str
    excerpt: str = ""

    @property
    def is_error(self) -> bool:
        return self.level == FindingLevel.ERROR


@dataclass(frozen=True)
class Remedy:
    """Findings that are mended in the same way, in the order of the text."""

    places: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        return self.places[0]

    @property
    def is_error(self) -> bool:
        return self.first.is_error


def remedies(found: Iterable[Finding]) -> list[Remedy]:
    """`found` by what to do about it; the remedy of the first finding comes first."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for each in found:
        alike.setdefault((each.rule, each.suggestion), []).append(each)
    return [Remedy(tuple(places)) for places in alike.values()]


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, in the order of the file."""
    return tuple(_rule(each) for each in _file()["rules"])


@cache
def known_acronyms() -> frozenset[str]:
    """Those that every reader of the Consortium's news is expected to know."""
    return frozenset(_file()["known_acronyms"])


@cache
def common_words() -> frozenset[str]:
    """Names of products that are words of English too, in lower case."""
    return frozenset(_file()["common_words"])


@cache
def proper_words() -> frozenset[str]:
    """Words that are written with a capital wherever they stand."""
    return frozenset(_file()["proper_words"])


def _rule(row: dict[str, Any]) -> Rule:
    return Rule(**(row | {"level": FindingLevel(row["level"])}))


@cache
def _file() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "rules.yaml").read_text(encoding="utf-8"))
    return found
