"""A text → how likely it is unwanted and why, in words. Pure: what it needs of the database is handed in."""

import math
from dataclasses import dataclass
from functools import cache

from cass_portal.feedback.moderation.bayes import Model, estimate, tokens_of
from cass_portal.feedback.moderation.beginning import lines
from cass_portal.feedback.moderation.signals import Signal, signal_of_rate, signals_in

HOLD_FROM = 0.6
"""The score from which on a text is held by its words alone; below, they only order the queue."""
BASE = -1.0
"""Log odds before anything is known: most feedback is genuine."""
TELLING = 0.7
"""From this estimate by words alone on, the words are named."""
WORDS_NAMED = 5


@dataclass(frozen=True)
class Judgment:
    """`score` from 0 to 1 orders the queue of held items; `held_because` says why a person should look first.

    Neither rejects anything. `reasons` are all that was noticed, also what is not enough to hold it.
    """

    score: float
    reasons: tuple[str, ...] = ()
    holds: bool = False

    @property
    def held_because(self) -> tuple[str, ...]:
        return self.reasons if self.holds else ()


def judge(subject: str, body: str, *, model: Model, similar: int = 0) -> Judgment:
    """`similar`: how many texts like it came lately."""
    by_words, words = estimate(model, tokens_of(subject, body))
    found = [*signals_in(subject, body), *signal_of_rate(similar)]
    odds = BASE + _log_odds(by_words) + sum(each.weight for each in found)
    score = round(1 / (1 + math.exp(-odds)), 3)
    reasons = [each.reason for each in found]
    if by_words > TELLING and words:
        reasons.append(f"Words as in unwanted texts: {', '.join(words[:WORDS_NAMED])}.")
    return Judgment(score, tuple(reasons), holds=bool(reasons) and (score >= HOLD_FROM or _hold(found)))


def _hold(found: list[Signal]) -> bool:
    return any(each.holds for each in found)


def _log_odds(chance: float) -> float:
    """At most as much as two strong signals: words alone are no proof."""
    bounded = min(max(chance, 0.01), 0.99)
    return math.log(bounded / (1 - bounded))


@cache
def prior() -> Model:
    """The model before anybody decided anything. Copy it before teaching it more."""
    model = Model()
    for name, unwanted in (("genuine", False), ("unwanted", True)):
        for text in lines(name):
            model.learn(tokens_of("", text), unwanted=unwanted)
    return model
