"""How alike two texts of feedback are, and why. Pure: no database, no network, plain Python.

A small logistic combination of shared words, meanings and numbers, against other products and failures. The knowledge
is data: concepts.yaml, the products' vocabulary, and how common a word is. tools/similar_weights.py fits WEIGHTS.
"""

import math
from dataclasses import dataclass

from cass_portal.feedback.similar.comparing import features, quick_features, shared
from cass_portal.feedback.similar.traits import Traits, beginning_of, telling_words, traits_of

BIAS = -4.4
WEIGHTS = {
    "words": 4.7, "pieces": 5.4, "meanings": 1.9, "numbers": 2.5,
    "other_product": -3.7, "other_field": -1.9, "other_failure": -2.1,
}  # fmt: skip
ALIKE = 0.5
"""From here on it is worth showing."""
SAME = 0.85
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
