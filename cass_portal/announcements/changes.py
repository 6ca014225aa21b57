"""What differs between two texts: facts, sentences, words. Pure but for the rows it reads."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

from cass_portal.announcements.models import Edition
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import NEVER_SHOWN_AROUND

CONTEXT = 2
"""Unchanged pieces shown on either side of a change."""
ALIKE = 0.5
"""Two sentences that share less than this are shown one after the other, not word by word."""
WORDS_COMPARED = 120
"""Longer sentences are not compared word by word: that would take long and read badly."""
PAIRS_COMPARED = 200_000
"""Texts with more pairs of equal pieces say the same thing over and over; finding the best order would take seconds."""
OF_THE_EDITION = ("What changed", "Minor change")
"""What each edition says of itself; between two editions it is no difference."""


@dataclass(frozen=True)
class Piece:
    """`kind` is same, added, removed, changed (its `words` are runs of kind and text) or gap (unchanged, left out)."""

    kind: str
    text: str = ""
    words: tuple[tuple[str, str], ...] = ()


def saying(edition: Edition, *, public: bool = False) -> dict[str, Any]:
    """Everything that the digest of `edition` covers, in words, as it can be stored: labeled facts and the body.

    `public`: name only the matters that everybody may read.
    """
    return {
        "facts": [[label, value] for label, value in _facts(edition, public=public) if value],
        "body": edition.body,
    }


def changes(before: Edition, after: Edition, *, public: bool = False) -> list[Piece]:
    """From one edition to another; empty when they say the same."""
    old, new = saying(before, public=public), saying(after, public=public)
    for each in (old, new):
        each["facts"] = [fact for fact in each["facts"] if fact[0] not in OF_THE_EDITION]
    return _compared(_pieces(old), _pieces(new))


def changes_since(said: dict[str, Any], edition: Edition) -> list[Piece]:
    """From what `edition` said once (kept by `saying`) to what it says now."""
    return _compared(_pieces(said), _pieces(saying(edition)))


def between(old: str, new: str) -> list[Piece]:
    """From one text to another."""
    return _compared(_pieces({"body": old}), _pieces({"body": new}))


def _is_shown_to_all(item: Feedback) -> bool:
    return item.is_public and item.state not in NEVER_SHOWN_AROUND


def _facts(edition: Edition, *, public: bool) -> list[tuple[str, str]]:
    named = [each.reference for each in edition.feedback if not public or _is_shown_to_all(each)]
    levels = edition.levels
    products = [
        f"{each.name} ({_words(levels[each])})" if each in levels else each.name for each in edition.products
    ]
    return [
        ("Kind", _words(edition.announcement.kind)),
        ("Title", edition.title),
        ("Summary", edition.summary),
        ("Speaks for", ", ".join(each.short_name for each in edition.organizations)),
        ("Affects", ", ".join(products)),
        ("Stage", _words(edition.stage) if edition.stage else ""),
        ("Begins", _instant(edition.starts_at)),
        ("Ends", _instant(edition.ends_at)),
        ("Begins and ends by itself", "yes" if edition.follows_clock else ""),
        ("Answers", ", ".join(named)),
        ("What changed", edition.change_note or ""),
        ("Minor change", "yes" if edition.is_minor else ""),
    ]


def _words(value: Any) -> str:
    return str(value).replace("_", " ")


def _instant(at: datetime | None) -> str:
    return f"{at.day} {at:%B %Y, %H:%M} UTC" if at is not None else ""


def _pieces(said: dict[str, Any]) -> list[str]:
    """The facts as lines, then the text cut at line ends and after sentences."""
    facts = [f"{label}: {value}" for label, value in said.get("facts", ())]
    return facts + [piece for piece in re.split(r"\n+|(?<=[.!?]) ", said.get("body", "")) if piece.strip()]


def _compared(old: list[str], new: list[str]) -> list[Piece]:
    if old == new:
        return []
    found: list[Piece] = []
    for tag, i1, i2, j1, j2 in _steps(old, new):
        if tag == "equal":
            found += _shortened(old[i1:i2], is_first=i1 == 0, is_last=i2 == len(old))
        else:
            found += _replaced(old[i1:i2], new[j1:j2])
    return found


def _steps(old: list[str], new: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    """What leads from one to the other, as SequenceMatcher says it."""
    often = Counter(new)
    if sum(often[piece] for piece in old) > PAIRS_COMPARED:
        return [("replace", 0, len(old), 0, len(new))]
    return SequenceMatcher(None, old, new).get_opcodes()


def _replaced(old: list[str], new: list[str]) -> list[Piece]:
    """Sentences beside each other that are alike word by word; the others whole, the old ones first."""
    found: list[Piece] = []
    removed: list[Piece] = []
    added: list[Piece] = []
    for before, after in zip_longest(old, new):
        words = _word_by_word(before, after) if before is not None and after is not None else ()
        if words:
            found += [*removed, *added, Piece("changed", words=words)]
            removed, added = [], []
            continue
        removed += [Piece("removed", before)] if before is not None else []
        added += [Piece("added", after)] if after is not None else []
    return [*found, *removed, *added]


def _word_by_word(before: str, after: str) -> tuple[tuple[str, str], ...]:
    """Runs of same, removed and added words; empty where whole sentences say it better, or only blanks differ."""
    old, new = before.split(), after.split()
    if old == new or min(len(old), len(new)) < 2 or max(len(old), len(new)) > WORDS_COMPARED:
        return ()
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return tuple(_runs(matcher, old, new)) if matcher.ratio() >= ALIKE else ()


def _runs(matcher: SequenceMatcher[str], old: list[str], new: list[str]) -> Iterator[tuple[str, str]]:
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            yield "same", " ".join(old[i1:i2])
            continue
        if i2 > i1:
            yield "removed", " ".join(old[i1:i2])
        if j2 > j1:
            yield "added", " ".join(new[j1:j2])


def _shortened(texts: list[str], *, is_first: bool, is_last: bool) -> list[Piece]:
    head = [] if is_first else texts[:CONTEXT]
    rest = texts[len(head) :]
    tail = [] if is_last else rest[-CONTEXT:]
    left_out = len(rest) - len(tail)
    gap = [Piece("gap")] if left_out else []
    return [*(Piece("same", text) for text in head), *gap, *(Piece("same", text) for text in tail)]
