"""House style as data: what should be mended in a text before members are asked to agree to it. Pure.

The rules stand in rules.yaml and as a table in docs/lint.md. Every check walks through the text once; nothing here
raises, whatever the text is.
"""

from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from cass_portal.announcements.lifecycle import AnnouncementKind
from cass_portal.announcements.lint import names, phrases, style
from cass_portal.announcements.lint.context import Check, Context, Hit, excerpt_of
from cass_portal.announcements.lint.reading import read
from cass_portal.announcements.lint.table import (
    FIELDS,
    Finding,
    FindingLevel,
    Remedy,
    Rule,
    Where,
    remedies,
    rules,
)

__all__ = [
    "CHECKS", "FIELDS", "Finding", "FindingLevel", "Remedy", "Rule", "Where", "Written",
    "findings", "remedies", "rules",
]  # fmt: skip

MOST = 20
"""Findings of one rule; who mends these sees the next ones."""

CHECKS: dict[str, Check] = {
    "acronyms": names.acronyms,
    "bare_dois": phrases.bare_dois,
    "date_year": phrases.date_year,
    "doi_addresses": phrases.doi_addresses,
    "heading_case": style.heading_case,
    "heading_deep": style.heading_deep,
    "heading_skipped": style.heading_skipped,
    "heading_start": style.heading_start,
    "image_alt": phrases.image_alt,
    "images": phrases.images,
    "link_text": phrases.link_text,
    "names_feedback": phrases.names_feedback,
    "phrases": phrases.phrases,
    "product_names": names.product_names,
    "prompts": phrases.prompts,
    "reading_level": style.reading_level,
    "sentence_length": style.sentence_length,
    "time_zone": phrases.time_zone,
}


class Written(NamedTuple):
    """What the rules read; `body` is Markdown."""

    title: str
    summary: str
    body: str
    change_note: str | None = None


def findings(
    text: Written,
    *,
    kind: AnnouncementKind,
    catalog: Iterable[str],
    members: Iterable[str] = (),
    names_feedback: bool = True,
) -> tuple[Finding, ...]:
    """What the rules find in `text`: errors first, then by field and line.

    `catalog` are the names of the products, `members` short names of organizations, which need no explanation;
    `names_feedback` whether the announcement names a matter that it answers.
    """
    return _findings(Written(*text), kind, tuple(catalog), tuple(members), names_feedback)


@lru_cache(maxsize=64)
def _findings(
    text: Written,
    kind: AnnouncementKind,
    catalog: tuple[str, ...],
    members: tuple[str, ...],
    names_feedback: bool,
) -> tuple[Finding, ...]:
    context = Context(read(*text), kind, catalog, members, names_feedback)
    found = [
        _finding(rule, hit) for rule in rules() for hit in islice(CHECKS[rule.check](rule, context), MOST)
    ]
    return tuple(sorted(found, key=_order))


def _finding(rule: Rule, hit: Hit) -> Finding:
    words = {"found": hit.found, "better": hit.better}
    block = hit.block
    return Finding(
        rule=rule.id,
        level=rule.level,
        where=Where(block.field, block.line_at(hit.start)) if block else Where(hit.field),
        message=_filled(rule.message, words),
        suggestion=_filled(rule.suggestion, words),
        source=rule.source,
        excerpt=excerpt_of(block, hit.start, hit.end) if block else "",
    )


def _filled(sentence: str, words: dict[str, str]) -> str:
    """`sentence` with {found} and {better} put in; what is put in is not looked at again."""
    head, mark, tail = sentence.partition("{found}")
    parts = [head.replace("{better}", words["better"])]
    if mark:
        parts += [words["found"], tail.replace("{better}", words["better"])]
    return "".join(parts)


def _order(finding: Finding) -> tuple[bool, int, int]:
    return (not finding.is_error, list(FIELDS).index(finding.where.field), finding.where.line or 0)
