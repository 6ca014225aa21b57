"""A matter's text as the signals see it: which products, members' words and strangers' words stand in it. Pure."""

import math
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cass_portal.casework.routing.common import COMMON
from cass_portal.casework.routing.facts import Directory, Matter, ProductFacts
from cass_portal.directory.vocabulary import Finder, Token, tokens, vocabulary

NAME, SIGN, WORD, MEMBER, FIELD, FOREIGN, SPAM, OWN, NOT_OURS = "NSWMFXPOA"


BEGINNING, OTHER_ENDING = 6, 0.5
"""A word that nobody listed counts as half of those that begin with the same letters."""


@dataclass(frozen=True)
class Reading:
    """Who owns what was found, with what was found, in the order of the text, by kind.

    `first` is where a product is named first; `in_subject` those named in the subject.
    `soft` weighs how much of a product's or member's vocabulary the words of the text are.
    """

    found: dict[str, dict[str, list[str]]]
    first: dict[str, int]
    in_subject: frozenset[str]
    soft: dict[str, float]
    words: list[Token]
    weight: dict[str, float]


class Reader:
    """Reads matters against one directory: the bundled vocabulary and what the directory itself says."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self._names = Finder(_names(directory))
        self._phrases, self._rarity = _phrases(directory)
        self._postings, self._idf = _postings(directory)

    def read(self, matter: Matter, *, hidden: float = 0.0, turn: int = 0) -> Reading:
        """`hidden` is the part of the curated words that is overlooked, another one at every `turn`: how a text
        reads whose author writes what nobody thought of. Names are never overlooked."""
        text = f"{matter.subject}\n{matter.body}"
        words = tokens(text)
        found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        first: dict[str, int] = {}
        in_subject = set()
        for finder in (self._names, self._phrases):
            for hit in finder.find(text, words):
                overlooked = hidden and _drawn(hit.written, turn) < hidden
                for owner in hit.owners:
                    kind, key = owner[0], owner[1:]
                    if overlooked and kind not in (NAME, OWN):
                        continue
                    if hit.written not in found[kind][key]:
                        found[kind][key].append(hit.written)
                    if kind in (NAME, SIGN):
                        first.setdefault(key, hit.start)
                    if kind == NAME and hit.start <= len(matter.subject):
                        in_subject.add(key)
        weight = {each: self._rarity.get(each, 1.0) for each in _written(found)}
        return Reading(found, first, frozenset(in_subject), self._soft(words, hidden, turn), words, weight)

    def _soft(self, words: list[Token], hidden: float, turn: int) -> dict[str, float]:
        """How much the text speaks a document's language: a sum of rarities, of each word once."""
        total: dict[str, float] = defaultdict(float)
        for word in dict.fromkeys(stem(each.lower) for each in words):
            known = self._known_as(word)
            idf = self._idf.get(known)
            if idf is not None and not (hidden and _drawn(word, turn) < hidden):
                part = 1.0 if known == word else OTHER_ENDING
                for owner in self._postings[known]:
                    total[owner] += part * idf
        return total

    def _known_as(self, word: str) -> str:
        """The word itself, or what stands for all words that begin like it: other endings, and what it is made of."""
        if word in self._idf or len(word) <= BEGINNING:
            return word
        return f"{word[:BEGINNING]}-"


def _drawn(phrase: str, turn: int) -> float:
    return zlib.crc32(f"{turn} {phrase.lower()}".encode()) / 2**32


def stem(word: str) -> str:
    """Without the -s of many, so that “solvers” is “solver”."""
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


ORDINARY = frozenset({
    "amber", "aml", "ascent", "caesar", "caffeine", "catalyst", "dakota", "diy", "fiats", "ginkgo", "julienne",
    "legion", "magma", "tau", "visit",
})  # fmt: skip
"""Names that are words of the language too: they count only with capitals, as the product writes itself."""


def _careful(name: str) -> str:
    if name in ORDINARY:
        return ""
    return f"={name}" if name.lower() in ORDINARY else name


def _names(directory: Directory) -> Iterator[tuple[str, str]]:
    known = vocabulary().products
    for product in directory.products:
        key = product_key(product)
        for name in product.names:
            yield _careful(name), NAME + key
        if key in known:
            yield from ((name, NAME + key) for name in known[key].names)
            yield from ((sign, SIGN + key) for sign in known[key].signs)


def product_key(product: ProductFacts) -> str:
    return product.key or product.name


def _phrases(directory: Directory) -> tuple[Finder, dict[str, float]]:
    known = vocabulary()
    entries = [
        (each, WORD + product_key(product))
        for product in directory.products
        if product_key(product) in known.products
        for each in known.products[product_key(product)].words
    ]
    for member in directory.members:
        name = member.organization.short_name
        if name in known.members:
            of = known.members[name]
            entries += [(each, OWN + name) for each in of.names]
            entries += [(each, MEMBER + name) for each in of.words]
            entries += [(each, NOT_OURS + name) for each in of.not_ours]
        entries += [(each, FIELD + name) for each in member.words]
        entries += [(each, NOT_OURS + name) for each in member.not_ours]
    counts: dict[str, set[str]] = defaultdict(set)
    for entry, owner in entries:
        counts[plain(entry)].add(owner)
    rarity = {
        each: math.log(1 + 24 / len(owners)) * (1 + 0.4 * each.count(" ")) for each, owners in counts.items()
    }
    entries += [(each, FOREIGN) for each in (*known.others_software, *known.others_phrases)]
    entries += [(each, SPAM) for each in known.spam]
    return Finder(entries), rarity


def _postings(directory: Directory) -> tuple[dict[str, list[str]], dict[str, float]]:
    """Which products (by key) and members (“@” before the name) use a word, and how much the word says."""
    known = vocabulary()
    postings: dict[str, set[str]] = defaultdict(set)
    for product in directory.products:
        key = product_key(product)
        of = known.products.get(key)
        phrases = (*product.names, *(of.names + of.signs + of.words if of else ()))
        for word in _stems(phrases):
            postings[word].add(key)
    for member in directory.members:
        name = member.organization.short_name
        charter = known.members.get(name)
        phrases = (*member.words, *(charter.words + charter.names if charter else ()))
        for word in _stems(phrases):
            postings[word].add(f"@{name}")
    for word in [each for each in postings if len(each) >= BEGINNING]:
        postings[f"{word[:BEGINNING]}-"] |= postings[word]
    idf = {word: math.log(1 + 20 / len(owners)) for word, owners in postings.items()}
    return {word: sorted(owners) for word, owners in postings.items()}, idf


def _stems(phrases: Iterable[str]) -> set[str]:
    return {
        stem(each.lower)
        for each in tokens(" \n ".join(phrases))
        if each.lower not in COMMON and len(each.lower) > 1
    }


def _written(found: dict[str, dict[str, list[str]]]) -> set[str]:
    return {plain(each) for kind in found.values() for written in kind.values() for each in written}


def plain(phrase: str) -> str:
    """The words of a phrase, whatever stands between them."""
    return " ".join(each.lower for each in tokens(phrase))
