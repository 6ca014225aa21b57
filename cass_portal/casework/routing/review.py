"""What a rule would have done with matters that people routed, at any confidence. Pure.

Each matter counts once, for the member that was advised first, at the confidence it was advised with. So a review
that was made once answers for every threshold that may be set later.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cass_portal.casework.routing.facts import Advice

LOWEST = 50
"""Percent: nobody may set a rule below."""
KEPT = 40
"""Of what would have gone wrong, so many are kept for each member: the surest."""


class Wrong(NamedTuple):
    """A matter (its id) that a rule would have sent to the wrong member: how sure it was, in percent, who has it in
    the end (nobody, if it went elsewhere), and whether the member had been sent it and gave it back."""

    matter: int
    percent: int
    rightly: tuple[str, ...]
    gave_back: bool


class Figures(NamedTuple):
    """At one confidence: how many would have gone by themselves, how many of them rightly."""

    sent: int
    right: int

    @property
    def wrong(self) -> int:
        return self.sent - self.right

    def __add__(self, other: Any) -> "Figures":
        return Figures(self.sent + other.sent, self.right + other.right)


@dataclass
class OfMember:
    """What would have gone to one member: by whole percent of confidence, how many and how many rightly."""

    at: dict[int, Figures] = field(default_factory=dict)
    wrong: list[Wrong] = field(default_factory=list)

    def above(self, percent: int) -> Figures:
        return sum((each for at, each in self.at.items() if at >= percent), Figures(0, 0))

    def wrong_above(self, percent: int) -> list[Wrong]:
        """The surest first; at most KEPT."""
        return [each for each in self.wrong if each.percent >= percent]


@dataclass
class Review:
    """`looked_at` so many matters; by short name, what would have gone to each member."""

    looked_at: int = 0
    members: dict[str, OfMember] = field(default_factory=dict)

    def of(self, short_name: str) -> OfMember:
        return self.members.get(short_name, OfMember())

    def note(self, matter: int, advice: Advice, *, rightly: Iterable[str], refused: Iterable[str]) -> None:
        """What was advised before anybody decided, and what came of it."""
        self.looked_at += 1
        if advice.is_for_nobody or not advice.ranked:
            return
        best = advice.ranked[0]
        percent = percent_of(best.score)
        if percent < LOWEST:
            return
        name, rightly = best.organization.short_name, tuple(rightly)
        told = self.members.setdefault(name, OfMember())
        is_right = name in rightly
        told.at[percent] = told.at.get(percent, Figures(0, 0)) + Figures(1, int(is_right))
        if not is_right:
            told.wrong.append(Wrong(matter, percent, rightly, name in refused))
            told.wrong.sort(key=lambda each: (-each.percent, -each.matter))
            del told.wrong[KEPT:]

    def packed(self) -> dict[str, Any]:
        """As it is kept, as JSON."""
        return {
            "looked_at": self.looked_at,
            "members": {
                name: {"at": {str(at): list(each) for at, each in told.at.items()}, "wrong": list(told.wrong)}
                for name, told in self.members.items()
            },
        }

    @classmethod
    def unpacked(cls, kept: dict[str, Any]) -> "Review":
        members = {
            name: OfMember(
                {int(at): Figures(*each) for at, each in told["at"].items()},
                [Wrong(matter, at, tuple(to), back) for matter, at, to, back in told["wrong"]],
            )
            for name, told in kept.get("members", {}).items()
        }
        return cls(kept.get("looked_at", 0), members)


def percent_of(score: float) -> int:
    """The highest threshold in whole percent that a score reaches."""
    return int(100 * score + 1e-6)
