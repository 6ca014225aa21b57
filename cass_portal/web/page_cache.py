"""A small HTTP cache in front of the app (WSGI): public answers are kept, compressed once, revalidated cheaply.

It keeps only what a room declared public (`Cache-Control: public`, status 200, no cookie), so no rule is
bypassed: a shared cache in front of the portal could do the same. An entry counts while the number of the
newest event is what it was, at most a minute (times are shown as “3 minutes ago”).
"""

import gzip
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any

MAX_AGE_SECONDS = 60
COMPRESSIBLE = ("text/", "application/json", "application/atom+xml", "application/feed+json", "image/svg+xml")


Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Variant:
    """One encoding of a page, with its headers as they go out: for the page, and for “not modified”."""

    etag: str
    body: bytes
    headers: Headers
    unchanged: Headers


@dataclass(frozen=True)
class Entry:
    version: int
    expires: float
    immutable: bool
    plain: Variant
    zipped: Variant


class PageCache:
    """`version` returns the number that every public change raises; it may raise, then nothing is cached."""

    def __init__(self, app: Callable[..., Iterable[bytes]], *, version: Callable[[], int], size: int) -> None:
        self.app, self.version, self.size = app, version, size
        self.entries: OrderedDict[tuple[str, ...], Entry] = OrderedDict()
        self.lock = Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or not self.size:
            return self.app(environ, start_response)
        key = tuple(environ.get(k, "") for k in ("HTTP_HOST", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING"))
        entry = self.entries.get(key)
        if entry is not None and entry.immutable:
            return _answer(entry, environ, start_response)
        try:
            version = self.version()
        except Exception:  # noqa: BLE001 the app itself will say what is wrong with the database
            return self.app(environ, start_response)
        if entry is not None and entry.version == version and entry.expires > time.monotonic():
            return _answer(entry, environ, start_response)
        return self._ask(key, version, environ, start_response)

    def _ask(
        self, key: tuple[str, ...], version: int, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        seen: list[Any] = []

        def remember(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[..., Any]:
            seen[:] = [status, headers, exc_info]
            return lambda _data: None

        asked = {**environ, "REQUEST_METHOD": "GET"}
        for condition in ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE"):
            asked.pop(condition, None)
        chunks = self.app(asked, remember)
        if seen and environ["REQUEST_METHOD"] == "GET" and not _may_be_kept(*seen[:2]):
            start_response(*seen)  # as it is made: a file is passed on a chunk at a time
            return chunks
        try:
            body = b"".join(chunks)
        finally:
            getattr(chunks, "close", lambda: None)()
        status, headers, exc_info = seen
        entry = _entry(version, status, headers, body)
        if entry is None:
            start_response(status, headers, exc_info)
            return [body if environ["REQUEST_METHOD"] == "GET" else b""]
        with self.lock:
            self.entries[key] = entry
            self.entries.move_to_end(key)
            while len(self.entries) > self.size:
                self.entries.popitem(last=False)
        return _answer(entry, environ, start_response)


def _entry(version: int, status: str, headers: list[tuple[str, str]], body: bytes) -> Entry | None:
    if not _may_be_kept(status, headers):
        return None
    by_name = {name.lower(): value for name, value in headers}
    cache_control = by_name.get("cache-control", "")
    kept = [(n, v) for n, v in headers if n.lower() not in ("content-length", "etag", "vary")]
    kept.append(("Vary", "Accept-Encoding"))
    etag = hashlib.sha256(body).hexdigest()[:20]
    plain = zipped = _variant(f'"{etag}"', body, kept)
    if by_name.get("content-type", "").startswith(COMPRESSIBLE) and len(body) > 600:
        encoded = [*kept, ("Content-Encoding", "gzip")]
        zipped = _variant(f'"{etag}-gz"', gzip.compress(body, 9, mtime=0), encoded)
    return Entry(
        version=version,
        expires=time.monotonic() + MAX_AGE_SECONDS,
        immutable="immutable" in cache_control,
        plain=plain,
        zipped=zipped,
    )


def _may_be_kept(status: str, headers: Headers) -> bool:
    by_name = {name.lower(): value for name, value in headers}
    is_public = "public" in by_name.get("cache-control", "")
    return status.startswith("200") and is_public and "set-cookie" not in by_name


def _variant(etag: str, body: bytes, headers: Headers) -> Variant:
    tagged = [*headers, ("ETag", etag)]
    return Variant(
        etag=etag,
        body=body,
        headers=[*tagged, ("Content-Length", str(len(body)))],
        unchanged=[h for h in tagged if h[0].lower() not in ("content-type", "content-encoding")],
    )


def _answer(entry: Entry, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    variant = entry.zipped if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "") else entry.plain
    if _has(variant.etag, environ.get("HTTP_IF_NONE_MATCH", "")):
        start_response("304 Not Modified", [*variant.unchanged])
        return []
    start_response("200 OK", [*variant.headers])
    return [variant.body] if environ["REQUEST_METHOD"] == "GET" else []


def _has(etag: str, wanted: str) -> bool:
    """Whether a client that sent `wanted` as If-None-Match keeps the page already."""
    kept = [each.strip().removeprefix("W/") for each in wanted.split(",")]
    return etag in kept or kept == ["*"]
