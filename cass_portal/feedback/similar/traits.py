"""What is kept of one text for comparing it with many. Pure."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from cass_portal.directory.vocabulary import products_named, vocabulary
from cass_portal.feedback.similar import words
from cass_portal.feedback.similar.commonness import meaning_key, rarity

READ = 4_000
"""Characters of a text that are looked at: what a matter is about is said before."""
SUBJECT_COUNTS = 2
"""How often a word of the subject counts."""

Weights = dict[str, float]


@dataclass(frozen=True)
class Traits:
    """Weights by stem, by meaning, by name of code or machine and by piece of a word, each rarer one heavier.

    `products` are the products named, each with how it was written.
    """

    stems: Weights
    pieces: Weights
    meanings: Weights
    names: frozenset[str]
    products: dict[str, list[str]]


def traits_of(subject: str, body: str) -> Traits:
    body = body[:READ]
    text = f"{subject}\n{body}"
    products = products_named(text)
    of_products = _names_of(products)
    counted = Counter(stems_of(body) + stems_of(subject) * SUBJECT_COUNTS)
    stems = {each: _weight(each, n) for each, n in counted.items() if each not in of_products}
    return Traits(
        stems=stems,
        pieces=_pieces(stems),
        meanings=_meanings(text, counted),
        names=_names(text, of_products),
        products=products,
    )


def _names_of(products: Iterable[str]) -> frozenset[str]:
    """Stems of the products' own names: that both are about it is said once, not again by each word of it."""
    names = (name for key in products for name in vocabulary().products[key].names)
    return frozenset(words.stem(part) for name in names for part in words.parts_of(name))


def telling_words(subject: str, body: str) -> list[str]:
    """Words of a text as written, the rarest first, each stem once: by these, others that are like it are found."""
    rarities: dict[str, tuple[float, str]] = {}
    for token in words.tokens_of(f"{subject}\n{body[:READ]}"):
        for part in dict.fromkeys((token.lower(), *words.parts_of(token))):
            if len(part) > 2 and part.isalnum():
                rarities.setdefault(words.stem(part), (-rarity(words.stem(part)), part))
    return [part for _, part in sorted(rarities.values(), key=lambda each: each[0])]


def stems_of(text: str) -> list[str]:
    parts = chain.from_iterable(map(words.parts_of, words.tokens_of(text)))
    return [words.stem(each) for each in parts if len(each) > 1 and not each.isdigit()]


def _weight(stem: str, times: int) -> float:
    return rarity(stem) * (1 + math.log(times))


def _meanings(text: str, stems: Iterable[str]) -> Weights:
    return {each: rarity(meaning_key(each)) for each in words.meanings_in(text, stems)}


def _names(text: str, of_products: frozenset[str]) -> frozenset[str]:
    found = {each.lower().lstrip("-") for each in words.tokens_of(text) if words.is_name(each)}
    return frozenset(each for each in found if words.stem(each) not in of_products)


def _pieces(stems: Weights) -> Weights:
    """Pieces of words, so that “submesh” meets “sub-mesh”, and a word its relatives in another language."""
    found: Weights = {}
    for stem, weight in stems.items():
        pieces = words.pieces_of(stem)
        for piece in pieces:
            found[piece] = found.get(piece, 0) + weight / math.sqrt(len(pieces))
    return found
