"""How well matters are routed: measured on judged ones that the model has not seen. Pure, deterministic."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, pstdev

from cass_portal.casework.routing.facts import Advice, Directory
from cass_portal.casework.routing.lines import Item
from cass_portal.casework.routing.suggesting import Model, advise
from cass_portal.casework.routing.training import train

FOLDS, REPEATS = 5, 3
COVERAGES = (0.25, 0.5, 0.75)
BINS = 5


@dataclass(frozen=True)
class Judged:
    """A matter, what was advised, and whether that was right."""

    item: Item
    advice: Advice

    @property
    def ranked(self) -> list[str]:
        return [each.organization.short_name for each in self.advice.ranked]

    @property
    def gold(self) -> tuple[str, ...]:
        return self.item.gold or ()

    @property
    def is_first(self) -> bool:
        """The first advised is the first that should have it."""
        return bool(self.gold) and self.ranked[:1] == [self.gold[0]]

    @property
    def is_among(self) -> bool:
        return bool(self.gold) and self.ranked[0] in self.gold

    @property
    def is_in_three(self) -> bool:
        return bool(self.gold) and self.gold[0] in self.ranked[:3]


def judge(items: Sequence[Item], directory: Directory, model: Model) -> list[Judged]:
    return [Judged(each, advise(each.matter, directory, model)) for each in items]


def cross_validate(items: Sequence[Item], directory: Directory, *, seed: int = 0) -> list[Judged]:
    """Every item judged by a model of the items in the other folds; each fold has its part of every member."""
    folds = folds_of(items, seed=seed)
    found = []
    for at, fold in enumerate(folds):
        others = [item for place, some in enumerate(folds) if place != at for item in some]
        model = train([each.decision for each in others], directory)
        found += judge(fold, directory, model)
    return found


def folds_of(items: Sequence[Item], *, seed: int, count: int = FOLDS) -> list[list[Item]]:
    source = random.Random(seed)  # noqa: S311 drawing lots, no secret
    by_gold: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        by_gold[item.gold[0] if item.gold else ""].append(item)
    dealt = []
    for name in sorted(by_gold):
        dealt += source.sample(by_gold[name], len(by_gold[name]))
    return [dealt[at::count] for at in range(count)]


def figures(judged: Sequence[Judged]) -> dict[str, float]:
    """What counts, from 0 to 1: `precision at` is of the most confident part; Brier and ECE are better small."""
    placed = [each for each in judged if each.gold]
    sure = sorted(placed, key=lambda each: -each.advice.confidence)
    found = {
        "top-1, the first gold": _part(each.is_first for each in placed),
        "top-1, any gold": _part(each.is_among for each in placed),
        "top-3, the first gold": _part(each.is_in_three for each in placed),
    }
    for coverage in COVERAGES:
        kept = sure[: round(coverage * len(sure))]
        found[f"precision at {coverage:.0%}"] = _part(each.is_first for each in kept)
    found["Brier"] = mean((each.advice.confidence - each.is_first) ** 2 for each in placed) if placed else 0.0
    found["ECE"] = sum(n * abs(said - right) for said, right, n in bins(placed)) / (len(placed) or 1)
    nobody = [each.advice.out_of_scope for each in judged if not each.gold]
    somebody = [each.advice.out_of_scope for each in placed]
    if nobody and somebody:
        found["AUC of nobody"] = auc(nobody, somebody)
    return found


def bins(placed: Sequence[Judged]) -> list[tuple[float, float, int]]:
    """In equal steps of confidence: the mean that was said, the part that was right, how many."""
    found: dict[int, list[Judged]] = defaultdict(list)
    for each in placed:
        found[min(BINS - 1, int(each.advice.confidence * BINS))].append(each)
    return [
        (mean(e.advice.confidence for e in some), _part(e.is_first for e in some), len(some))
        for _, some in sorted(found.items())
    ]


def by_group(judged: Sequence[Judged]) -> list[tuple[str, float, float, int]]:
    """Top-1 and top-3 of every group of judged matters, with how many there are."""
    found: dict[str, list[Judged]] = defaultdict(list)
    for each in judged:
        if each.gold:
            for name, value in each.item.groups.items():
                found[f"{name} = {value}"].append(each)
            found[f"member = {each.gold[0]}"].append(each)
    return [
        (name, _part(e.is_first for e in some), _part(e.is_in_three for e in some), len(some))
        for name, some in sorted(found.items())
    ]


def auc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """How often a positive is above a negative."""
    wins = sum((high > low) + 0.5 * (high == low) for high in positive for low in negative)
    return wins / (len(positive) * len(negative))


def report(runs: Sequence[Sequence[Judged]]) -> list[str]:
    """Lines to print. Of several runs the mean with its spread; groups and bins of the first."""
    of_each = [figures(run) for run in runs]
    lines = []
    for name in of_each[0]:
        values = [each[name] for each in of_each]
        spread = f" ± {pstdev(values):.3f}" if len(values) > 1 else ""
        lines.append(f"{name:24} {mean(values):.3f}{spread}")
    placed = [each for each in runs[0] if each.gold]
    lines.append("calibration: said → right (how many)")
    lines += [f"  {said:.2f} → {right:.2f} ({n})" for said, right, n in bins(placed)]
    lines.append("by group: top-1, top-3 (how many)")
    lines += [f"  {name:28} {one:.2f}  {three:.2f}  ({n})" for name, one, three, n in by_group(runs[0])]
    return lines


def _part(holds: Iterable[bool]) -> float:
    found = list(holds)
    return sum(found) / len(found) if found else 0.0
