"""Checks of the whole: headings, length of sentences, reading level. Pure."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise

from cass_portal.announcements.lint.context import Context, Hit, hit
from cass_portal.announcements.lint.reading import Block
from cass_portal.announcements.lint.table import Rule, proper_words

FIRST_LEVEL = 2
FEWEST_WORDS = 60
"""A shorter text has no reading level that means anything."""
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_SENTENCE_END = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][\"”’)]))\s+")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(r"(?:[^laeiouy]es|[^td]ed|[^laeiouy]e)$")


def heading_start(_rule: Rule, context: Context) -> Iterator[Hit]:
    for block in _headings(context)[:1]:
        if block.level != FIRST_LEVEL:
            yield _whole(block, better=str(block.level))


def heading_skipped(_rule: Rule, context: Context) -> Iterator[Hit]:
    for before, block in pairwise(_headings(context)):
        if block.level > before.level + 1:
            yield _whole(block, better="#" * (before.level + 1))


def heading_deep(rule: Rule, context: Context) -> Iterator[Hit]:
    return (_whole(block) for block in _headings(context) if block.level > rule.limit)


def heading_case(_rule: Rule, context: Context) -> Iterator[Hit]:
    """Words with a capital that are no names: the greater part of a heading, or used in lower case elsewhere."""
    titles = [*context.reading.of("title"), *_headings(context)]
    if not titles:
        return
    exempt = proper_words() | {word for name in context.catalog for word in _WORD.findall(name)}
    elsewhere = {
        w for b in context.reading.of("summary", "body") for w in _WORD.findall(b.prose) if w.islower()
    }
    for block in filter(lambda each: each.raw, titles):
        longer = [word for word in _later_words(block.prose) if len(word) > 2 and word not in exempt]
        capitals = [word for word in longer if word.istitle()]
        used = [word for word in capitals if len(word) > 3 and word.lower() in elsewhere]
        if used or (len(capitals) > 1 and 2 * len(capitals) > len(longer)):
            yield _whole(block)


def sentence_length(rule: Rule, context: Context) -> Iterator[Hit]:
    for block in context.reading.of(*rule.fields):
        if block.kind in ("heading", "row") or len(block.prose) < 2 * rule.limit:
            continue
        for start, end in _sentences(block.prose):
            length = sum(1 for _ in _WORD.finditer(block.prose, start, end))
            if length > rule.limit:
                yield hit(block, start, min(end, start + 60), found=str(length))


def reading_level(rule: Rule, context: Context) -> Iterator[Hit]:
    """One finding for the text as a whole."""
    running = [block for block in context.reading.of(*rule.fields) if block.kind in ("paragraph", "item")]
    grade = grade_of([block.prose for block in running])
    if grade is not None and grade > rule.limit:
        yield Hit(None, found=str(round(grade)))


def grade_of(paragraphs: list[str]) -> float | None:
    """Flesch-Kincaid grade: 0.39 × words a sentence + 11.8 × syllables a word − 15.59; None for a short text.

    Syllables are counted as groups of vowels without a silent e at the end, which is right for about nine of ten
    English words. Names of products and acronyms count like words, so a text full of them seems harder than it is.
    """
    words = [word for text in paragraphs for word in _WORD.findall(text)]
    if len(words) < FEWEST_WORDS:
        return None
    sentences = sum(sum(1 for _ in _sentences(text)) for text in paragraphs)
    syllables = sum(_syllables(word) for word in words)
    return 0.39 * len(words) / max(sentences, 1) + 11.8 * syllables / len(words) - 15.59


def _syllables(word: str) -> int:
    lower = word.lower()
    groups = len(_VOWELS.findall(lower))
    return max(groups - bool(groups > 1 and _SILENT.search(lower[-4:])), 1)


def _sentences(prose: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _SENTENCE_END.finditer(prose):
        yield start, match.start()
        start = match.end()
    if prose[start:].strip():
        yield start, len(prose)


def _headings(context: Context) -> list[Block]:
    return [block for block in context.reading.blocks if block.kind == "heading"]


def _later_words(prose: str) -> list[str]:
    """All words but those that begin a sentence or stand after a colon."""
    found = list(_WORD.finditer(prose))
    begins = [0, *(match.end() for match in re.finditer(r"[.!?:“\"(]\s?", prose))]
    firsts = {bisect_right([word.start() for word in found], begin - 1) for begin in begins}
    return [word.group() for place, word in enumerate(found) if place not in firsts]


def _whole(block: Block, *, better: str = "") -> Hit:
    return hit(block, 0, len(block.raw), better=better)
