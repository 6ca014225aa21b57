"""Count how common words are and fit the weights of cass_portal.feedback.similar; print them and how they hold up.

    python tools/similar_weights.py PAIRS.jsonl ITEMS.jsonl

The counts go to commonness.txt. The weights are printed, to be rounded and copied by hand: they are few. Beside the
judged pairs, each text is held against unrelated items, which count little, so that the score means something.
"""

import math
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from cass_portal.feedback.similar import WEIGHTS, commonness, words
from cass_portal.feedback.similar.comparing import features
from cass_portal.feedback.similar.measuring import average_precision, read
from cass_portal.feedback.similar.traits import stems_of, traits_of

NAMES = list(WEIGHTS)
UNRELATED, UNRELATED_COUNTS = 6, 0.15
STEPS, RATE, PULL = 600, 4.0, 0.006
ROUNDS, FOLDS = 6, 5

Example = tuple[list[float], bool, float]


def main(pairs_path: str, items_path: str) -> None:
    items = {each["id"]: each for each in read(Path(items_path)) if not each.get("spam")}
    count_words(list(items.values()))
    groups = [examples(pair, items) for pair in read(Path(pairs_path))]
    figures = [held_out(groups, seed=seed) for seed in range(ROUNDS)]
    mean = sum(figures) / len(figures)
    spread = math.sqrt(sum((each - mean) ** 2 for each in figures) / len(figures))
    bias, weights = fit([each for group in groups for each in group])
    print(f"average precision, held out: {mean:.3f} ± {spread:.3f}")
    print(
        f"BIAS = {bias:.2f}\nWEIGHTS =", {name: round(w, 2) for name, w in zip(NAMES, weights, strict=True)}
    )


def count_words(items: list[dict[str, Any]]) -> None:
    counts: Counter[str] = Counter()
    for each in items:
        text = f"{each['subject']}\n{each['body']}"
        stems = set(stems_of(text))
        counts.update(stems | {commonness.meaning_key(m) for m in words.meanings_in(text, stems)})
    listed = sorted((word, n) for word, n in counts.items() if n > 1)
    lines = [str(len(items)), *(f"{word} {n}" for word, n in listed)]
    commonness.FILE.write_text("\n".join(lines) + "\n", "utf-8")
    commonness.counts.cache_clear()


def examples(pair: dict[str, Any], items: dict[str, Any]) -> list[Example]:
    """The pair itself first, then unrelated ones."""
    drawn = random.Random(pair["a"]).sample(sorted(items.keys() - {pair["a"]}), UNRELATED)  # noqa: S311 no secret
    other = traits_of(pair["b"]["subject"], pair["b"]["body"])
    found = []
    for id_ in (pair["a"], *drawn):
        values = features(traits_of(items[id_]["subject"], items[id_]["body"]), other)
        is_pair = id_ == pair["a"]
        same = is_pair and pair["label"] == "duplicate"
        found.append(([values[name] for name in NAMES], same, 1.0 if is_pair else UNRELATED_COUNTS))
    return found


def held_out(groups: list[list[Example]], *, seed: int) -> float:
    """Average precision where each pair is judged by weights fitted without it."""
    order = list(range(len(groups)))
    random.Random(seed).shuffle(order)  # noqa: S311 no secret
    scores = [0.0] * len(groups)
    for fold in range(FOLDS):
        held = set(order[fold::FOLDS])
        bias, weights = fit([each for i in order if i not in held for each in groups[i]])
        for i in held:
            scores[i] = bias + sum(w * x for w, x in zip(weights, groups[i][0][0], strict=True))
    return average_precision(scores, [group[0][1] for group in groups])


def fit(given: list[Example]) -> tuple[float, list[float]]:
    """Logistic regression by plain descent, weights pulled towards zero."""
    bias, weights = 0.0, [0.0] * len(NAMES)
    total = sum(count for _, _, count in given)
    for _ in range(STEPS):
        errors = [(x, (sigmoid(bias + dot(weights, x)) - same) * count / total) for x, same, count in given]
        bias -= RATE * sum(error for _, error in errors)
        slopes = [sum(x[i] * error for x, error in errors) for i in range(len(NAMES))]
        weights = [w - RATE * (slope + PULL * w) for w, slope in zip(weights, slopes, strict=True)]
    return bias, weights


def dot(a: list[float], b: list[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))


if __name__ == "__main__":
    main(*sys.argv[1:])
