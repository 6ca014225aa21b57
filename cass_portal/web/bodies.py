"""Bodies of requests, read to their end before anything else happens (WSGI). The server waits for a slow one as
long as its client likes, in one of its few threads: sixteen half-sent forms would stop every page.

So only PLACES bodies may be on their way at once, OF_ONE from one network address; who finds no place gets a 503.
The other threads stay free for those who read. A body that is here already, as nearly all are, is read in no time.
Bodies with files are long and slow by nature: they have LONG_PLACES of their own and wait in files, not in memory.
"""

import io
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from threading import Condition
from typing import IO, Any

PLACES = 8
OF_ONE = 3
LONG_PLACES = 4
LONG_OF_ONE = 2
PATIENCE_SECONDS = 0.2
LONG_SECONDS = 600
"""So long a body with files may take; at 1 Mbit/s the longest takes seven minutes."""
CHUNK = 64 * 1024
BUSY = b"Too many texts are arriving at this moment. Nothing was stored; please send it again.\n"
TOO_MANY = (
    b"Too many files came from your network within an hour. Nothing was stored; please send them later.\n"
)
TOO_SLOW = b"The files took too long to arrive. Nothing was stored; please send fewer or smaller ones.\n"
Answer = Iterable[bytes]


class WholeBodies:
    """`limit`: longest body that is read; a longer one is left to the app, which refuses it unread.

    `long_limit` says how long the body of a request may be that is longer than that, where its route allows it;
    `may_arrive` counts each of those, and whether it is read at all.
    """

    def __init__(
        self,
        app: Callable[..., Answer],
        *,
        limit: int,
        long_limit: Callable[[dict[str, Any]], int] | None = None,
        may_arrive: Callable[[dict[str, Any]], bool] = lambda _environ: True,
    ) -> None:
        self.app, self.limit, self.long_limit, self.may_arrive = app, limit, long_limit, may_arrive
        self.places, self.long_places = Places(PLACES, OF_ONE), Places(LONG_PLACES, LONG_OF_ONE)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Answer:
        if _has_body(environ, self.limit):
            return self._short(environ, start_response)
        if self.long_limit and (limit := self.long_limit(environ)) > self.limit and _has_body(environ, limit):
            if not self.may_arrive(environ):
                return _refuse(start_response, "429 Too Many Requests", TOO_MANY, again_in=600)
            return self._long(environ, start_response, limit)
        return self.app(environ, start_response)

    @property
    def arriving(self) -> Counter[str]:
        """How many short bodies of each address are on their way."""
        return self.places.taken

    def _short(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Answer:
        address = environ.get("REMOTE_ADDR", "")
        if not self.places.take(address):
            return _refuse(start_response, "503 Service Unavailable", BUSY)
        try:
            body = _read(environ["wsgi.input"], self.limit + 1)
        finally:
            self.places.leave(address)
        return self.app({**environ, "wsgi.input": io.BytesIO(body)}, start_response)

    def _long(self, environ: dict[str, Any], start_response: Callable[..., Any], limit: int) -> Answer:
        address = environ.get("REMOTE_ADDR", "")
        if not self.long_places.take(address):
            return _refuse(start_response, "503 Service Unavailable", BUSY)
        with tempfile.TemporaryFile() as body:
            try:
                is_whole = _store(environ["wsgi.input"], body, limit + 1)
            finally:
                self.long_places.leave(address)
            if not is_whole:
                return _refuse(start_response, "408 Request Timeout", TOO_SLOW)
            body.seek(0)
            return self.app({**environ, "wsgi.input": body}, start_response)


class Places:
    """So many bodies, `number`, may be on their way at once, `of_one` from one address."""

    def __init__(self, number: int, of_one: int) -> None:
        self.number, self.of_one = number, of_one
        self.taken: Counter[str] = Counter()
        self.change = Condition()

    def take(self, address: str) -> bool:
        def is_free() -> bool:
            return self.taken.total() < self.number and self.taken[address] < self.of_one

        with self.change:
            if not self.change.wait_for(is_free, PATIENCE_SECONDS):
                return False
            self.taken[address] += 1
            return True

    def leave(self, address: str) -> None:
        with self.change:
            self.taken[address] -= 1
            self.taken += Counter()  # forgets the addresses that hold none
            self.change.notify_all()


def _has_body(environ: dict[str, Any], limit: int) -> bool:
    length = environ.get("CONTENT_LENGTH") or ""
    if length:
        return length.isascii() and length.isdigit() and len(length) < 12 and 0 < int(length) <= limit
    return "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()


def _read(stream: Any, limit: int) -> bytes:
    """At most `limit` bytes: one more than allowed is enough to be refused."""
    body = b""
    while len(body) < limit and (chunk := stream.read(limit - len(body))):
        body += chunk
    return body


def _store(stream: Any, body: IO[bytes], limit: int) -> bool:
    """The same into a file; whether it came in time."""
    until, left = time.monotonic() + LONG_SECONDS, limit
    while left and (chunk := stream.read(min(CHUNK, left))):
        body.write(chunk)
        left -= len(chunk)
        if time.monotonic() > until:
            return False
    return True


def _refuse(
    start_response: Callable[..., Any], status: str, words: bytes, *, again_in: int = 5
) -> list[bytes]:
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(words))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Retry-After", str(again_in)),
    ]
    start_response(status, headers)
    return [words]
