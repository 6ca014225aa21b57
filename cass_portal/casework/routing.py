"""Which members a matter may concern, ranked, each with its reasons. Pure.

A signal is a function (matter, directory) → votes. A new one: write it, name it in SIGNALS, test it.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

PICKED_PRODUCT, PICKED_TOPIC, NAMED_IN_SUBJECT, NAMED_IN_BODY = 10, 6, 5, 3

ORDINARY_WORDS = frozenset(
    {
        "ascent", "caesar", "caffeine", "catalyst", "diy", "fiats", "ginkgo", "julienne", "legion", "magma", "tau",
        "visit",
    }
)  # fmt: skip
"""Product names that are words of the language too: they count only with capitals, as the product writes itself."""


@dataclass(frozen=True)
class ProductFacts:
    """`names` are all names it is known by, its own first; `stewards` are organizations that may be routed to."""

    id: int
    name: str
    names: tuple[str, ...]
    stewards: tuple[Any, ...]


@dataclass(frozen=True)
class TopicFacts:
    id: int
    name: str
    owners: tuple[Any, ...]


@dataclass(frozen=True)
class Directory:
    products: Sequence[ProductFacts]
    topics: Sequence[TopicFacts]


@dataclass(frozen=True)
class Matter:
    """What a suggestion is made from: the author's words and what the author picked."""

    subject: str
    body: str
    product_ids: frozenset[int] = frozenset()
    topic_ids: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Vote:
    organization: Any
    weight: int
    because: str


@dataclass(frozen=True)
class Suggestion:
    """`because` are the reasons, weightiest first. `is_strong`: near enough to the best to be chosen beforehand."""

    organization: Any
    score: int
    because: tuple[str, ...]
    is_strong: bool


def picked_products(matter: Matter, directory: Directory) -> list[Vote]:
    """Stewards of the products that the author picked."""
    picked = [each for each in directory.products if each.id in matter.product_ids]
    return [
        Vote(steward, PICKED_PRODUCT, f"about {product.name}, stewarded by {steward.short_name}")
        for product in picked
        for steward in product.stewards
    ]


def named_products(matter: Matter, directory: Directory) -> list[Vote]:
    """Stewards of products that the text names and the author did not pick."""
    candidates = [each for each in directory.products if each.id not in matter.product_ids]
    found: dict[int, tuple[int, str]] = {}
    for text, weight in ((matter.body, NAMED_IN_BODY), (matter.subject, NAMED_IN_SUBJECT)):
        found |= {id_: (weight, name) for id_, name in names_in(text, directory.products).items()}
    return [
        Vote(steward, found[product.id][0], _names(found[product.id][1], product, steward))
        for product in candidates
        if product.id in found
        for steward in product.stewards
    ]


def picked_topics(matter: Matter, directory: Directory) -> list[Vote]:
    """Owners of the topics that the author picked."""
    picked = [each for each in directory.topics if each.id in matter.topic_ids]
    return [
        Vote(owner, PICKED_TOPIC, f"about “{topic.name}”, looked after by {owner.short_name}")
        for topic in picked
        for owner in topic.owners
    ]


SIGNALS: list[Callable[[Matter, Directory], list[Vote]]] = [picked_products, named_products, picked_topics]


def suggest(matter: Matter, directory: Directory) -> list[Suggestion]:
    """Members by the sum of their votes, best first, then by name; empty when nothing points anywhere."""
    votes: dict[Any, list[Vote]] = defaultdict(list)
    for signal in SIGNALS:
        for vote in signal(matter, directory):
            votes[vote.organization].append(vote)
    scores = {organization: sum(each.weight for each in given) for organization, given in votes.items()}
    best = max(scores.values(), default=0)
    ranked = sorted(votes, key=lambda each: (-scores[each], each.short_name))
    return [
        Suggestion(each, scores[each], _reasons(votes[each]), is_strong=2 * scores[each] >= best)
        for each in ranked
    ]


def names_in(text: str, products: Iterable[ProductFacts]) -> dict[int, str]:
    """Products that `text` names, by id, with the name as written there. The longest name wins:
    “Kokkos Kernels” does not name Kokkos."""
    by_name = {name: each.id for each in products for name in each.names}
    if not by_name:
        return {}
    pattern, known = _pattern(tuple(by_name))
    found: dict[int, str] = {}
    for match in pattern.finditer(text):
        written = match.group()
        name = known.get(written) or known.get(written.lower())
        if name is not None:
            found.setdefault(by_name[name], written)
    return found


@lru_cache(maxsize=4)
def _pattern(names: tuple[str, ...]) -> tuple[re.Pattern[str], dict[str, str]]:
    """Whole words only; “UPC++” and “PETSc/TAO” end in no letter, so a plain \\b would not do."""
    known: dict[str, str] = {name: name for name in names if name not in ORDINARY_WORDS}
    known |= {name.lower(): name for name in reversed(names) if name.lower() not in ORDINARY_WORDS}
    longest_first = sorted(names, key=len, reverse=True)
    alternatives = "|".join(re.escape(name) for name in longest_first)
    return re.compile(rf"(?<![\w+])(?:{alternatives})(?![\w+])", re.IGNORECASE), known


def _names(written: str, product: ProductFacts, steward: Any) -> str:
    same = written.lower() == product.name.lower()
    return f"names {written}{'' if same else f' ({product.name})'}, stewarded by {steward.short_name}"


def _reasons(votes: list[Vote]) -> tuple[str, ...]:
    return tuple(each.because for each in sorted(votes, key=lambda vote: -vote.weight))
