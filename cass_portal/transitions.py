"""Lifecycles as data: which act leads from which states to which, and who may do it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar, cast

from cass_portal.policy import Permission

S = TypeVar("S", bound=StrEnum)


class ActRefused(Exception):
    """The act is not possible as things stand; the message says why, in words for whoever tried it."""


class TransitionRefused(ActRefused):
    """The act is not possible in the present state. `act` and `state` say which."""

    def __init__(self, act: str, state: str) -> None:
        super().__init__(f"{act.replace('_', ' ')} is not possible while {state.replace('_', ' ')}")
        self.act, self.state = act, state


@dataclass(frozen=True)
class Transition:
    """One act. `target` None means that the state afterwards is computed, not fixed.

    `permission` None: the act belongs to the stakeholder or to the system, not to a signed-in role.
    """

    act: str
    sources: frozenset[StrEnum]
    target: StrEnum | None
    permission: Permission | None
    label: str


class Lifecycle:
    """The transitions of one kind of subject."""

    def __init__(self, states: type[StrEnum], transitions: Iterable[Transition]) -> None:
        self.states = states
        self.transitions = {transition.act: transition for transition in transitions}

    def allows(self, act: str, state: StrEnum) -> bool:
        return state in self.transitions[act].sources

    def after(self, act: str, state: S) -> S:
        """The state that `act` leads to; `state` itself where it is computed. Raises TransitionRefused."""
        if not self.allows(act, state):
            raise TransitionRefused(act, state)
        return cast("S", self.transitions[act].target or state)

    def open_acts(self, state: StrEnum) -> list[Transition]:
        """What is possible in `state`, in the order of the table."""
        return [each for each in self.transitions.values() if state in each.sources]
