"""How alike two texts of feedback are, and why. Pure: no database, no network, plain Python.

A small logistic combination of shared words, meanings and names, against naming different products. The knowledge
is data: concepts.yaml, the products' vocabulary, and how common a word is. tools/similar_weights.py fits WEIGHTS.
"""

import math
from dataclasses import dataclass

from cass_portal.feedback.similar.comparing import features, quick_features, shared
from cass_portal.feedback.similar.traits import Traits, beginning_of, telling_words, traits_of

BIAS = -2.9
WEIGHTS = {"words": 1.6, "pieces": 1.9, "meanings": 3.2, "names": 0.7, "other_product": -2.6}
ALIKE = 0.35
"""From here on it is worth showing."""
SAME = 0.7
"""From here on it is probably the same matter."""


@dataclass(frozen=True)
class Likeness:
    """`score` from 0 to 1. `products` are named by both, `common` says what else both have, weightiest first."""

    score: float
    products: tuple[str, ...]
    common: tuple[str, ...]


def likeness(a: Traits, b: Traits) -> Likeness:
    products, common = shared(a, b)
    return Likeness(_score(features(a, b)), products, common)


def could_be(a: Traits, b: Traits, *, at_least: float) -> bool:
    """Whether the score can reach `at_least`, as far as a quick look tells."""
    return _score(quick_features(a, b) | {"pieces": 1.0}) >= at_least


def _score(found: dict[str, float]) -> float:
    return 1 / (1 + math.exp(-BIAS - sum(weight * found[name] for name, weight in WEIGHTS.items())))


__all__ = [
    "ALIKE",
    "SAME",
    "Likeness",
    "Traits",
    "beginning_of",
    "could_be",
    "likeness",
    "telling_words",
    "traits_of",
]
