"""Synthetic matters: words as frequent as in a language (Zipf), so that a search meets rare and frequent ones."""

import itertools
import random

SYLLABLES = [a + b for a in "bcdfghklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "or")]
SIZE = 50_000
FREQUENT = range(50, 200)
MIDDLING = range(500, 3_000)


def vocabulary(*, size: int = SIZE) -> list[str]:
    """Words, the most frequent first; the same at every call."""
    source, seen = random.Random(11), dict[str, None]()
    while len(seen) < size:
        seen["".join(source.choices(SYLLABLES, k=source.choice((2, 3, 3, 4))))] = None
    return list(seen)


class Writer:
    """Texts of words drawn by their frequency; the same at every run."""

    def __init__(self, *, seed: int = 1) -> None:
        self.words = vocabulary()
        self.weights = list(itertools.accumulate(1 / (rank + 1) ** 1.07 for rank in range(SIZE)))
        self.source = random.Random(seed)

    def text(self, length: int) -> str:
        return " ".join(self.source.choices(self.words, cum_weights=self.weights, k=length))


def pairs(ranks: range, *, count: int) -> list[str]:
    """Searches of two words from these ranks of frequency."""
    words, source = vocabulary(size=ranks.stop), random.Random(7)
    return [f"{words[source.choice(ranks)]} {words[source.choice(ranks)]}" for _ in range(count)]
