"""Hints while somebody types, among many matters: what the form's fragment asks of the database, in this process.

The texts are those of public matters with every second word replaced, so that there is something to be found.
"""

import time
from pathlib import Path

import sqlalchemy as sa

from bench.data import opened
from bench.figures import Figure, percentile
from bench.words import Writer
from cass_portal.db import db, set_reading
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.views.hints import hints_on

GOAL = 50.0
MANY = 100_000


def measure(instance: Path, *, count: int, seconds: float, items: int = MANY) -> list[Figure]:
    """One line of the table; stops when `seconds` are over."""
    with opened(instance) as app, app.test_request_context():
        set_reading(True)
        try:
            return [_figure(_texts(count), seconds=seconds, items=items)]
        finally:
            set_reading(False)


def _texts(count: int) -> list[tuple[str, str]]:
    chosen = (
        sa.select(Feedback.subject, Feedback.body)
        .where(Feedback.visibility == "public", Feedback.published_at.is_not(None))
        .order_by(Feedback.id % 997, Feedback.id)
    )
    writer = Writer(seed=5)
    return [
        (subject, " ".join(word if n % 2 else writer.text(1) for n, word in enumerate(body.split())))
        for subject, body in db.session.execute(chosen.limit(count))
    ]


def _figure(texts: list[tuple[str, str]], *, seconds: float, items: int) -> Figure:
    for subject, body in texts[:5]:
        hints_on(subject, body, [])
    taken, cpu, until = [], [], time.monotonic() + seconds
    for subject, body in texts:
        started, used = time.perf_counter(), time.thread_time()
        hints_on(subject, body, [])
        cpu.append(1000 * (time.thread_time() - used))
        taken.append(1000 * (time.perf_counter() - started))
        if time.monotonic() > until:
            break
    p95 = percentile(taken, 95)
    shown = f"{p95:.1f} ms, of it CPU {percentile(cpu, 95):.1f}"
    return Figure(
        f"hints p95, {items:,} items", shown, "", f"≤ {GOAL:g} ms", p95 <= GOAL, sum(cpu) / len(cpu)
    )
