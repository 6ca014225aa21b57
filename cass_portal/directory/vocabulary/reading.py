"""Words of a text, and entries of the vocabulary found among them. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

TOKEN = re.compile(r"[^\W\u2e80-\uffff]+(?:\+\+(?!\w))?|[\u2e80-\uffff]")
"""A word, “C++” among them; a sign of a script without spaces stands alone."""
BETWEEN = re.compile(r"[\s\-./:'’&]{0,2}")
LONGEST = 6


@dataclass(frozen=True, slots=True)
class Token:
    written: str
    lower: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hit:
    """What was found: who it belongs to (several may share it) and how it stands in the text."""

    owners: tuple[str, ...]
    written: str
    start: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """`exact` are the words as they must be written; `after` and `before` the signs that must stand around them."""

    owner: str
    exact: tuple[str, ...] | None
    after: str
    before: str


def tokens(text: str) -> list[Token]:
    return [Token(m.group(), m.group().lower(), m.start(), m.end()) for m in TOKEN.finditer(text)]


class Finder:
    """Finds entries in a text; where several begin at the same word, the longest. Built once, quick to ask.

    An entry is a phrase in any capitals; “=Phrase” counts only as written; “WORD*” is any longer word that
    begins exactly so, “Name::*” that name before “::”; “.word” and the like only after that sign.
    """

    def __init__(self, entries: Iterable[tuple[str, str]]) -> None:
        self._phrases: dict[tuple[str, ...], list[_Entry]] = defaultdict(list)
        self._starts: dict[str, list[str]] = defaultdict(list)
        for entry, owner in entries:
            self._add(entry, owner)
        self._lengths: dict[str, list[int]] = {}
        for start in sorted(self._starts, key=len, reverse=True):
            lengths = self._lengths.setdefault(start[0], [])
            if len(start) not in lengths:
                lengths.append(len(start))
        self._firsts: dict[str, list[int]] = {}
        for phrase in self._phrases:
            self._firsts.setdefault(phrase[0], []).append(len(phrase))
        for several in self._firsts.values():
            several[:] = sorted(set(several), reverse=True)

    def find(self, text: str, words: list[Token] | None = None) -> Iterator[Hit]:
        """Hits in the order of the text; no word belongs to two of them."""
        words = tokens(text) if words is None else words
        at = 0
        while at < len(words):
            length, owners = self._at(text, words, at)
            if owners:
                last = words[at + length - 1]
                yield Hit(owners, text[words[at].start : last.end], words[at].start)
            at += length

    def _at(self, text: str, words: list[Token], at: int) -> tuple[int, tuple[str, ...]]:
        for length in self._firsts.get(words[at].lower, ()):
            if at + length > len(words):
                continue
            found = words[at : at + length]
            entries = self._phrases.get(tuple(each.lower for each in found))
            if entries and _is_together(text, found):
                owners = [each.owner for each in entries if _fits(each, text, found)]
                if owners:
                    return length, tuple(dict.fromkeys(owners))
        return 1, self._beginning(words[at].written)

    def _beginning(self, word: str) -> tuple[str, ...]:
        for length in self._lengths.get(word[0], ()):
            owners = self._starts.get(word[:length]) if len(word) > length else None
            if owners:
                return tuple(owners)
        return ()

    def _add(self, entry: str, owner: str) -> None:
        exact, entry = entry.startswith("="), entry.removeprefix("=")
        found = tokens(entry)
        if not found or len(found) > LONGEST:
            return
        before = entry[found[-1].end : -1] if entry.endswith("*") else ""
        if entry.endswith("*") and not before:
            if owner not in self._starts[found[0].written]:
                self._starts[found[0].written].append(owner)
            return
        after = entry[found[0].start - 1] if found[0].start else ""
        written = tuple(each.written for each in found) if exact or before else None
        self._phrases[tuple(each.lower for each in found)].append(_Entry(owner, written, after, before))


def _fits(entry: _Entry, text: str, found: list[Token]) -> bool:
    if entry.after and text[max(0, found[0].start - 1) : found[0].start] != entry.after:
        return False
    if not text.startswith(entry.before, found[-1].end):
        return False
    return entry.exact is None or entry.exact == tuple(each.written for each in found)


def _is_together(text: str, found: list[Token]) -> bool:
    return all(BETWEEN.fullmatch(text, one.end, other.start) for one, other in pairwise(found))
