"""Naive Bayes over texts that people accepted, or rejected as spam or abuse. Pure.

Words are kept as short digests, so that nobody can read in a model what anybody wrote; a reason names the words of
the text at hand alone. The combination is Fisher's, as in G. Robinson, “A Statistical Approach to the Spam Problem”
(Linux Journal 107, 2003): what little is known of counts little, and a text of unknown words is 0.5.
"""

import hashlib
import json
import math
import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

TOKENS = 400
"""Different ones that are looked at in one text."""
TOLD = 25
"""The most telling ones of a text, which decide."""
LONGEST = 24
MOST_KNOWN = 40_000
"""Tokens that a model keeps; seen once only, they are the first to go."""
FAINT = 0.1
"""A token tells something when it is at least this far from 0.5."""
STRENGTH, UNKNOWN = 1.0, 0.5
"""How many sightings the guess of 0.5 weighs (Robinson's s and x)."""
_WORD = re.compile(r"[^\W\d_]{2,}(?:['’][^\W\d_]+)?")
_LINK = re.compile(r"(?:https?|hxxp|ftp)s?://[^\s<>\"']+|\bwww\.[^\s<>\"']+", re.IGNORECASE)
_MONEY = re.compile(r"[$€£¥]\s?\d|\d\s?[$€£¥]|\b\d+\s?(?:usd|eur|btc|usdt)\b", re.IGNORECASE)
_MARKUP = re.compile(
    r"</?(?:div|a|b|p|br|table|img|iframe|script|span|font|h\d)\b[^>]{0,200}>", re.IGNORECASE
)
_SCRIPTS = (
    "CJK",
    "HIRAGANA",
    "KATAKANA",
    "HANGUL",
    "CYRILLIC",
    "ARABIC",
    "HEBREW",
    "THAI",
    "DEVANAGARI",
    "GREEK",
)
_STOP_WORDS = {
    "en": {"the", "and", "is", "to", "of", "with", "when"},
    "es": {"el", "los", "las", "que", "para", "una", "con"},
    "de": {"der", "die", "und", "ist", "nicht", "mit", "ein"},
    "fr": {"le", "les", "des", "est", "pour", "une", "avec"},
}


@dataclass
class Model:
    """How often each token (by digest) stood in a genuine and in an unwanted text, and of how many texts."""

    genuine: int = 0
    unwanted: int = 0
    counts: dict[str, list[int]] = field(default_factory=dict)

    def learn(self, tokens: Iterable[str], *, unwanted: bool, times: int = 1) -> None:
        """`times` -1 takes back what was learned of a decision that was undone."""
        if unwanted:
            self.unwanted = max(0, self.unwanted + times)
        else:
            self.genuine = max(0, self.genuine + times)
        for each in tokens:
            known = self.counts.setdefault(digest(each), [0, 0])
            known[unwanted] = max(0, known[unwanted] + times)

    def chance(self, token: str) -> float:
        """How likely a text with `token` is unwanted, by itself, drawn to 0.5 where it was seldom seen."""
        genuine, unwanted = self.counts.get(digest(token), (0, 0))
        seen = genuine + unwanted
        if not seen:
            return UNKNOWN
        of_unwanted = unwanted / max(self.unwanted, 1)
        raw = of_unwanted / (of_unwanted + genuine / max(self.genuine, 1))
        return (STRENGTH * UNKNOWN + seen * raw) / (STRENGTH + seen)

    def copy(self) -> "Model":
        return Model(self.genuine, self.unwanted, {key: list(pair) for key, pair in self.counts.items()})

    def packed(self) -> bytes:
        """For `unpacked`; smaller than MOST_KNOWN tokens."""
        self._forget_rare()
        told = {"genuine": self.genuine, "unwanted": self.unwanted, "counts": self.counts}
        return zlib.compress(json.dumps(told, separators=(",", ":")).encode())

    def _forget_rare(self) -> None:
        self.counts = {key: pair for key, pair in self.counts.items() if any(pair)}
        if len(self.counts) > MOST_KNOWN:
            ranked = sorted(self.counts, key=lambda each: -sum(self.counts[each]))
            self.counts = {each: self.counts[each] for each in ranked[:MOST_KNOWN]}


