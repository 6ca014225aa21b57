"""How common words are, in feedback on scientific software and in technical English, counted once. Pure."""

import math
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "commonness.txt"
RAREST = 1 / 600
"""Words that fewer texts have count alike: nobody knows how rare they are."""


@cache
def counts() -> tuple[int, dict[str, int]]:
    """In how many texts each stem occurs; the first line is the number of texts. Unlisted ones are rare."""
    first, *lines = FILE.read_text().splitlines()
    pairs = (line.split() for line in lines)
    return int(first), {word: int(count) for word, count in pairs}


def rarity(word: str) -> float:
    """From near 0 for words in every text to 1 for words in none."""
    total, known = counts()
    return max(0.0, math.log(known.get(word, 0) / total + RAREST) / math.log(RAREST))


def meaning_key(meaning: str) -> str:
    """The word under which a meaning is counted."""
    return "=" + meaning.replace(" ", "-")
