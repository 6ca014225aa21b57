"""The portal as a process of its own, started as an operator would."""

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.measuring import FOR_PROCESSES, for_processes

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60


def environment(*, is_measured: bool | None = None, **more: str) -> dict[str, str]:
    """This one without the portal's settings, so that a developer's own do not change what is tested.

    What is not measured counts for no coverage and is about twice as fast; None: as the test itself is.
    """
    foreign = ("CASS_PORTAL_", "PORT", *((FOR_PROCESSES,) if is_measured is False else ()))
    own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return own | (for_processes() if is_measured else {}) | more


@dataclass
class Server:
    """A running `cass-portal run` and what it has printed."""

    process: subprocess.Popen[str]
    address: str
    output: Path

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self.address + path) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode()

    def wait(self) -> None:
        """Until it answers. Raises AssertionError with what it printed when it ends or takes too long."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            try:
                self.get("/healthz")
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError(f"the portal did not start:\n{self.output.read_text()}")

    def stop(self, number: int) -> int:
        """Exit code after this signal."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Start(Protocol):
    def __call__(
        self, *arguments: str, port: int | None = None, is_measured: bool = False, **settings: str
    ) -> Server: ...


@contextmanager
def starting(folder: Path, command: list[str]) -> Iterator[Start]:
    """A function that starts the portal in `folder`, without stdin; whatever still runs afterwards is killed."""
    started: list[Server] = []

    def start(*arguments: str, port: int | None = None, is_measured: bool = False, **settings: str) -> Server:
        port = port or free_port()
        output = folder / f"output{len(started)}.txt"
        with output.open("w") as file:
            process = subprocess.Popen(
                [*command, "run", *arguments],
                cwd=folder,
                env=environment(is_measured=is_measured, PORT=str(port), **settings),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                text=True,
            )
        started.append(Server(process, f"http://127.0.0.1:{port}", output))
        return started[-1]

    yield start

    for server in started:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait()
