"""The first page of a day, the inbox and lists under a name, counts beside them included, at few and many matters."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.figures import Figure, at_most_of_few, median, percentile
from bench.load import Target, latencies

GOAL = 1.5
PATHS = {
    "inbox": ("agent", "/desk/inbox/"),
    "inbox, all it ever had": ("agent", "/desk/inbox/?tab=all"),
    "inbox, what is overdue": ("agent", "/desk/inbox/?overdue=y&view=overdue"),
    "a member's day": ("agent", "/desk/"),
    "queue of one product, oldest first": ("coordinator", "/desk/triage/?product=kokkos&order=oldest"),
}


@dataclass(frozen=True)
class Pair:
    """One list of few matters and of many."""

    name: str
    few: Target
    many: Target


def measure(pairs: Sequence[Pair], *, rounds: int, count: int, seconds: float) -> list[Figure]:
    """A line for each: how much longer the longer list takes. Few and many take turns."""
    return [line for pair in pairs for line in _lines(pair, rounds=rounds, count=count, seconds=seconds)]


def _lines(pair: Pair, *, rounds: int, count: int, seconds: float) -> list[Figure]:
    taken: dict[bool, list[float]] = {False: [], True: []}
    cpu: list[float] = []
    for target in (pair.few, pair.many):
        target.check()
        latencies(target, count=5, seconds=seconds)
    for _ in range(rounds):
        taken[False] += latencies(pair.few, count=count, seconds=seconds)
        before = pair.many.server.cpu_seconds()
        found = latencies(pair.many, count=count, seconds=seconds)
        cpu.append(1000 * (pair.many.server.cpu_seconds() - before) / len(found))
        taken[True] += found
    few, many = (percentile(taken[is_many], 95) for is_many in (False, True))
    return [
        Figure(f"{pair.name}, p95 of few", f"{few:.1f} ms"),
        at_most_of_few(f"{pair.name}, p95 of many", many, few, GOAL, cpu_ms=median(cpu)),
    ]
