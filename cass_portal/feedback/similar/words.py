"""What a text is made of, for comparing: stems, meanings, names. Pure."""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent
WORDS_KEPT = 20_000
"""Single words whose forms are remembered between texts."""
LONGEST = 60
"""Letters of one word."""
TOKEN = re.compile(r"[^\W\d_][\w+]*(?:[-.'’/][\w+]+)*|-{1,2}[a-z][\w-]+|\d[\w.,^]*", re.IGNORECASE)
HUMPS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[^\W\dA-Z_]+|[A-Z]+|\d+")
VERSION = re.compile(r"v?\d+(?:\.(?:\d+|x))+(?:[a-z]+\d*)?")
NUMBER = re.compile(r"(?<![\w.])\d[\d,.^]+")
ENDINGS = (
    ("ational", "ate"), ("ization", "ize"), ("isation", "ize"), ("ations", "ate"), ("ation", "ate"), ("ising", "ize"),
    ("ements", ""), ("ement", ""), ("ments", ""), ("ment", ""), ("ingly", ""), ("ings", ""), ("ing", ""),
    ("ities", ""), ("ity", ""), ("iness", ""), ("ness", ""), ("edly", ""), ("ied", "y"), ("ies", "y"), ("ized", "ize"),
    ("ised", "ize"), ("ise", "ize"), ("ers", ""), ("er", ""), ("ed", ""), ("ally", "al"), ("ly", ""), ("able", ""),
    ("ions", ""), ("ion", ""), ("sses", "ss"), ("es", ""), ("s", ""), ("e", ""),
)  # fmt: skip
"""Endings of English words, the longest first; what is left has at least three letters."""


def tokens_of(text: str) -> list[str]:
    """Words, names with dots, dashes and underscores in one piece, numbers."""
    return [each.rstrip(".,'’-")[:LONGEST] for each in TOKEN.findall(text)]


@lru_cache(maxsize=WORDS_KEPT)
def stem(word: str) -> str:
    """`word` without its ending, so that “crashed” and “crashes” are one."""
    word = word.lower().replace("’", "'").removesuffix("'s")
    if len(word) <= 3 or not word.isalpha():
        return word
    for ending, instead in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) + len(instead) >= 3:
            word = word[: len(word) - len(ending)] + instead
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "sl":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word


@lru_cache(maxsize=WORDS_KEPT)
def stems_of_token(token: str) -> tuple[str, ...]:
    """Of its parts; single letters and bare numbers say nothing."""
    return tuple(stem(each) for each in parts_of(token) if len(each) > 1 and not each.isdigit())


def numbers_in(text: str) -> frozenset[str]:
    """Numbers of two digits or more that stand alone, versions among them: “10,000” and “10000” are one."""
    found = (each.rstrip(".,^").replace(",", "") for each in NUMBER.findall(text))
    return frozenset(each for each in found if len(each) > 1)


@lru_cache(maxsize=WORDS_KEPT)
def is_name(token: str) -> bool:
    """Whether it is written like a name of code, a machine or a version: rare words that say much when shared."""
    if token.isdigit() or len(token) < 3:
        return False
    inner_capital = any(c.isupper() for c in token[1:]) and any(c.islower() for c in token)
    mixed = any(c.isdigit() for c in token) and any(c.isalpha() for c in token)
    return "_" in token or token.startswith("-") or inner_capital or mixed or bool(VERSION.fullmatch(token))


@lru_cache(maxsize=WORDS_KEPT)
def parts_of(token: str) -> tuple[str, ...]:
    """“WritePlotFile” → write, plot, file; “sub-mesh” → sub, mesh, submesh."""
    parts = [part.lower() for piece in re.split(r"[\W_]+", token) for part in HUMPS.findall(piece)]
    joined = re.sub(r"[\W_]+", "", token).lower()
    return (*parts, joined) if len(parts) > 1 else tuple(parts)


Meanings = dict[str, tuple[str, ...]]


@cache
def concepts() -> tuple[Meanings, Meanings]:
    """What is meant, by the stem of a single word and by phrase."""
    groups: dict[str, list[str]] = yaml.safe_load((FOLDER / "concepts.yaml").read_text("utf-8"))
    singles: Meanings = {}
    phrases: Meanings = {}
    for name, each in ((name, each) for name, group in groups.items() for each in group):
        is_single = each.replace("+", "").isalnum()
        known, key = (singles, stem(each)) if is_single else (phrases, each.lower())
        known[key] = tuple(dict.fromkeys((*known.get(key, ()), name)))
    return singles, phrases


@cache
def _phrase_pattern() -> re.Pattern[str]:
    """All phrases, the longest first, by their first letter: a tenth of the time of one long list."""
    by_letter: dict[str, list[str]] = {}
    for phrase in sorted(concepts()[1], key=len, reverse=True):
        by_letter.setdefault(phrase[0], []).append(re.escape(phrase[1:]))
    found = (f"{re.escape(letter)}(?:{'|'.join(rest)})" for letter, rest in by_letter.items())
    return re.compile(rf"(?<!\w)(?:{'|'.join(found)})(?!\w)")


def meanings_in(text: str, stems: Iterable[str]) -> set[str]:
    """What is meant by the phrases of `text` and by these stems of its words."""
    singles, phrases = concepts()
    found = [phrases[match.group()] for match in _phrase_pattern().finditer(text.lower())]
    return {name for names in (*found, *(singles.get(each, ()) for each in stems)) for name in names}


@lru_cache(maxsize=WORDS_KEPT)
def pieces_of(word: str) -> tuple[str, ...]:
    """Runs of three and four letters of a word with its ends."""
    padded = f"<{word}>"
    return tuple(padded[i : i + size] for size in (3, 4) for i in range(len(padded) - size + 1))
