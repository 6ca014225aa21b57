"""The triage queue at a thousand and at a million matters: first page, deep page, speed beside hello-world."""

import html
import re
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from bench.browser import Browser
from bench.data import opened
from bench.figures import Figure, at_least, at_most_of_few, median, percentile, spread
from bench.load import Target, latencies, read
from cass_portal.casework.queue import Place
from cass_portal.db import db
from cass_portal.feedback.models import Feedback

PATH = "/desk/triage/"
FIRST_GOAL, DEEP_GOAL, SPEED_GOAL = 1.5, 3.0, 0.15


def measure(
    pages: dict[str, Target], hello: Target, *, rounds: int, count: int, seconds: float
) -> list[Figure]:
    """Lines of the table. `pages` of the queue by name: few matters, many, and deep among the many."""
    taken: dict[str, list[float]] = {name: [] for name in pages}
    cpu: dict[str, list[float]] = {name: [] for name in pages}
    base, speeds = [], []
    few, many, deep = pages
    for target in pages.values():
        target.check()
        latencies(target, count=5, seconds=seconds)
    for _ in range(rounds):
        for name, target in pages.items():
            before = target.server.cpu_seconds()
            found = latencies(target, count=count, seconds=seconds)
            cpu[name].append(1000 * (target.server.cpu_seconds() - before) / len(found))
            taken[name] += found
        base.append(read(hello, seconds=seconds).per_second)
        speeds.append(read(pages[many], seconds=seconds))
    p95 = {name: percentile(found, 95) for name, found in taken.items()}
    rates, ms = [each.per_second for each in speeds], {name: median(found) for name, found in cpu.items()}
    shown = f"{median(rates):.0f}/s {spread(rates)}"
    return [
        Figure(f"triage p95, {few}", f"{p95[few]:.1f} ms", cpu_ms=ms[few]),
        at_most_of_few(f"triage p95, {many}", p95[many], p95[few], FIRST_GOAL, cpu_ms=ms[many]),
        at_most_of_few(f"triage p95, {deep}", p95[deep], p95[few], DEEP_GOAL, cpu_ms=ms[deep]),
        at_least(f"triage, {many}", median(rates), median(base), SPEED_GOAL,
                 figure=shown, of="hello", cpu_ms=median(each.cpu_ms for each in speeds)),
    ]  # fmt: skip


def deep(first: Target, instance: Path) -> Target:
    """The page in the middle of the same queue, addressed as the first page's own link to older ones."""
    browser = Browser(first.server.host)
    page = browser.get(first.path, **dict(first.headers)).body.decode()
    browser.close()
    [link] = re.findall(r'rel="next" href="([^"]+)"', page)
    address, count = re.subn(r"a\d+-\d+", str(_middle(instance)), html.unescape(link))
    if count != 1:
        raise SystemExit(f"the queue's link to older matters is not understood: {link}")
    return replace(first, path=address)


def _middle(instance: Path) -> Place:
    """Where the matter stands that came in half-way."""
    with opened(instance):
        last = sa.select(sa.func.max(Feedback.id)).scalar_subquery()
        at, number = db.session.execute(
            sa.select(Feedback.created_at, Feedback.id).where(Feedback.id == last / 2)
        ).one()
        return Place(at, number)
