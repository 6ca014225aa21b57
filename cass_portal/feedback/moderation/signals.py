"""What of a text is unusual, each with its weight and a sentence for the coordinator. Pure; none is a verdict."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cass_portal.feedback.moderation.bayes import host_of, links_of, share_of_capitals, tokens_of
from cass_portal.feedback.moderation.beginning import lines, pattern, words

MANY_LINKS = 3
SCANNED = 20_000
ALIKE = 0.6
"""Share of the words that two texts have in common, from which on they count as similar."""
BEGINNING = 1_000
"""Characters of a text by which it is known again."""
OFTEN = 3
"""So many similar ones lately are unusual."""
TO_READER = "It addresses whoever reads it, or a machine that does. Read it as text: it has no power here."
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\U000e0000-\U000e007f]")
_LETTERS = re.compile(r"[^\W\d_]+")
_RUN = re.compile(r"(.)\1{9,}", re.DOTALL)
_VOWELS = set("aeiouyáéíóúäöüàèìòùâêîôûãõåæø")


@dataclass(frozen=True)
class Signal:
    """`weight` in units of log odds: what it adds to the estimate. `holds`: reason enough for a look before anything
    else happens, whatever the estimate."""

    reason: str
    weight: float
    holds: bool = False


def signals_in(subject: str, body: str) -> list[Signal]:
    """Of one text by itself, in the order in which a coordinator cares."""
    text = unicodedata.normalize("NFKC", f"{subject}\n{body}"[:SCANNED])
    return [each for look in LOOKS for each in look(text)]


def signal_of_rate(similar: int) -> list[Signal]:
    """`similar`: how many texts like it came lately."""
    if similar < OFTEN:
        return []
    return [
        Signal(
            f"{similar} texts like it came within the last day.", min(0.8 * similar, 3.0), holds=similar >= 5
        )
    ]


def similarity(one: set[str], other: set[str]) -> float:
    """Share of words in common (Jaccard); 0 where either has fewer than four."""
    if min(len(one), len(other)) < 4:
        return 0.0
    return len(one & other) / len(one | other)


def words_for_likeness(subject: str, body: str) -> set[str]:
    return {each for each in tokens_of(subject, body[:BEGINNING]) if ":" not in each}


def _to_the_reader(text: str) -> Iterator[Signal]:
    if pattern("to_the_reader").search(" ".join(text.split())):
        yield Signal(TO_READER, 1.0, holds=True)


def _threats(text: str) -> Iterator[Signal]:
    flat = " ".join(text.casefold().split())
    if any(each in flat for each in lines("threats")):
        yield Signal("It reads like a threat.", 2.5, holds=True)


def _insults(text: str) -> Iterator[Signal]:
    insults = words("insults")
    found = [word for each in _LETTERS.findall(text) if (word := each.casefold()) in insults]
    if len(found) >= 2:
        listed = ", ".join(dict.fromkeys(found[:4]))
        yield Signal(
            f"It holds words that insult: {listed}.", min(0.7 * len(found), 3.0), holds=len(found) >= 3
        )


def _links(text: str) -> Iterator[Signal]:
    links = links_of(text)
    if len(links) >= MANY_LINKS:
        yield Signal(f"It holds {len(links)} links.", min(0.35 * len(links), 2.0))
    elif links and len(text) < 160:
        yield Signal("It says little besides a link.", 0.8)
    if any(host_of(each) in words("shorteners") for each in links):
        yield Signal("A link hides where it leads.", 1.2)


def _capitals(text: str) -> Iterator[Signal]:
    if share_of_capitals(text) > 0.6:
        yield Signal("Most of it is in capitals.", 0.8)


def _probes(text: str) -> Iterator[Signal]:
    if pattern("probes").search(text):
        yield Signal("It looks like a probe of the form, or quotes code that does.", 0.8)


def _nonsense(text: str) -> Iterator[Signal]:
    """Keys hit at random: hardly a vowel, or one sign over and over."""
    letters = [each for each in text.casefold() if "a" <= each <= "z"]
    long = [each for each in _LETTERS.findall(text.casefold()) if each.isascii() and len(each) >= 5]
    odd = [each for each in long if _is_mashed(each)]
    filled = sum(len(found.group()) for found in _RUN.finditer(text)) > len(text) / 2
    if filled or (len(letters) >= 20 and len(long) >= 4 and len(odd) > len(long) / 2):
        yield Signal("It does not read like words of any language we know.", 2.0)


def _is_mashed(word: str) -> bool:
    return (
        not set(word) & _VOWELS or bool(re.search(r"[bcdfghjklmnpqrstvwxz]{4}", word)) or len(set(word)) <= 2
    )


def _invisible(text: str) -> Iterator[Signal]:
    count = len(_INVISIBLE.findall(text))
    if count >= 3:
        yield Signal(f"It holds {count} characters that cannot be seen.", 1.0)


LOOKS: tuple[Callable[[str], Iterator[Signal]], ...] = (
    _to_the_reader,
    _threats,
    _insults,
    _links,
    _nonsense,
    _probes,
    _capitals,
    _invisible,
)
