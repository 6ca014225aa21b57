"""What two texts have in common, in numbers and in words. Pure."""

import math
from collections.abc import Set as AbstractSet

from cass_portal.directory.vocabulary import vocabulary
from cass_portal.feedback.similar.commonness import rarity
from cass_portal.feedback.similar.traits import Traits, Weights

NEXT_NUMBER = 0.6
"""Each shared number says this much less than the one before."""
ENOUGH = 2.0
"""So many words that nobody else uses, shared, say most of what shared words can say."""
FAILURES = frozenset(
    {
        "assertion", "compiler error", "convergence", "crash", "does not compile", "hang", "linker", "memory leak",
        "nan", "out of memory", "permission", "slow", "wrong result",
    }
)  # fmt: skip
"""Meanings that say what went wrong."""
TELLING = 0.4
"""How rare a meaning is that is worth saying; half of all texts speak of nodes."""
SAID = 3
"""At most so many things are said to be common."""


def features(a: Traits, b: Traits) -> dict[str, float]:
    """What speaks for or against both being the same matter, each from 0 to 1."""
    return quick_features(a, b) | {"pieces": cosine(a.pieces, b.pieces)}


def quick_features(a: Traits, b: Traits) -> dict[str, float]:
    """All but the one that takes long."""
    return {
        "words": said_by_both(a, b),
        "meanings": cosine(a.meanings, b.meanings),
        "numbers": 1 - NEXT_NUMBER ** len(a.numbers & b.numbers),
        "other_product": float(are_apart(a.products.keys(), b.products.keys())),
        "other_field": float(are_apart(a.spoken_of, b.spoken_of)),
        "other_failure": float(are_apart(FAILURES & a.meanings.keys(), FAILURES & b.meanings.keys())),
    }


def said_by_both(a: Traits, b: Traits) -> float:
    """How much the shared words tell, however much else is said: one side is often a line, the other a page."""
    return 1 - math.exp(-sum(rarity(each) ** 2 for each in a.stems.keys() & b.stems.keys()) / ENOUGH)


def cosine(a: Weights, b: Weights) -> float:
    both = sum(a[each] * b[each] for each in a.keys() & b.keys())
    sizes = math.sqrt(sum(v * v for v in a.values()) * sum(v * v for v in b.values()))
    return both / sizes if sizes else 0.0


def are_apart(a: AbstractSet[str], b: AbstractSet[str]) -> bool:
    """Whether both have some and none in common."""
    return bool(a) and bool(b) and a.isdisjoint(b)


def shared(a: Traits, b: Traits) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Products that both are about; then meanings, the rarest first, and names of code."""
    products = tuple(
        vocabulary().products[each].names[0].lstrip("=") for each in a.products if each in b.products
    )
    both = (each for each in a.meanings.keys() & b.meanings.keys() if a.meanings[each] > TELLING)
    meanings = sorted(both, key=lambda each: (-a.meanings[each], each))
    return products, (*meanings, *sorted(a.names & b.names))[:SAID]
