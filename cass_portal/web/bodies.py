"""Bodies of requests, read to their end before anything else happens (WSGI). The server waits for a slow one as
long as its client likes, in one of its few threads: sixteen half-sent forms would stop every page.

So only PLACES bodies may be on their way at once, OF_ONE from one network address; who finds no place gets a 503.
The other threads stay free for those who read. A body that is here already, as nearly all are, is read in no time.
"""

import io
from collections import Counter
from collections.abc import Callable, Iterable
from threading import Condition
from typing import Any

PLACES = 8
OF_ONE = 3
PATIENCE_SECONDS = 0.2
BUSY = b"Too many texts are arriving at this moment. Nothing was stored; please send it again.\n"


class WholeBodies:
    """`limit`: longest body that is read; a longer one is left to the app, which refuses it unread."""

    def __init__(self, app: Callable[..., Iterable[bytes]], *, limit: int) -> None:
        self.app, self.limit = app, limit
        self.arriving: Counter[str] = Counter()
        self.change = Condition()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not _has_body(environ, self.limit):
            return self.app(environ, start_response)
        address = environ.get("REMOTE_ADDR", "")
        if not self._take_place(address):
            return _refuse(start_response)
        try:
            body = _read(environ["wsgi.input"], self.limit + 1)
        finally:
            self._leave_place(address)
        return self.app({**environ, "wsgi.input": io.BytesIO(body)}, start_response)

    def _take_place(self, address: str) -> bool:
        def is_free() -> bool:
            return self.arriving.total() < PLACES and self.arriving[address] < OF_ONE

        with self.change:
            if not self.change.wait_for(is_free, PATIENCE_SECONDS):
                return False
            self.arriving[address] += 1
            return True

    def _leave_place(self, address: str) -> None:
        with self.change:
            self.arriving[address] -= 1
            self.arriving += Counter()  # forgets the addresses that hold none
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


def _refuse(start_response: Callable[..., Any]) -> list[bytes]:
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(BUSY))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Retry-After", "5"),
    ]
    start_response("503 Service Unavailable", headers)
    return [BUSY]
