"""What a check gets, and what it gives back. Pure."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from cass_portal.announcements.lifecycle import AnnouncementKind
from cass_portal.announcements.lint.reading import Block, Reading, Running
from cass_portal.announcements.lint.table import Rule

AROUND = 30
"""Characters shown on either side of what was found."""
SHOWN = 60


@dataclass(frozen=True)
class Context:
    """One text under one set of names. `catalog` are the products' names, `members` the organizations' short names."""

    reading: Reading
    kind: AnnouncementKind
    catalog: tuple[str, ...]
    members: tuple[str, ...]
    names_feedback: bool


@dataclass(frozen=True)
class Hit:
    """`start` and `end` are places in the block's `raw`; no block where a whole field is meant.

    `found` and `better` go into the rule's message and suggestion.
    """

    block: Block | None
    start: int = 0
    end: int = 0
    found: str = ""
    better: str = ""
    field: str = "body"


Check: TypeAlias = Callable[[Rule, Context], Iterator[Hit]]


def hit(block: Block, start: int, end: int, *, found: str | None = None, better: str = "") -> Hit:
    text = block.raw[start:end] if found is None else found
    return Hit(block, start, end, shortened(text), shortened(better, 2 * SHOWN))


def hit_at(running: Running, match: re.Match[str], *, better: str = "") -> Hit:
    """The hit of a match in the whole text."""
    block, start = running.locate(match.start())
    return hit(block, start, start + len(match.group()), better=better)


def shortened(text: str, length: int = SHOWN) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def excerpt_of(block: Block, start: int, end: int) -> str:
    """What stands at the place, with a few words around it; cut at blanks where there are some."""
    begin, stop = max(start - AROUND, 0), min(max(end, start) + AROUND, start + 3 * SHOWN, len(block.raw))
    text = block.raw[begin:stop]
    if begin > 0:
        text = "…" + (text.partition(" ")[2] if " " in text[: start - begin] else text)
    if stop < len(block.raw):
        text = (text.rpartition(" ")[0] if " " in text[end - begin :] else text) + "…"
    return " ".join(text.split())
