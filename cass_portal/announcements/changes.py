"""What differs between two editions, sentence by sentence. Pure but for the rows it reads."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from cass_portal.announcements.models import Edition

CONTEXT = 2
"""Unchanged pieces shown on either side of a change."""


@dataclass(frozen=True)
class Piece:
    """`kind` is same, added, removed or gap (unchanged pieces left out)."""

    kind: str
    text: str = ""


def changes(before: Edition, after: Edition) -> list[Piece]:
    """From the text of `before` to that of `after`; empty when they say the same."""
    old, new = _pieces(before), _pieces(after)
    if old == new:
        return []
    found: list[Piece] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new).get_opcodes():
        if tag == "equal":
            found += _shortened(old[i1:i2], is_first=i1 == 0, is_last=i2 == len(old))
        else:
            found += [Piece("removed", text) for text in old[i1:i2]]
            found += [Piece("added", text) for text in new[j1:j2]]
    return found


def _pieces(edition: Edition) -> list[str]:
    """The facts of an edition as labeled lines, then its text cut at line ends and after sentences."""
    facts = [
        f"Title: {edition.title}",
        f"Summary: {edition.summary}",
        f"Speaks for: {', '.join(each.short_name for each in edition.organizations)}",
        f"Affects: {', '.join(each.name for each in edition.products)}",
    ]
    return facts + [piece for piece in re.split(r"\n+|(?<=[.!?]) ", edition.body) if piece.strip()]


def _shortened(texts: list[str], *, is_first: bool, is_last: bool) -> list[Piece]:
    head = [] if is_first else texts[:CONTEXT]
    rest = texts[len(head) :]
    tail = [] if is_last else rest[-CONTEXT:]
    left_out = len(rest) - len(tail)
    gap = [Piece("gap")] if left_out else []
    return [*(Piece("same", text) for text in head), *gap, *(Piece("same", text) for text in tail)]
