"""Reading one address as fast as it goes: with wrk where it is on PATH, else with a loop of our own."""

import re
import shutil
import subprocess
import threading
import time
from dataclasses import dataclass

from bench.browser import Browser
from bench.processes import Server

CONNECTIONS = 32
OWN_CONNECTIONS = 8


@dataclass(frozen=True)
class Target:
    """What is read: a path of a server, the headers sent and the status that counts as an answer."""

    server: Server
    path: str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 200

    def check(self) -> int:
        """Bytes of the answer. Raises Refused when it is not the expected one: an error page is quick, too."""
        browser = Browser(self.server.host)
        answer = browser.get(self.path, expect=self.status, **dict(self.headers))
        browser.close()
        return len(answer.body)


@dataclass(frozen=True)
class Speed:
    per_second: float
    cpu_ms: float


def read(target: Target, *, seconds: float) -> Speed:
    """Requests a second that `target` answers, and the server's processor time for each."""
    before = target.server.cpu_seconds()
    started = time.monotonic()
    count = _wrk(target, seconds) if seconds >= 1 and shutil.which("wrk") else _own(target, seconds)
    took = time.monotonic() - started
    return Speed(count / took, 1000 * (target.server.cpu_seconds() - before) / max(count, 1))


def latencies(target: Target, *, count: int, seconds: float) -> list[float]:
    """Milliseconds of `count` requests one after the other, fewer when `seconds` are over."""
    browser, taken, until = Browser(target.server.host), [], time.monotonic() + seconds
    while len(taken) < count and time.monotonic() < until:
        started = time.perf_counter()
        browser.get(target.path, expect=target.status, **dict(target.headers))
        taken.append(1000 * (time.perf_counter() - started))
    browser.close()
    return taken


def _wrk(target: Target, seconds: float) -> int:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s"]
    for name, value in target.headers:
        command += ["-H", f"{name.replace('_', '-')}: {value}"]
    done = subprocess.run(
        [*command, target.server.address + target.path], capture_output=True, text=True, check=True
    )
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    if bad:
        raise SystemExit(f"{target.path}: {bad[1]} answers were errors")
    found = re.search(r"(\d+) requests in", done.stdout)
    return int(found[1]) if found else 0


def _own(target: Target, seconds: float) -> int:
    counts: list[int] = []

    def loop() -> None:
        counts.append(len(latencies(target, count=1_000_000, seconds=seconds)))

    threads = [threading.Thread(target=loop) for _ in range(OWN_CONNECTIONS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return sum(counts)
