"""A mail server that takes everything, counts and keeps nothing: `python -m bench.sink PORT [--delay-ms N]`.

`STAT` answers with its counts as JSON, `WATCH <word>` notes when a mail that holds the word came first.
"""

import argparse
import asyncio
import json
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bench.processes import ROOT, free_port

GREETING = b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 33554432\r\n"
OK = b"250 OK\r\n"


@dataclass
class Counts:
    """What came so far. Instants are those of time.time()."""

    mails: int = 0
    doubles: int = 0
    connections: int = 0
    first: float | None = None
    last: float | None = None
    watched: str = ""
    seen: float | None = None
    known: set[bytes] = field(default_factory=set)

    def mail(self, recipient: bytes, content: memoryview) -> None:
        self.last = time.time()
        self.first = self.first or self.last
        self.mails += 1
        self.doubles += recipient in self.known
        self.known.add(recipient)
        if self.watched and self.seen is None and self.watched.encode() in bytes(content):
            self.seen = self.last

    def shown(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "known"}


class Session(asyncio.Protocol):
    """One client. Commands may come in one piece (RFC 2920)."""

    def __init__(self, counts: Counts, delay: float) -> None:
        self.counts, self.delay = counts, delay
        self.waiting = bytearray()
        self.recipient = b""
        self.takes_content = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.counts.connections += 1
        transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        answers: list[bytes] = []
        while (answer := self._step()) is not None:
            answers.append(answer)
        if answers and self.delay:
            asyncio.get_running_loop().call_later(self.delay, self.transport.write, b"".join(answers))
        elif answers:
            self.transport.write(b"".join(answers))

    def _step(self) -> bytes | None:
        """The answer to the next whole command or content; None when more has to come first."""
        end = self.waiting.find(b"\r\n.\r\n" if self.takes_content else b"\r\n")
        if end < 0:
            return None
        if self.takes_content:
            self.takes_content = False
            with memoryview(self.waiting) as view, view[:end] as content:
                self.counts.mail(self.recipient, content)
            del self.waiting[: end + 5]
            return OK
        line = bytes(self.waiting[:end])
        del self.waiting[: end + 2]
        return self._answer(line)

    def _answer(self, line: bytes) -> bytes:
        command = line[:4].upper()
        if command == b"RCPT":
            self.recipient = line[line.find(b"<") + 1 : line.rfind(b">")]
        elif command == b"DATA":
            self.takes_content = True
            return b"354 go on\r\n"
        elif command == b"EHLO":
            return GREETING
        elif command == b"STAT":
            return b"250 " + json.dumps(self.counts.shown()).encode() + b"\r\n"
        elif command == b"WATC":
            self.counts.watched, self.counts.seen = line[6:].decode(), None
        elif command == b"RSTA":
            self.counts.__init__()  # type: ignore[misc]
        elif command == b"QUIT":
            asyncio.get_running_loop().call_soon(self.transport.close)
            return b"221 bye\r\n"
        return OK


@dataclass
class Sink:
    """A running sink, and what it says of itself."""

    port: int

    def counts(self) -> dict[str, Any]:
        return dict(json.loads(self._said("STAT")))

    def watch(self, word: str) -> None:
        self._said(f"WATCH {word}")

    def reset(self) -> None:
        self._said("RSTA")

    def _said(self, command: str) -> str:
        with smtplib.SMTP("127.0.0.1", self.port) as asked:
            return asked.docmd(command)[1].decode()


@contextmanager
def sink(*, delay_ms: int = 0) -> Iterator[Sink]:
    """A sink in a process of its own; each answer comes after `delay_ms`."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.sink", str(port), "--delay-ms", str(delay_ms)], cwd=ROOT
    )
    try:
        for _ in range(500):
            try:
                Sink(port).counts()
                break
            except OSError:
                time.sleep(0.02)
        yield Sink(port)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


async def serve(port: int, delay: float) -> None:
    counts, loop, stop = Counts(), asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    server = await loop.create_server(lambda: Session(counts, delay), "127.0.0.1", port)
    async with server:
        await stop.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--delay-ms", type=int, default=0)
    asked = parser.parse_args()
    asyncio.run(serve(asked.port, asked.delay_ms / 1000))
