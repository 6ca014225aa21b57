"""Search among a million matters, two words each, in this process: the query the portal's pages make, no web.

Each search is made once before it is measured, so that the file lies in the machine's memory.
"""

import time
from pathlib import Path

import sqlalchemy as sa

from bench import words
from bench.data import opened
from bench.figures import Figure, percentile
from cass_portal.db import db, set_reading
from cass_portal.feedback.queries import search_order
from cass_portal.people.models import Person

CASES = [
    ("middling words", words.MIDDLING, "coordinator", 10.0),
    ("frequent words", words.FREQUENT, "coordinator", 30.0),
    ("frequent words, member's agent", words.FREQUENT, "agent", None),
    ("frequent words, member without matters", words.FREQUENT, "quiet", None),
]


def measure(instance: Path, *, count: int, seconds: float) -> list[Figure]:
    """Lines of the table; each case stops when its `seconds` are over."""
    with opened(instance):
        set_reading(True)
        try:
            return [
                _figure(name, person, texts=words.pairs(ranks, count=count), goal=goal, seconds=seconds)
                for name, ranks, person, goal in CASES
            ]
        finally:
            set_reading(False)


def _figure(name: str, person: str, *, texts: list[str], goal: float | None, seconds: float) -> Figure:
    db.session.remove()
    actor = (
        db.session.scalars(sa.select(Person).where(Person.email == f"{person}@example.org")).unique().one()
    )
    warm_until = time.monotonic() + seconds
    for text in texts:
        if time.monotonic() < warm_until:
            search_order(text, actor=actor, where=sa.true())
    taken, cpu, until = [], [], time.monotonic() + seconds
    for text in texts:
        started, used = time.perf_counter(), time.thread_time()
        search_order(text, actor=actor, where=sa.true())
        cpu.append(1000 * (time.thread_time() - used))
        taken.append(1000 * (time.perf_counter() - started))
        if time.monotonic() > until:
            break
    p95 = percentile(taken, 95)
    shown = f"{p95:.1f} ms, of it CPU {percentile(cpu, 95):.1f}"
    limit, met = ("", None) if goal is None else (f"≤ {goal:g} ms", p95 <= goal)
    return Figure(f"search p95, {name}", shown, "", limit, met, sum(cpu) / len(cpu))
