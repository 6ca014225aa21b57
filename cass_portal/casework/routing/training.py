"""A model from past decisions: counts of them all, weights of the newest. Pure."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cass_portal.casework.routing.facts import Directory, Matter
from cass_portal.casework.routing.learning import NOBODY, Counts, features_of
from cass_portal.casework.routing.signals import Learned, gather
from cass_portal.casework.routing.suggesting import Model, reader_of
from cass_portal.casework.routing.weighing import Lesson, Weights, fitting

WEIGHED = 600
"""So many of the newest decisions set the weights; more would change them little and take long."""
FEWEST = 40
"""With fewer decisions the weights stay as they come."""
HIDDEN = 0.5
TURNS = 2
"""Each lesson is read so many times, each time with another part of the curated words hidden, so that the weights
are right for matters whose words nobody thought of."""


@dataclass(frozen=True)
class Decision:
    """Who got a matter in the end, in order; nobody, if it was for nobody. `refused` are those that gave it back."""

    matter: Matter
    members: tuple[str, ...]
    refused: tuple[str, ...] = ()


def train(decisions: Iterable[Decision], directory: Directory, *, weigh: bool = True) -> Model:
    """All that past decisions teach. Deterministic; the newest come last."""
    learned = nothing()
    newest: list[Decision] = []
    for decision in decisions:
        learn(learned, decision)
        newest.append(decision)
        if len(newest) >= 2 * WEIGHED:
            del newest[:-WEIGHED]
    weights = Model().weights
    return Model(learned, weigh_anew(newest, directory, learned, weights) if weigh else weights)


def nothing() -> Learned:
    """What is known before the first decision."""
    return Learned(Counts(), Counts())


def weigh_anew(
    decisions: Sequence[Decision], directory: Directory, learned: Learned, start: Weights
) -> Weights:
    """Weights as the newest of these decisions, all of them learned, would have them."""
    return deque(weighing_anew(decisions, directory, learned, start), maxlen=1)[0]


def weighing_anew(
    decisions: Sequence[Decision], directory: Directory, learned: Learned, start: Weights
) -> Iterator[Weights]:
    """The same with many pauses, for whoever has something else to do; the last weights count."""
    yield start
    if len(decisions) < FEWEST:
        return
    read = []
    for lesson in lessons(decisions[-WEIGHED:], directory, learned):
        read.append(lesson)
        yield start
    yield from fitting(read, start)


def learn(learned: Learned, decision: Decision, *, amount: int = 1) -> None:
    """Add one decision, or with -1 take it out again."""
    features = features_of(text_of(decision.matter))
    learned.given.learn(features, _owner(decision), amount=amount)
    learned.given.note(features, amount=amount)
    for name in decision.refused:
        learned.refused.learn(features, name, amount=amount)
        learned.refused.note(features, amount=amount)


def lessons(decisions: Sequence[Decision], directory: Directory, learned: Learned) -> Iterator[Lesson]:
    """Each decision as it looked to who had not seen it yet."""
    reader = reader_of(directory)
    for turn in range(TURNS):
        for at, each in enumerate(decisions):
            yield Lesson(
                gather(
                    each.matter,
                    reader,
                    learned,
                    own=_owner(each),
                    hidden=HIDDEN,
                    turn=turn * len(decisions) + at,
                ),
                each.members,
            )


def text_of(matter: Matter) -> str:
    """What is learned of a matter; the subject counts twice."""
    return f"{matter.subject}\n{matter.subject}\n{matter.body}"


def _owner(decision: Decision) -> str:
    return decision.members[0] if decision.members else NOBODY
