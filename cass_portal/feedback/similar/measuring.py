"""How good the likeness is, on pairs that people judged. Pure but for reading the files."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cass_portal.feedback.similar import Traits, likeness, traits_of


@dataclass(frozen=True)
class Measured:
    """`hit_at_1` and `_3`: how often the duplicate is first, or among three, of all items searched with the other."""

    pairs: int
    duplicates: int
    average_precision: float
    hit_at_1: float
    hit_at_3: float

    @property
    def lines(self) -> list[str]:
        return [
            f"pairs              {self.pairs} ({self.duplicates} duplicates)",
            f"average precision  {self.average_precision:.3f}",
            f"hit@1              {self.hit_at_1:.3f}",
            f"hit@3              {self.hit_at_3:.3f}",
        ]


def measure(pairs: list[dict[str, Any]], items: list[dict[str, Any]]) -> Measured:
    """Each pair: `a`, the id of an item; `b`, a text; `label`. Raises KeyError for a pair whose item is missing."""
    known = {each["id"]: traits_of(each["subject"], each["body"]) for each in items}
    asked = [traits_of(each["b"]["subject"], each["b"]["body"]) for each in pairs]
    is_same = [each["label"] == "duplicate" for each in pairs]
    scores = [likeness(known[pair["a"]], b).score for pair, b in zip(pairs, asked, strict=True)]
    ranks = [_rank(pair["a"], b, known) for pair, b, same in zip(pairs, asked, is_same, strict=True) if same]
    count = max(len(ranks), 1)
    return Measured(
        pairs=len(pairs),
        duplicates=len(ranks),
        average_precision=average_precision(scores, is_same),
        hit_at_1=sum(rank <= 1 for rank in ranks) / count,
        hit_at_3=sum(rank <= 3 for rank in ranks) / count,
    )


def average_precision(scores: Iterable[float], wanted: Iterable[bool]) -> float:
    """Of the wanted ones, the mean share of wanted ones down to each, best score first. Ties count against it."""
    ranked = sorted(zip(scores, wanted, strict=True), key=lambda each: (-each[0], each[1]))
    found, total = 0, 0.0
    for place, (_, is_wanted) in enumerate(ranked, start=1):
        if is_wanted:
            found += 1
            total += found / place
    return total / found if found else 0.0


def _rank(wanted: str, asked: Traits, known: dict[str, Traits]) -> int:
    score = likeness(known[wanted], asked).score
    return 1 + sum(likeness(each, asked).score >= score for id_, each in known.items() if id_ != wanted)


def read(path: Path) -> list[dict[str, Any]]:
    """The objects of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
