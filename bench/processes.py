"""Servers as processes of their own: started, watched through /proc, stopped. Linux only."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATIENCE_SECONDS = 60
LEFT_OUT = ("CASS_PORTAL_", "COVERAGE_PROCESS", "PORT", "PYTHONDONTWRITEBYTECODE")
"""Variables of this process that would change what is measured."""
SECRET = "a bench keeps no secrets: this one only signs"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Server:
    """A running server; the figures are of its process and all descendants."""

    process: subprocess.Popen[bytes]
    address: str
    seconds_to_first_answer: float

    @property
    def host(self) -> str:
        return self.address.removeprefix("http://")

    def cpu_seconds(self) -> float:
        """Processor time used so far, in user and kernel mode."""
        return sum(_cpu_ticks(pid) for pid in _tree(self.process.pid)) / TICKS

    def pss_megabytes(self) -> float:
        """Memory held; pages shared with others count in part."""
        return sum(_pss_kilobytes(pid) for pid in _tree(self.process.pid)) / 1024


@contextmanager
def running(
    arguments: list[str], *, ready: str = "/", settings: dict[str, str] | None = None
) -> Iterator[Server]:
    """`python …arguments` in the checkout, answering 200 at `ready`; stopped afterwards."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(LEFT_OUT)}
    port = free_port()
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**kept, **(settings or {}), "PORT": str(port)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until(address + ready, process)
        yield Server(process, address, time.monotonic() - started)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.returncode:
            print(f"{' '.join(arguments)} ended with {process.returncode}", file=sys.stderr)


@contextmanager
def portal(instance: Path, *, ready: str = "/healthz", worker: bool = True) -> Iterator[Server]:
    """`cass-portal run` on `instance`, with the limits that a load from one address would meet lifted."""
    settings = {
        "CASS_PORTAL_INSTANCE": str(instance),
        "CASS_PORTAL_SECRET_KEY": SECRET,
        "CASS_PORTAL_RATE_LIMITS": "false",
        "CASS_PORTAL_FORM_MINIMUM_SECONDS": "0",
    }
    arguments = ["-m", "cass_portal.cli", "run", *([] if worker else ["--no-worker"])]
    with running(arguments, ready=ready, settings=settings) as server:
        yield server


@contextmanager
def hello() -> Iterator[Server]:
    """The least a Flask app can do, on the same server in the same arrangement."""
    with running(["-m", "bench.hello"]) as server:
        yield server


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=10):
                return
        except urllib.error.HTTPError as answer:
            raise SystemExit(f"{url} answers {answer.code}") from None
        except OSError:
            time.sleep(0.005)
    raise SystemExit(f"{url} does not answer (exit code {process.poll()})")


def _tree(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for each in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((each / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        children.setdefault(parent, []).append(int(each.name))
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting += children.get(found[-1], [])
    return found


def _cpu_ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def _pss_kilobytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
