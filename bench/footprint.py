"""What a running portal costs: memory idle and under load, and the time from start to the first page."""

import threading
from pathlib import Path

from bench.figures import Figure, at_most, median
from bench.load import Target, read
from bench.processes import Server, hello, portal

IDLE_GOAL, LOADED_GOAL, START_GOAL = 110, 150, 1.5


def memory(idle: float, server: Server, targets: list[Target], *, seconds: float) -> list[Figure]:
    """Lines of the table: `idle` was read before any load; the targets are loaded together now."""
    threads = [threading.Thread(target=read, args=[each], kwargs={"seconds": seconds}) for each in targets]
    for each in threads:
        each.start()
    seen = [idle]
    while any(each.is_alive() for each in threads):
        seen.append(server.pss_megabytes())
        threads[0].join(0.3)
    return [
        at_most("memory (PSS) idle", idle, IDLE_GOAL, "MB"),
        at_most("memory (PSS) under load", max(seen), LOADED_GOAL, "MB"),
    ]


def cold_start(instance: Path, *, rounds: int) -> list[Figure]:
    """From the start of the process to the first 200, tables and catalog being there; rounds take turns."""
    base, taken, cpu = [], [], []
    for _ in range(rounds):
        with hello() as server:
            base.append(server.seconds_to_first_answer)
        with portal(instance, ready="/") as server:
            taken.append(server.seconds_to_first_answer)
            cpu.append(1000 * server.cpu_seconds())
    return [
        Figure("cold start, hello-world Flask", f"{median(base):.3g} s"),
        at_most("cold start to the first page", median(taken), START_GOAL, "s", cpu_ms=median(cpu)),
    ]
