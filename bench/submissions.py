"""Submissions as a browser makes them: GET the form, take its token, POST it back. Only stored rows count."""

import secrets
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from bench import raw
from bench.browser import Browser, hidden_fields
from bench.figures import Figure, at_least, median, percentile, spread
from bench.processes import Server
from bench.words import Writer

CLIENTS = 16
GOAL, TAIL_GOAL = 0.10, 8.0


@dataclass
class Run:
    """One round: how many were stored a second, how long each took its client, what was lost."""

    per_second: float
    cpu_ms: float
    milliseconds: list[float]
    acknowledged: int
    stored: int


def measure(server: Server, instance: Path, *, rounds: int, count: int, raw_seconds: float) -> list[Figure]:
    """Lines of the table; rounds of raw inserts and of submissions take turns."""
    submit_many(server, instance, count=CLIENTS)
    raw_rates, runs = [], []
    for _ in range(rounds):
        raw_rates.append(raw.inserts_per_second(instance, seconds=raw_seconds))
        runs.append(submit_many(server, instance, count=count))
    base, speeds = median(raw_rates), [each.per_second for each in runs]
    taken = [ms for each in runs for ms in each.milliseconds]
    p50, p99 = percentile(taken, 50), percentile(taken, 99)
    acknowledged, stored = sum(each.acknowledged for each in runs), sum(each.stored for each in runs)
    cpu = median(each.cpu_ms for each in runs)
    shown, tail = f"{median(speeds):.0f}/s {spread(speeds)}", f"submission p99 at {CLIENTS} clients"
    return [
        Figure("raw one-row FULL insert, one writer", f"{base:.0f}/s {spread(raw_rates)}"),
        at_least(
            "submission: form, token, stored", median(speeds), base, GOAL, figure=shown, of="raw", cpu_ms=cpu
        ),
        Figure(tail, f"{p99:.0f} ms", f"{p99 / p50:.1f} × p50", f"≤ {TAIL_GOAL:g} ×", p99 <= TAIL_GOAL * p50),
        Figure(
            "submissions lost", f"{acknowledged - stored} of {acknowledged}", "", "0", acknowledged == stored
        ),
    ]


def beside_the_worker(server: Server, instance: Path, *, count: int) -> Figure:
    """One more line: the same where one process also sends the mails, as `make run` does. Nothing is promised."""
    run = submit_many(server, instance, count=count)
    shown = f"{run.per_second:.0f}/s, p99 {percentile(run.milliseconds, 99):.0f} ms"
    return Figure("submission, worker in the same process", shown, cpu_ms=run.cpu_ms)


def submit_many(server: Server, instance: Path, *, count: int) -> Run:
    """`count` submissions by CLIENTS browsers at the same time."""
    load = Load(server.host, count, mark=secrets.token_hex(6))
    cpu, started = server.cpu_seconds(), time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as pool:
        taken = [ms for work in [pool.submit(load.work) for _ in range(CLIENTS)] for ms in work.result()]
    took = time.monotonic() - started
    stored = _stored(instance / "portal.db", load.mark)
    cpu_ms = 1000 * (server.cpu_seconds() - cpu) / count
    return Run(stored / took, cpu_ms, taken, len(taken), stored)


@dataclass
class Load:
    """What the browsers share: the mark of this round and how many submissions are left to do."""

    host: str
    left: int
    mark: str
    lock: threading.Lock = field(default_factory=threading.Lock)
    writer: Writer = field(default_factory=Writer)

    def work(self) -> list[float]:
        """Submit until none is left; the milliseconds that each took. Raises Refused."""
        browser, taken = Browser(self.host), []
        while (number := self._next()) >= 0:
            body = self.writer.text(60)
            browser.cookies.clear()
            started = time.perf_counter()
            _submit(browser, subject=f"{self.mark} {number}", body=body, number=number)
            taken.append(1000 * (time.perf_counter() - started))
        browser.close()
        return taken

    def _next(self) -> int:
        with self.lock:
            self.left -= 1
            return self.left


def _submit(browser: Browser, *, subject: str, body: str, number: int) -> None:
    page = browser.get("/feedback/new").body.decode()
    fields = hidden_fields(page, beside="subject")
    fields |= {"subject": subject, "body": body, "kind": "problem", "stakeholder_kind": "user"}
    fields |= {"visibility": "private", "about": "kokkos", "email": f"someone{number}@example.org"}
    fields |= {"seen": "alike"}  # made-up words are alike now and then; who was shown that is not asked again
    browser.post("/feedback/new", fields)


def _stored(database: Path, mark: str) -> int:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        [count] = connection.execute(
            "SELECT count(DISTINCT subject) FROM feedback WHERE subject LIKE ?", (f"{mark} %",)
        ).fetchone()
    finally:
        connection.close()
    return int(count)
