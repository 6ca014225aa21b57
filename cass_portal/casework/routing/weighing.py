"""How much each signal counts: a softmax over the members and “nobody”, of a few weights. Pure, deterministic."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cass_portal.casework.routing.learning import NOBODY
from cass_portal.casework.routing.signals import Evidence

FEATURES = (
    "picked_product", "picked_topic", "named_in_subject", "named", "named_first", "signs", "share_of_names",
    "words", "share_of_words", "soft", "field", "share_of_field", "soft_field", "called", "not_ours",
    "learned", "refused",
)  # fmt: skip
NOBODY_FEATURES = (
    "spam", "foreign", "unnamed", "silent", "thin", "short", "links", "strange", "shouting", "learned",
)  # fmt: skip


@dataclass(eq=False)
class Weights:
    """`shared` of each signal for every member, `leaning` of each member by itself, `nobody` of the signs of nobody."""

    shared: dict[str, float] = field(default_factory=dict)
    leaning: dict[str, float] = field(default_factory=dict)
    nobody: dict[str, float] = field(default_factory=dict)

    def scores(self, evidence: Evidence) -> dict[str, float]:
        found = {
            name: self.leaning.get(name, 0.0)
            + sum(w * given[each] for each, w in self.shared.items() if each in given)
            for name, given in evidence.values.items()
        }
        found[NOBODY] = self.leaning.get(NOBODY, 0.0) + sum(
            w * evidence.nobody.get(each, 0.0) for each, w in self.nobody.items()
        )
        return found

    def beliefs(self, evidence: Evidence) -> dict[str, float]:
        return softmax(self.scores(evidence))


def softmax(scores: Mapping[str, float]) -> dict[str, float]:
    best = max(scores.values())
    raised = {name: math.exp(score - best) for name, score in scores.items()}
    whole = sum(raised.values())
    return {name: each / whole for name, each in raised.items()}


@dataclass(frozen=True)
class Lesson:
    """A matter's evidence and who should have got it: members in order, none for nobody."""

    evidence: Evidence
    gold: tuple[str, ...]


def fitting(
    lessons: Sequence[Lesson], start: Weights, *, rounds: int = 150, hold: float = 0.02
) -> Iterator[Weights]:
    """Weights that believe the lessons, held back towards `start` so that few lessons move them little.

    With a pause after each round; the last weights count.
    """
    weights = Weights(dict(start.shared), dict(start.leaning), dict(start.nobody))
    yield weights
    if not lessons:
        return
    tables = (
        (weights.shared, start.shared),
        (weights.leaning, start.leaning),
        (weights.nobody, start.nobody),
    )
    squares: list[dict[str, float]] = [{}, {}, {}]
    for _ in range(rounds):
        slopes: list[dict[str, float]] = [{}, {}, {}]
        for lesson in lessons:
            _slopes(weights, lesson, slopes, scale=1.0 / len(lessons))
        for (now, before), slope, square in zip(tables, slopes, squares, strict=True):
            for name, given in slope.items():
                pull = given + hold * (now.get(name, 0.0) - before.get(name, 0.0))
                square[name] = square.get(name, 0.0) + pull * pull
                now[name] = now.get(name, 0.0) - 0.3 * pull / (math.sqrt(square[name]) + 1e-8)
        yield weights


FIRST = 0.85
"""Of the belief that a matter with several members deserves, what the first gets."""


def _targets(gold: tuple[str, ...]) -> dict[str, float]:
    if not gold:
        return {NOBODY: 1.0}
    if len(gold) == 1:
        return {gold[0]: 1.0}
    rest = (1.0 - FIRST) / (len(gold) - 1)
    return {name: FIRST if at == 0 else rest for at, name in enumerate(gold)}


def _slopes(weights: Weights, lesson: Lesson, slopes: list[dict[str, float]], *, scale: float) -> None:
    evidence, targets = lesson.evidence, _targets(lesson.gold)
    shared, leaning, nobody = slopes
    for name, belief in weights.beliefs(evidence).items():
        off = scale * (belief - targets.get(name, 0.0))
        leaning[name] = leaning.get(name, 0.0) + off
        given, names, into = (
            (evidence.nobody, NOBODY_FEATURES, nobody)
            if name == NOBODY
            else (evidence.values[name], FEATURES, shared)
        )
        for each in names:
            value = given.get(each, 0.0)
            if value:
                into[each] = into.get(each, 0.0) + off * value
