"""What a suggestion is made from, and what it is. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ProductFacts:
    """`names` are all names it is known by, its own first; `stewards` are organizations that may be routed to."""

    id: int
    name: str
    names: tuple[str, ...]
    stewards: tuple[Any, ...]
    key: str = ""


@dataclass(frozen=True)
class TopicFacts:
    id: int
    name: str
    owners: tuple[Any, ...]


@dataclass(frozen=True)
class MemberFacts:
    """A member with the words it gave itself: what it is for, and what it is often taken for and is not."""

    organization: Any
    words: tuple[str, ...] = ()
    not_ours: tuple[str, ...] = ()


@dataclass(frozen=True)
class Directory:
    """`members` are those that may be routed to; without any, those that steward or own something."""

    products: Sequence[ProductFacts]
    topics: Sequence[TopicFacts]
    members: Sequence[MemberFacts] = ()

    def organizations(self) -> list[Any]:
        """Whom a matter may go to, by name."""
        found = {each.organization.short_name: each.organization for each in self.members}
        for product in self.products:
            found |= {each.short_name: each for each in product.stewards}
        for topic in self.topics:
            found |= {each.short_name: each for each in topic.owners}
        return [found[name] for name in sorted(found)]


@dataclass(frozen=True)
class Matter:
    """What a suggestion is made from: the author's words and what the author picked."""

    subject: str
    body: str
    product_ids: frozenset[int] = frozenset()
    topic_ids: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Signal:
    """One thing that points to an organization (or away, if negative) with what a person can read about it."""

    name: str
    weight: float
    because: str = ""


@dataclass(frozen=True)
class Suggestion:
    """`score` is the share of belief, 0 to 1; `because` the reasons, weightiest first.

    `is_strong`: near enough to the best to be chosen beforehand.
    """

    organization: Any
    score: float
    because: tuple[str, ...]
    is_strong: bool
    signals: tuple[Signal, ...] = ()


@dataclass(frozen=True)
class Advice:
    """`ranked` best first; `confidence` that the first is right; `out_of_scope` that it is for nobody here."""

    ranked: tuple[Suggestion, ...]
    confidence: float = 0.0
    out_of_scope: float = 0.0
    because_nobody: tuple[str, ...] = field(default=())

    @property
    def is_for_nobody(self) -> bool:
        return self.out_of_scope >= 0.5
