"""From a matter to members, ranked, each with its reasons, or to nobody. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from cass_portal.casework.routing.defaults import WEIGHTS
from cass_portal.casework.routing.facts import (
    Advice,
    Directory,
    Matter,
    MemberFacts,
    ProductFacts,
    Signal,
    Suggestion,
    TopicFacts,
)
from cass_portal.casework.routing.learning import NOBODY
from cass_portal.casework.routing.reading import Reader, product_key
from cass_portal.casework.routing.signals import Evidence, Learned, gather
from cass_portal.casework.routing.weighing import Weights, softmax

STRONG, ENOUGH = 0.5, 0.4
"""Chosen beforehand is whoever has this part of the best one's belief, and so much at all unless it was named."""
TELLS = {
    "picked_product": ("picked_product",),
    "picked_topic": ("picked_topic",),
    "named": ("named_in_subject", "named", "named_first", "signs", "share_of_names"),
    "words": ("words", "share_of_words", "soft"),
    "called": ("called",),
    "field": ("field", "share_of_field", "soft_field"),
    "learned": ("learned",),
    "refused": ("refused",),
    "not_ours": ("not_ours",),
}
"""Which signals a reason is about."""


class Name(NamedTuple):
    """A member as the suggester knows it."""

    short_name: str


@dataclass(frozen=True)
class Model:
    """What was learned: counts of words, and how much each signal is worth. Without counts, as the portal comes."""

    learned: Learned | None = None
    weights: Weights = WEIGHTS


UNTAUGHT = Model()


def advise(matter: Matter, directory: Directory, model: Model = UNTAUGHT) -> Advice:
    """Whom a matter is for: every member of the directory, best first; how sure; whether it is for nobody."""
    organizations = {each.short_name: each for each in directory.organizations()}
    if not organizations:
        return Advice(())
    evidence = gather(matter, reader_of(directory), model.learned)
    beliefs = softmax(model.weights.scores(evidence))
    nobody = beliefs.pop(NOBODY)
    ranked = sorted(beliefs, key=lambda name: (-round(beliefs[name], 9), name))
    best = beliefs[ranked[0]]
    return Advice(
        tuple(
            _suggestion(organizations[name], beliefs[name], evidence, model.weights, best=best)
            for name in ranked
        ),
        confidence=best,
        out_of_scope=nobody,
        because_nobody=tuple(evidence.reasons.get(NOBODY, {}).values()),
    )


def _suggestion(
    organization: Any, belief: float, evidence: Evidence, weights: Weights, *, best: float
) -> Suggestion:
    name = organization.short_name
    fired = sorted(_signals(name, evidence, weights), key=lambda each: -each.weight)
    return Suggestion(
        organization,
        round(belief, 4),
        tuple(each.because for each in fired),
        is_strong=_is_strong(fired, belief, best=best),
        signals=tuple(fired),
    )


def _is_strong(fired: Sequence[Signal], belief: float, *, best: float) -> bool:
    is_named = any(each.name in ("picked_product", "picked_topic", "named") for each in fired)
    points_there = any(each.weight > 0 for each in fired)
    return points_there and belief >= STRONG * best and (is_named or belief >= ENOUGH)


def _signals(name: str, evidence: Evidence, weights: Weights) -> Iterable[Signal]:
    given = evidence.values[name]
    for reason, line in evidence.reasons[name].items():
        worth = sum(weights.shared.get(each, 0.0) * given.get(each, 0.0) for each in TELLS[reason])
        yield Signal(reason, round(worth, 3), line)


def reader_of(directory: Directory) -> Reader:
    """Building one takes a moment, so it is kept as long as the directory says the same."""
    names: dict[str, Name] = {each.short_name: Name(each.short_name) for each in directory.organizations()}
    products = tuple(
        ProductFacts(
            each.id,
            each.name,
            each.names,
            tuple(names[steward.short_name] for steward in each.stewards),
            product_key(each),
        )
        for each in directory.products
    )
    topics = tuple(
        TopicFacts(each.id, each.name, tuple(names[owner.short_name] for owner in each.owners))
        for each in directory.topics
    )
    profiles = {each.organization.short_name: each for each in directory.members}
    members = tuple(
        MemberFacts(names[name], tuple(profiles[name].words), tuple(profiles[name].not_ours))
        if name in profiles
        else MemberFacts(names[name])
        for name in names
    )
    return _reader(Directory(products, topics, members))


@lru_cache(maxsize=4)
def _reader(directory: Directory) -> Reader:
    return Reader(directory)
