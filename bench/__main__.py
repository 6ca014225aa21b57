"""The whole bench, in rounds that take turns, so that every ratio comes from the same minutes."""

import argparse
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench import (
    board,
    data,
    digests,
    fanout,
    footprint,
    hints,
    house_style,
    overdue,
    pages,
    routing,
    searches,
    submissions,
    triage,
    verdicts,
    views,
)
from bench.figures import Figure, table
from bench.load import Target
from bench.processes import Server, hello, portal

FEW, MANY = 1_000, 1_000_000


@dataclass(frozen=True)
class Effort:
    """How long everything is measured."""

    few: int = FEW
    many: int = MANY
    rounds: int = 5
    seconds: float = 3.0
    submissions: int = 400
    requests: int = 100
    searches: int = 150
    mails: int = fanout.MAILS
    subscribers: int = fanout.MILLION
    digests: int = digests.DIGESTS
    slow_mails: int = fanout.FEW


QUICK = Effort(
    rounds=2, seconds=1.0, submissions=100, requests=40, searches=40, mails=5_000, subscribers=100_000, digests=20_000
)  # fmt: skip


def main() -> None:
    effort = _effort()
    started = time.monotonic()
    few, many = data.instance_of(effort.few), data.instance_of(effort.many)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(dir=data.cache_folder(), prefix="run-") as folder:
        figures = measure(effort, few=few, many=many, folder=Path(folder))
    print(table(figures))
    took, load, cores = time.monotonic() - started, os.getloadavg()[0], os.cpu_count()
    print(f"\n{took:.0f} s, {cores} cores, load {load:.1f} at the end. ± is half the spread of the rounds.")
    missed = [each.measure for each in figures if each.met is False]
    print(f"Goals missed: {', '.join(missed) or 'none'}.")


def measure(effort: Effort, *, few: Path, many: Path, folder: Path) -> list[Figure]:
    """Every line of the table."""
    web, whole = data.copy_of(few, folder / "web"), data.copy_of(few, folder / "whole")
    rounds, seconds = effort.rounds, effort.seconds
    figures: list[Figure] = []
    with hello() as base:
        with portal(web, worker=False) as small:
            figures += pages.measure(small, base, rounds=rounds, seconds=seconds)
            figures += submissions.measure(
                small, web, rounds=rounds, count=effort.submissions, raw_seconds=seconds / 2
            )
        with portal(whole) as small:
            figures.append(submissions.beside_the_worker(small, whole, count=effort.submissions))
        with portal(few) as small, portal(many) as large:
            idle = large.pss_megabytes()
            first = _queue(large, many)
            queues = {
                f"first page, {effort.few:,} items": _queue(small, few),
                f"first page, {effort.many:,} items": first,
                f"deep page, {effort.many:,} items": triage.deep(first, many),
            }
            figures += triage.measure(
                queues, Target(base), rounds=rounds, count=effort.requests, seconds=seconds
            )
            figures += views.measure(
                [
                    views.Pair(name, _page(small, few, *at), _page(large, many, *at))
                    for name, at in views.PATHS.items()
                ],
                rounds=rounds, count=effort.requests, seconds=seconds,
            )  # fmt: skip
            loads = [first, Target(large, pages.PAGE), Target(large, "/feedback/new")]
            memory = footprint.memory(idle, large, loads, seconds=2 * seconds)
    figures += searches.measure(many, count=effort.searches, seconds=2 * seconds)
    some = min(hints.MANY, effort.many)
    figures += hints.measure(data.instance_of(some), count=effort.searches, seconds=2 * seconds, items=some)
    figures += house_style.measure(rounds=rounds)
    figures += verdicts.measure(rounds=rounds)
    figures += routing.measure(past=min(routing.PAST, effort.many))
    figures += overdue.measure(
        folder, rounds=max(1, rounds // 2), assignments=min(overdue.ASSIGNMENTS, effort.many)
    )
    figures += board.measure(folder, rounds=rounds, many=min(board.MANY, effort.many))
    figures += hearing(effort, folder)
    return [*figures, *memory, *footprint.cold_start(few, rounds=rounds)]


def hearing(effort: Effort, folder: Path) -> list[Figure]:
    """Lines of what subscribers are told: fan-out, digests, a million of them, several workers."""
    figures, plain = fanout.measure(folder, rounds=effort.rounds, mails=effort.mails)
    figures += digests.measure(
        folder, rounds=max(1, effort.rounds // 2), plain=plain, digests=effort.digests,
        items=min(digests.ITEMS, effort.digests),
    )  # fmt: skip
    figures += fanout.at_scale(folder, subscribers=effort.subscribers, seconds=20 * effort.seconds)
    return figures + fanout.shared_among_workers(folder, mails=effort.slow_mails)


def _queue(server: Server, instance: Path) -> Target:
    return _page(server, instance, "coordinator", triage.PATH)


def _page(server: Server, instance: Path, who: str, path: str) -> Target:
    return Target(server, path, (("Cookie", data.cookie_of(instance, who)),))


def _effort() -> Effort:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter rounds, for a first look")
    parser.add_argument(
        "--items", type=int, default=MANY, help="matters of the large instance (default: a million)"
    )
    given = parser.parse_args()
    effort = QUICK if given.quick else Effort()
    return Effort(**{**vars(effort), "many": given.items})


if __name__ == "__main__":
    main()
