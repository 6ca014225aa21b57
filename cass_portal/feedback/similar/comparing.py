"""What two texts have in common, in numbers and in words. Pure."""

import math

from cass_portal.directory.vocabulary import vocabulary
from cass_portal.feedback.similar.traits import Traits, Weights

NEXT_NAME = 0.6
"""Each shared name of code says this much less than the one before."""
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
        "words": cosine(a.stems, b.stems),
        "meanings": cosine(a.meanings, b.meanings),
        "names": 1 - NEXT_NAME ** len(a.names & b.names),
        "other_product": float(name_others(a, b)),
    }


def cosine(a: Weights, b: Weights) -> float:
    both = sum(a[each] * b[each] for each in a.keys() & b.keys())
    sizes = math.sqrt(sum(v * v for v in a.values()) * sum(v * v for v in b.values()))
    return both / sizes if sizes else 0.0


def name_others(a: Traits, b: Traits) -> bool:
    """Whether both name products and none in common."""
    return bool(a.products) and bool(b.products) and not a.products.keys() & b.products.keys()


def shared(a: Traits, b: Traits) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Products that both are about; then meanings, the rarest first, and names of code."""
    products = tuple(
        vocabulary().products[each].names[0].lstrip("=") for each in a.products if each in b.products
    )
    both = (each for each in a.meanings.keys() & b.meanings.keys() if a.meanings[each] > TELLING)
    meanings = sorted(both, key=lambda each: (-a.meanings[each], each))
    return products, (*meanings, *sorted(a.names & b.names))[:SAID]