def unpacked(data: bytes) -> Model:
    """Raises ValueError for what `packed` did not write."""
    try:
        told = json.loads(zlib.decompress(data))
        return Model(told["genuine"], told["unwanted"], told["counts"])
    except (zlib.error, KeyError, TypeError) as error:
        raise ValueError("no model") from error


def digest(token: str) -> str:
    return hashlib.blake2b(token.encode(), digest_size=6).hexdigest()


def estimate(model: Model, tokens: Iterable[str]) -> tuple[float, list[str]]:
    """From 0 (genuine) to 1 (unwanted), and the words that speak most for unwanted, the strongest first."""
    chances = {each: model.chance(each) for each in tokens}
    told = sorted(
        (each for each in chances if abs(chances[each] - UNKNOWN) >= FAINT),
        key=lambda each: (-abs(chances[each] - UNKNOWN), each),
    )[:TOLD]
    if not told:
        return UNKNOWN, []
    against = _fisher([1 - chances[each] for each in told])
    for_ = _fisher([chances[each] for each in told])
    words = [each for each in told if chances[each] > 0.5 + FAINT and ":" not in each]
    return (1 + for_ - against) / 2, words


def tokens_of(subject: str, body: str) -> list[str]:
    """Words of the subject and the text, hosts of links, and hints of how it is written; each once."""
    text = unicodedata.normalize("NFKC", f"{subject}\n{body}"[:20_000])
    return list(dict.fromkeys(_tokens(text)))[:TOKENS]


def links_of(text: str) -> list[str]:
    return _LINK.findall(text)


def host_of(link: str) -> str:
    """The host of a link, without www.; “” where it names none."""
    try:
        host = urlsplit(link if "://" in link else f"//{link}").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")[:80]


def share_of_capitals(text: str) -> float:
    """Of the letters that could be either; 0 for fewer than 30 of them."""
    letters = [each for each in text if each.isupper() or each.islower()]
    return sum(each.isupper() for each in letters) / len(letters) if len(letters) >= 30 else 0.0


def _tokens(text: str) -> Iterator[str]:
    links = links_of(text)
    yield from _hints(text, links)
    for each in links:
        host = host_of(each)
        if host:
            yield f"host:{host}"
            yield f"ending:{host.rpartition('.')[2]}"
    words = [each.casefold()[:LONGEST] for each in _WORD.findall(_LINK.sub(" ", text))]
    present = set(words)
    for language, few in _STOP_WORDS.items():
        if len(present & few) >= 2:
            yield f"language:{language}"
    for word in words:
        if _is_unspaced(word):
            yield from (word[place : place + 2] for place in range(len(word) - 1))
        else:
            yield word


def _hints(text: str, links: list[str]) -> Iterator[str]:
    yield f"links:{min(len(links), 4)}"
    if _MONEY.search(text):
        yield "sign:money"
    if _MARKUP.search(text):
        yield "sign:markup"
    if share_of_capitals(text) > 0.4:
        yield "sign:capitals"
    if "!!" in text or "?????" in text:
        yield "sign:shouting"
    for name in dict.fromkeys(_scripts(text[:400])):
        yield f"script:{name}"


def _scripts(text: str) -> Iterator[str]:
    for each in text:
        if ord(each) > 0x24F and each.isalpha():
            name = unicodedata.name(each, "").partition(" ")[0]
            if name in _SCRIPTS:
                yield name.lower()


def _is_unspaced(word: str) -> bool:
    return any("\u3040" <= each <= "\u9fff" for each in word)


def _fisher(chances: list[float]) -> float:
    """How likely chances as small as these, or smaller, come about by accident: chi-squared with 2n degrees."""
    half = -sum(math.log(max(each, 1e-9)) for each in chances)
    term = total = math.exp(-half)
    for i in range(1, len(chances)):
        term *= half / i
        total += term
    return min(total, 1.0)
