"""Count how common words are and fit the weights of cass_portal.feedback.similar; print them and how they hold up.

    python tools/similar_weights.py PAIRS.jsonl ITEMS.jsonl [PROSE.txt ...]

The counts, of the items and of texts in technical English (a piece of about sixty words a line), go to
commonness.txt; without such texts it stays as it is. The weights are printed, to be rounded and copied by hand: they
are few. Beside the judged pairs, each text is held against unrelated items, which count little, so that the score
means something. Whoever wrote the meanings may have seen the pairs: so each is read with some of them hidden, too.
"""

import math
import random
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from cass_portal.feedback.similar import WEIGHTS, commonness, words
from cass_portal.feedback.similar.comparing import features
from cass_portal.feedback.similar.measuring import average_precision, read
from cass_portal.feedback.similar.traits import Traits, stems_of, traits_of

NAMES = list(WEIGHTS)
UNRELATED, UNRELATED_COUNTS = 6, 0.15
HIDDEN = (0.0, 0.5, 0.8, 1.0)
"""Shares of the meanings that are overlooked; each pair is read with each."""
STEPS, RATE, PULL = 250, 1.5, 0.01
ROUNDS, FOLDS = 3, 5
COUNTED, LISTED_FROM = 10_000, 20
"""Counts are given as of so many texts; stems in fewer than so many of these are not listed."""

Example = tuple[list[float], bool, float]


def main(pairs_path: str, items_path: str, *prose: str) -> None:
    items = {each["id"]: each for each in read(Path(items_path)) if not each.get("spam")}
    if prose:
        count_words(list(items.values()), [Path(each) for each in prose])
    groups = [examples(pair, items) for pair in read(Path(pairs_path))]
    for at, hidden in enumerate(HIDDEN):
        figures = [held_out(groups, at=at, seed=seed) for seed in range(ROUNDS)]
        mean = sum(figures) / len(figures)
        spread = math.sqrt(sum((each - mean) ** 2 for each in figures) / len(figures))
        print(f"average precision, held out, {hidden:.0%} of the meanings hidden: {mean:.3f} ± {spread:.3f}")
    bias, weights = fit([each for group in groups for reading in group for each in reading])
    print(
        f"BIAS = {bias:.2f}\nWEIGHTS =", {name: round(w, 2) for name, w in zip(NAMES, weights, strict=True)}
    )


def count_words(items: list[dict[str, Any]], prose: list[Path]) -> None:
    """A word is as common as in the items or, where that is more, in the prose, each file of which counts the same."""
    ours = shares_of(f"{each['subject']}\n{each['body']}" for each in items)
    theirs = [shares_of(path.read_text("utf-8").splitlines()) for path in prose]
    listed = {
        stem: max(
            ours.get(stem, 0),
            0 if stem.startswith("=") else sum(each.get(stem, 0) for each in theirs) / len(theirs),
        )
        for stem in sorted(set(ours).union(*theirs))
    }
    counts = {stem: round(share * COUNTED) for stem, share in listed.items()}
    lines = [str(COUNTED), *(f"{stem} {n}" for stem, n in counts.items() if n >= LISTED_FROM)]
    commonness.FILE.write_text("\n".join(lines) + "\n", "utf-8")
    commonness.counts.cache_clear()


def shares_of(texts: Iterable[str]) -> dict[str, float]:
    """In which share of the texts each stem and each meaning is that more than one has."""
    counts: Counter[str] = Counter()
    total = 0
    for total, text in enumerate(texts, start=1):  # noqa: B007 the last one is the number
        stems = set(stems_of(text))
        counts.update(stems | {commonness.meaning_key(each) for each in words.meanings_in(text, stems)})
    return {each: n / total for each, n in counts.items() if n > 1}


def examples(pair: dict[str, Any], items: dict[str, Any]) -> list[list[Example]]:
    """One reading for each of HIDDEN; in each the pair itself first, then unrelated ones."""
    drawn = random.Random(pair["a"]).sample(sorted(items.keys() - {pair["a"]}), UNRELATED)  # noqa: S311 no secret
    same = pair["label"] == "duplicate"
    found = []
    for hidden in HIDDEN:
        other = seen(known(pair["b"]["subject"], pair["b"]["body"]), hidden)
        reading = []
        for id_ in (pair["a"], *drawn):
            values = features(seen(known(items[id_]["subject"], items[id_]["body"]), hidden), other)
            is_pair = id_ == pair["a"]
            reading.append(
                ([values[name] for name in NAMES], is_pair and same, 1.0 if is_pair else UNRELATED_COUNTS)
            )
        found.append(reading)
    return found


known = cache(traits_of)


def seen(traits: Traits, hidden: float) -> Traits:
    """Without the meanings that are overlooked, always the same ones."""
    kept = {
        each: weight
        for each, weight in traits.meanings.items()
        if random.Random(f"{each} {hidden}").random() >= hidden  # noqa: S311 no secret
    }
    return replace(traits, meanings=kept)


def held_out(groups: list[list[list[Example]]], *, at: int, seed: int) -> float:
    """Average precision of one reading where each pair is judged by weights fitted without it."""
    order = list(range(len(groups)))
    random.Random(seed).shuffle(order)  # noqa: S311 no secret
    scores = [0.0] * len(groups)
    for fold in range(FOLDS):
        held = frozenset(order[fold::FOLDS])
        bias, weights = _fitted_without(held, groups)
        for i in held:
            scores[i] = bias + dot(weights, groups[i][at][0][0])
    return average_precision(scores, [group[0][0][1] for group in groups])


_FITTED: dict[frozenset[int], tuple[float, list[float]]] = {}


def _fitted_without(held: frozenset[int], groups: list[list[list[Example]]]) -> tuple[float, list[float]]:
    if held not in _FITTED:
        left = (group for i, group in enumerate(groups) if i not in held)
        _FITTED[held] = fit([each for group in left for reading in group for each in reading])
    return _FITTED[held]


def fit(given: list[Example]) -> tuple[float, list[float]]:
    """Logistic regression by plain descent on figures of the same spread, weights pulled towards zero."""
    spread = [spread_of([x[i] for x, _, _ in given]) for i in range(len(NAMES))]
    scaled = [([v / s for v, s in zip(x, spread, strict=True)], same, count) for x, same, count in given]
    bias, weights = 0.0, [0.0] * len(NAMES)
    total = sum(count for _, _, count in given)
    for _ in range(STEPS):
        errors = [(x, (sigmoid(bias + dot(weights, x)) - same) * count / total) for x, same, count in scaled]
        bias -= RATE * sum(error for _, error in errors)
        slopes = [sum(x[i] * error for x, error in errors) for i in range(len(NAMES))]
        weights = [w - RATE * (slope + PULL * w) for w, slope in zip(weights, slopes, strict=True)]
    return bias, [w / s for w, s in zip(weights, spread, strict=True)]


def spread_of(values: list[float]) -> float:
    mean = sum(values) / len(values)
    return math.sqrt(sum((each - mean) ** 2 for each in values) / len(values)) or 1.0


def dot(a: list[float], b: list[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))


if __name__ == "__main__":
    main(*sys.argv[1:])
