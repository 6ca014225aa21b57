"""From what was sent to what may be kept: the content decides; pictures and texts are written anew.

Takes time and reads untrusted bytes: never to be called while a transaction is open.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO

from cass_portal.feedback.attachments.archives import check_gzip, check_zip
from cass_portal.feedback.attachments.kinds import (
    GZIP,
    HEAD,
    PICTURES,
    SAY_NOTHING,
    TEXT,
    ZIP,
    Kind,
    kind_of,
    plain_text,
)
from cass_portal.feedback.attachments.names import clean_name
from cass_portal.feedback.attachments.pictures import drawn_anew
from cass_portal.feedback.attachments.refusals import FileRefused
from cass_portal.languages import marked
from cass_portal.storage import Store, new_key

MOST = 5
"""Files of one message."""
LARGEST = 10_000_000
"""Bytes of one file as it is sent."""
LARGEST_STORED = 2 * LARGEST
"""A picture that is drawn anew may become larger."""
CHUNK = 64 * 1024
IN_MEMORY = 256 * 1024
NOT_TAKEN = marked(
    "This kind of file is not taken: only texts, logs, pictures, PDF files and archives of those."
)
NOT_WITHOUT_TRACE = marked(
    "Without a trace only pictures and texts are taken: other files may say who made them."
)
TOO_LONG = marked("This file is larger than 10 MB.")
EMPTY = marked("This file is empty.")


@dataclass(frozen=True)
class Checked:
    """A file as it may be stored. `name` is None where names are not kept. `digest`: SHA-256 of what is stored."""

    file: IO[bytes]
    kind: Kind
    name: str | None
    size: int
    digest: str


@dataclass(frozen=True)
class Kept:
    """A file that lies in the store already and that no row names yet."""

    key: str
    media_type: str
    name: str | None
    size: int
    digest: str
    waits: bool = False
    """The virus scanner has to look at it first."""


def check(stream: IO[bytes], name: str, *, without_trace: bool = False) -> Checked:
    """What of `stream` may be kept; whoever calls closes it, or lets put_all do so. Raises FileRefused."""
    with _Temporary() as sent:
        size = _copy(stream, sent)
        kind = _kind(sent, without_trace=without_trace)
        file = _rewritten(sent, kind, size)
    try:
        stored_name = None if without_trace else clean_name(name, kind)
        return Checked(file, kind, stored_name, _length(file), _digest(file))
    except BaseException:
        file.close()
        raise


def glance(stream: IO[bytes], *, without_trace: bool = False) -> None:
    """Look at no more than the beginning and the length of `stream`. Raises FileRefused."""
    _require_size(stream.seek(0, 2))
    _kind(stream, without_trace=without_trace)
    stream.seek(0)


def put_all(store: Store, files: Sequence[Checked], *, scans: bool) -> list[Kept]:
    """Store and close them, each under a random key. What was put before one fails is taken back.

    `scans`: a virus scanner looks at them before anybody may open them.
    """
    kept: list[Kept] = []
    try:
        for each in files:
            key = new_key()
            store.put(key, each.file)
            kept.append(Kept(key, each.kind.media_type, each.name, each.size, each.digest, waits=scans))
    except BaseException:
        drop_all(store, kept)
        raise
    finally:
        close_all(files)
    return kept


def close_all(files: Iterable[Checked]) -> None:
    """What was checked and will not be stored."""
    for each in files:
        each.file.close()


def drop_all(store: Store, files: Sequence[Kept]) -> None:
    """What no row came to name."""
    for each in files:
        store.delete(each.key)


class _Temporary(tempfile.SpooledTemporaryFile[bytes]):
    """In memory while it is small, else a file without a name that ends with the process at the latest."""

    def __init__(self) -> None:
        super().__init__(IN_MEMORY)


def _kind(sent: IO[bytes], *, without_trace: bool) -> Kind:
    sent.seek(0)
    kind = kind_of(sent.read(HEAD))
    if kind is None:
        raise FileRefused(NOT_TAKEN)
    if without_trace and kind not in SAY_NOTHING:
        raise FileRefused(NOT_WITHOUT_TRACE)
    return kind


def _copy(stream: IO[bytes], into: IO[bytes]) -> int:
    size = 0
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        _require_size(size)
        into.write(chunk)
    _require_size(size)
    return size


def _require_size(size: int) -> None:
    if size > LARGEST:
        raise FileRefused(TOO_LONG)
    if not size:
        raise FileRefused(EMPTY)


def _rewritten(sent: IO[bytes], kind: Kind, size: int) -> IO[bytes]:
    """What is kept of a file of that kind, as a file of its own."""
    if kind is ZIP:
        check_zip(sent, size)
    elif kind is GZIP:
        check_gzip(sent, size)
    anew = _Temporary()
    sent.seek(0)
    try:
        if kind is TEXT:
            anew.write(_text(sent.read()).encode("utf-8", "replace"))
        elif kind in PICTURES:
            drawn_anew(sent, kind, anew)
        else:
            shutil.copyfileobj(sent, anew)
    except BaseException:
        anew.close()
        raise
    return anew


def _length(file: IO[bytes]) -> int:
    length = file.seek(0, 2)
    if length > LARGEST_STORED:
        raise FileRefused(TOO_LONG)
    return length


def _text(octets: bytes) -> str:
    text = plain_text(octets)
    if text is None:
        raise FileRefused(NOT_TAKEN)
    return text


def _digest(file: IO[bytes]) -> str:
    file.seek(0)
    found = hashlib.sha256()
    while chunk := file.read(CHUNK):
        found.update(chunk)
    return found.hexdigest()
