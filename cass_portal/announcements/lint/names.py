"""Checks of names: products as in the catalog, acronyms that nobody explained. Pure."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from cass_portal.announcements.lint.context import Context, Hit, hit, hit_at
from cass_portal.announcements.lint.reading import SEAM
from cass_portal.announcements.lint.table import Rule, common_words, known_acronyms

_WORD = re.compile(r"\w+(?:\+\+)?")
_ACRONYM = re.compile(r"(?<![\w/@.-])[A-Z]{2,6}(?=s?\b)(?![\w]*[-@/_.]?\d)")
_VERSION = re.compile(r"\s+v?\d+\.\d")
_PART_OF_ADDRESS = tuple("/@#.\\-_~$")
_GOES_ON = re.compile(r"[./@][\w]|[_\\]|-\d")
_SENTENCE_ENDS = (*'.!?:"“(*_#>|', SEAM)
JOINTS = frozenset({"", " ", "-", "/", "_"})
"""What may stand between the words of one name."""


def product_names(_rule: Rule, context: Context) -> Iterator[Hit]:
    """Words that are a product's name but for capitals, blanks or hyphens. The longest name at a place counts.

    A name that is a word of English too is only taken for the product where its capitals or a version say so.
    """
    names = _by_first_word(context.catalog)
    running = context.reading.running
    words, place = list(_WORD.finditer(running.text)), 0
    while place < len(words):
        name, length = _name_at(running.text, words, place, names)
        if name is not None:
            start, end = words[place].start(), words[place + length - 1].end()
            if _is_misspelled(running.text, start, end, name):
                block, within = running.locate(start)
                yield hit(block, within, within + end - start, better=name)
        place += length


def acronyms(_rule: Rule, context: Context) -> Iterator[Hit]:
    """The first use of each. Spelled out means: in parentheses after words, or followed by words in parentheses."""
    known = known_acronyms() | set(context.catalog) | set(context.members)
    known |= {part for name in context.catalog for part in re.split(r"[/ ]", name)}
    known |= {each.upper() for each in known}
    running = context.reading.running
    first: dict[str, re.Match[str]] = {}
    explained: set[str] = set()
    used_in_body: set[str] = set()
    for match in _ACRONYM.finditer(running.text):
        word = match.group()
        if word in known or _is_shouted(running.text, match):
            continue
        if word not in used_in_body and _is_explained(running.text, match):
            explained.add(word)
        if running.locate(match.start())[0].field == "body":
            used_in_body.add(word)
        first.setdefault(word, match)
    for word, match in first.items():
        if word not in explained:
            yield hit_at(running, match)


Names = dict[str, list[tuple[tuple[str, ...], str]]]


@lru_cache(maxsize=8)
def _by_first_word(catalog: tuple[str, ...]) -> Names:
    """First word, folded → (all words, name), the longest first. Slashes divide a name into two that count alone."""
    found: Names = {}
    for name in catalog:
        forms = {name} | ({part for part in name.split("/") if len(part) > 1} if "/" in name else set())
        for form in forms:
            words = tuple(each.casefold() for each in _WORD.findall(form))
            spellings = {words, ("".join(words),)} if len(words) > 1 else {words}
            for each in spellings:
                if each:
                    found.setdefault(each[0], []).append((each, form))
    for spelled in found.values():
        spelled.sort(key=lambda form: -len(form[0]))
    return found


def _name_at(prose: str, words: Sequence[re.Match[str]], place: int, names: Names) -> tuple[str | None, int]:
    """The longest name that begins with the word at `place`, and of how many words it is (1 where there is none)."""
    for spelled, name in names.get(words[place].group().casefold(), ()):
        here = words[place : place + len(spelled)]
        if tuple(each.group().casefold() for each in here) != spelled:
            continue
        if all(prose[a.end() : b.start()] in JOINTS for a, b in pairwise(here)):
            return name, len(spelled)
    return None, 1


def _is_misspelled(prose: str, start: int, end: int, name: str) -> bool:
    found = prose[start:end]
    if found == name or (start and prose[start - 1] in _PART_OF_ADDRESS) or _GOES_ON.match(prose, end):
        return False
    if name.casefold() not in common_words():
        return True
    is_plain = found.islower() or (found.istitle() and _begins_sentence(prose, start))
    return not is_plain or _VERSION.match(prose, end) is not None


def _begins_sentence(prose: str, start: int) -> bool:
    before = prose[max(start - 200, 0) : start].rstrip()
    return not before or before.endswith(_SENTENCE_ENDS)


def _is_shouted(prose: str, match: re.Match[str]) -> bool:
    """Whether its neighbors are in capitals too: a heading in capitals is another matter."""
    after = prose[match.end() : match.end() + 12].lstrip()
    before = prose[max(match.start() - 12, 0) : match.start()].rstrip()
    return after[:2].isupper() and after[:2].isalpha() and before[-2:].isupper()


def _is_explained(prose: str, match: re.Match[str]) -> bool:
    before, after = prose[max(match.start() - 3, 0) : match.start()], prose[match.end() : match.end() + 60]
    in_parentheses = before.endswith("(") and len(before.rstrip("(").strip()) > 0
    after = after.removeprefix("s")
    return in_parentheses or (after.startswith(" (") and " " in after[2:].partition(")")[0])
