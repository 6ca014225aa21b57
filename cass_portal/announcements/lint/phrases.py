"""Checks that look for words: house terms, spelling, dates, times, links, prompts left from a template. Pure."""

import re
from collections.abc import Iterator
from functools import cache

from cass_portal.announcements.lifecycle import AnnouncementKind
from cass_portal.announcements.lint.context import Context, Hit, hit, hit_at
from cass_portal.announcements.lint.table import Rule

MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan\.|Feb\.|Mar\.|Apr\.|Jun\.|Jul\.|Aug\.|Sept?\.|Oct\.|Nov\.|Dec\.)"
)
DAYS = r"\d{1,2}(?:st|nd|rd|th)?(?:\s?[–-]\s?\d{1,2}(?:st|nd|rd|th)?)?"
_DATE = re.compile(rf"\b(?:{DAYS}\s(?:of\s)?{MONTH}|{MONTH}\s{DAYS})(?!\w)")
_YEAR_AFTER = re.compile(rf"(?:\s?[–-]\s?{DAYS}(?:\s{MONTH})?)?,?\s(?:19|20)\d\d\b")
_TIME = re.compile(
    r"(?<![\d:.])(?:[01]?\d|2[0-3]):[0-5]\d(?![\d:])(?:\s?[ap]\.?m\b\.?)?|\b(?:1[0-2]|[1-9])\s?(?:[ap]m|[ap]\.m\.)(?!\w)",
    re.IGNORECASE,
)
_ZONE = re.compile(
    r"\b(?:UTC|GMT|[ECMP][SD]?T|CES?T|BST|JST|IST|AEST|AKDT|HST|Eastern|Central|Mountain|Pacific|Z)\b|[+-]\d\d:?\d\d\b"
    r"|(?<=\d)Z\b"
)
_PROMPT = re.compile(r"\[([^\W\d_][^\[\]\x00]{1,120})\](?![(\[])")
_DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>\[\]\x00]{1,300}")
_BARE_DOI = re.compile(r"\bdoi(?:\s?:\s?|\s)(10\.\d{4,9}/[^\s\"<>\[\]\x00]{1,300})", re.IGNORECASE)
_RESOLVER = "https://doi.org/"


def phrases(rule: Rule, context: Context) -> Iterator[Hit]:
    """Any of the rule's patterns, in the prose; not what `instead` names as right."""
    running = context.reading.running
    for pattern in map(_compiled, rule.patterns):
        for match in pattern.finditer(running.text):
            if match.group().lower() not in rule.instead:
                yield hit_at(running, match)


def date_year(_rule: Rule, context: Context) -> Iterator[Hit]:
    running = context.reading.running
    for match in _DATE.finditer(running.text):
        if not _YEAR_AFTER.match(running.text, match.end()):
            yield hit_at(running, match)


def time_zone(_rule: Rule, context: Context) -> Iterator[Hit]:
    """A zone anywhere in the paragraph or row will do; in a table, in any row of it."""
    running = context.reading.running
    blocks = [running.locate(match.start())[0] for match in _ZONE.finditer(running.text)]
    zoned, has_zoned_row = {id(each) for each in blocks}, any(each.kind == "row" for each in blocks)
    for match in _TIME.finditer(running.text):
        block, start = running.locate(match.start())
        if id(block) not in zoned and not (block.kind == "row" and has_zoned_row):
            yield hit(block, start, start + len(match.group()))


def link_text(rule: Rule, context: Context) -> Iterator[Hit]:
    """Words that say nothing by themselves, or none at all."""
    for block in context.reading.with_links:
        for link in block.links:
            bare = link.words.strip("*_`.:,!>… ").casefold()
            if not link.is_image and (not bare or bare in rule.words):
                yield hit(block, link.start, link.start + len(link.words), found=link.words or "(no words)")


def images(_rule: Rule, context: Context) -> Iterator[Hit]:
    for block in context.reading.with_links:
        for link in block.links:
            if link.is_image:
                yield hit(block, link.start, link.start + len(link.words))


def image_alt(rule: Rule, context: Context) -> Iterator[Hit]:
    """No words, a file's name, or a word that fits every image."""
    for block in context.reading.with_links:
        for link in block.links:
            words = link.words.casefold()
            empty = not words or words in rule.words or any(_whole(p, words) for p in rule.patterns)
            if link.is_image and empty:
                yield hit(block, link.start, link.start + len(link.words))


def doi_addresses(_rule: Rule, context: Context) -> Iterator[Hit]:
    """Addresses that hold a DOI and are not those of the resolver."""
    for block in context.reading.with_addresses:
        for place, address in block.addresses:
            doi = _DOI.search(address)
            if doi and not address.startswith(_RESOLVER):
                better = _RESOLVER + _trimmed(doi.group())
                yield hit(block, place, place + len(address), better=better)


def bare_dois(_rule: Rule, context: Context) -> Iterator[Hit]:
    """“doi:10.…” outside of the words of a link."""
    running = context.reading.running
    for match in _BARE_DOI.finditer(running.text):
        block, start = running.locate(match.start())
        if not any(each.start <= start < each.start + len(each.words) for each in block.links):
            yield hit_at(running, match, better=_RESOLVER + _trimmed(match[1]))


def prompts(_rule: Rule, context: Context) -> Iterator[Hit]:
    """Words in square brackets that are no link."""
    running = context.reading.running
    for match in _PROMPT.finditer(running.text):
        if " " in match[1] and match[1].casefold() not in context.reading.labels:
            yield hit_at(running, match)


def names_feedback(_rule: Rule, context: Context) -> Iterator[Hit]:
    if context.kind == AnnouncementKind.YOU_SAID_WE_DID and not context.names_feedback:
        yield Hit(None, field="feedback")


def _trimmed(doi: str) -> str:
    return doi.rstrip(".,;:!?)'\"”’*_")


def _whole(pattern: str, text: str) -> bool:
    return _compiled(pattern).fullmatch(text[-300:]) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
