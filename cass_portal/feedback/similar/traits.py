"""What is kept of one text for comparing it with many. Pure."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from cass_portal.directory.vocabulary import products_named, products_spoken_of, vocabulary
from cass_portal.directory.vocabulary.reading import tokens
from cass_portal.feedback.similar import words
from cass_portal.feedback.similar.commonness import meaning_key, rarity

READ = 4_000
"""Characters of a text that are looked at: what a matter is about is said before."""
READ_OF_SUBJECT = 200
SUBJECT_COUNTS = 2
"""How often a word of the subject counts."""

Weights = dict[str, float]


@dataclass(frozen=True)
class Traits:
    """Weights by stem, by meaning and by piece of a word, each rarer one heavier; names of code or machines.

    `numbers` have two digits or more. `products` are the products named, each with how it was written;
    `spoken_of` are those, and whatever else it may be about, by the words it uses.
    """

    stems: Weights
    meanings: Weights
    names: frozenset[str]
    numbers: frozenset[str]
    products: dict[str, list[str]]
    spoken_of: frozenset[str]

    @cached_property
    def pieces(self) -> Weights:
        """Pieces of words, so that “submesh” meets “sub-mesh”, and a word its relatives in another language."""
        found: Weights = {}
        for stem, weight in self.stems.items():
            pieces = words.pieces_of(stem)
            share = weight / math.sqrt(len(pieces))
            for piece in pieces:
                found[piece] = found.get(piece, 0) + share
        return found


def traits_of(subject: str, body: str) -> Traits:
    subject, body = beginning_of(subject, body)
    text = f"{subject}\n{body}"
    found = tokens(text)
    products = products_named(text, found)
    of_products = _names_of(products)
    in_subject, in_body = words.tokens_of(subject), words.tokens_of(body)
    counted = Counter(_stems(in_body) + _stems(in_subject) * SUBJECT_COUNTS)
    written = {each.lower().lstrip("-") for each in {*in_subject, *in_body} if words.is_name(each)}
    return Traits(
        stems={each: _weight(each, n) for each, n in counted.items() if each not in of_products},
        meanings={each: rarity(meaning_key(each)) for each in words.meanings_in(text, counted)},
        names=frozenset(each for each in written if words.stem(each) not in of_products),
        numbers=words.numbers_in(text),
        products=products,
        spoken_of=products_spoken_of(text, found),
    )


def beginning_of(subject: str, body: str) -> tuple[str, str]:
    """What is looked at of a text. Whoever sends more does not make it take longer."""
    return subject[:READ_OF_SUBJECT], body[:READ]


def _names_of(products: Iterable[str]) -> frozenset[str]:
    """Stems of the products' own names: that both are about it is said once, not again by each word of it."""
    names = (name for key in products for name in vocabulary().products[key].names)
    return frozenset(words.stem(part) for name in names for part in words.parts_of(name))


def telling_words(subject: str, body: str) -> list[str]:
    """Words of a text as written, the rarest first, each stem once: by these, others that are like it are found."""
    rarities: dict[str, tuple[float, str]] = {}
    for token in words.tokens_of("\n".join(beginning_of(subject, body))):
        for part in dict.fromkeys((token.lower(), *words.parts_of(token))):
            if len(part) > 2 and part.isalnum():
                rarities.setdefault(words.stem(part), (-rarity(words.stem(part)), part))
    return [part for _, part in sorted(rarities.values(), key=lambda each: each[0])]


def stems_of(text: str) -> list[str]:
    return _stems(words.tokens_of(text))


def _stems(tokens: list[str]) -> list[str]:
    return list(chain.from_iterable(map(words.stems_of_token, tokens)))


def _weight(stem: str, times: int) -> float:
    return rarity(stem) * (1 + math.log(times))
