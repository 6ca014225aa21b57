"""An installed portal, started as an operator would."""

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30


def environment(**more: str) -> dict[str, str]:
    """This one without the portal's settings, so that a developer's own do not change what is tested."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("CASS_PORTAL_", "PORT"))
    }
    return {**kept, **more}


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
