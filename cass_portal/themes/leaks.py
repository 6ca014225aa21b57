"""Whether a text that everybody will read gives away a matter that not everybody may read. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

RUN = 6
"""So many words in a row are a quotation, not chance."""
_WORD = re.compile(r"\w+")
_REFERENCE = re.compile(r"\bCASS-[0-9A-HJKMNP-TV-Z]{5,6}\b", re.IGNORECASE)


@dataclass(frozen=True)
class Hidden:
    """A matter that is not public, and what its author may be known by."""

    reference: str
    subject: str
    body: str
    known_by: tuple[str, ...] = ()


def references_in(text: str) -> set[str]:
    return {each.upper() for each in _REFERENCE.findall(text)}


def leaks(text: str, hidden: Iterable[Hidden]) -> list[str]:
    """What `text` says of each hidden matter that it should not, as sentences."""
    words, named = _words(text), references_in(text)
    found = []
    for each in hidden:
        if each.reference in named:
            found.append(f"It names {each.reference}, which not everybody may read.")
        found += [
            f"It names {known}, whom {each.reference} is from."
            for known in each.known_by
            if _contains(words, _words(known))
        ]
        quoted = _quoted(words, each)
        if quoted:
            found.append(f"It repeats the words of {each.reference}: “{quoted}”.")
    return found


def _quoted(words: list[str], hidden: Hidden) -> str | None:
    subject = _words(hidden.subject)
    if len(subject) > 2 and _contains(words, subject):
        return hidden.subject
    runs = {tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}
    body = _words(hidden.body)
    same = (body[at : at + RUN] for at in range(len(body) - RUN + 1))
    return next((" ".join(each) for each in same if tuple(each) in runs), None)


def _contains(words: list[str], some: list[str]) -> bool:
    size = len(some)
    return bool(some) and any(words[at : at + size] == some for at in range(len(words) - size + 1))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
