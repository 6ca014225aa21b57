"""Archives are kept as they came, if what is in them stays small when it is unpacked and is nothing but logs.

Nothing is unpacked to a disk. Everything is decompressed once, a chunk at a time, and counted; what the archive itself
says of sizes is not believed.
"""

import gzip
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

from cass_portal.feedback.attachments.kinds import ARCHIVES, HEAD, Kind, kind_of
from cass_portal.feedback.attachments.refusals import FileRefused
from cass_portal.languages import marked

ENTRIES = 500
UNPACKED = 100_000_000
"""Bytes of all files in an archive together."""
RATIO = 150
"""So many times its own size an archive may hold, once that is more than SMALL."""
SMALL = 10_000_000
DIRECTORY = 300_000
"""Bytes of the list of files at the end of a ZIP: its reader makes an object of each entry."""
CHUNK = 64 * 1024
END = b"PK\x05\x06"
PLAIN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
OF_OTHERS = ("[content_types].xml", "mimetype", "meta-inf/manifest.mf", "androidmanifest.xml")
"""Files by which office documents, programs and books are known, which are ZIP archives, too."""
BROKEN = (
    zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, RuntimeError,
    NotImplementedError, ValueError, KeyError, OverflowError,
)  # fmt: skip
TOO_LARGE = marked("What is in this archive is too large, or there is too much of it.")
NOT_LOGS = marked("This archive holds other things than texts, pictures and PDF files.")
UNREADABLE = marked("This archive cannot be read.")
NO_OFFICE = marked("Office documents and programs are not taken. A PDF file is.")
LOCKED = marked("This archive is locked with a password or packed in an unusual way.")


def check_zip(file: IO[bytes], size: int) -> None:
    """Raises FileRefused."""
    _check_directory(file, size)
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _check_entries(entries)
            budget = _Budget(size)
            for each in entries:
                if not each.is_dir():
                    with archive.open(each) as content:
                        _check_content(content, budget)
    except FileRefused:
        raise
    except BROKEN:
        raise FileRefused(UNREADABLE) from None


def check_gzip(file: IO[bytes], size: int) -> None:
    """One log, or a tape archive (.tar.gz), of which only the size is looked at. Raises FileRefused."""
    file.seek(0)
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as content:
            _check_content(content, _Budget(size), may_be_tape=True)
    except FileRefused:
        raise
    except BROKEN:
        raise FileRefused(UNREADABLE) from None


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > ENTRIES:
        raise FileRefused(TOO_LARGE)
    if any(each.filename.lower() in OF_OTHERS for each in entries):
        raise FileRefused(NO_OFFICE)
    if any(each.flag_bits & 0x1 or each.compress_type not in PLAIN_METHODS for each in entries):
        raise FileRefused(LOCKED)


class _Budget:
    """How many bytes may still be unpacked of one archive."""

    def __init__(self, size: int) -> None:
        self.left = min(UNPACKED, max(size * RATIO, SMALL))

    def spend(self, octets: int) -> None:
        self.left -= octets
        if self.left < 0:
            raise FileRefused(TOO_LARGE)


def _check_content(content: IO[bytes] | gzip.GzipFile, budget: _Budget, *, may_be_tape: bool = False) -> None:
    head = b""
    for chunk in _chunks(content):
        budget.spend(len(chunk))
        if len(head) < HEAD:
            head += chunk[: HEAD - len(head)]
    is_tape = may_be_tape and head[257:262] == b"ustar"
    kind: Kind | None = kind_of(head)
    if not is_tape and (kind is None or kind in ARCHIVES):
        raise FileRefused(NOT_LOGS)


def _chunks(content: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    while chunk := content.read(CHUNK):
        yield chunk


def _check_directory(file: IO[bytes], size: int) -> None:
    """Before the reader sees it: where it looks for the end of the archive, and how long the list there is."""
    file.seek(max(0, size - 66_000))
    tail = file.read()
    place = len(tail) - 22 if tail[-22:-18] == END and tail[-2:] == b"\0\0" else tail.rfind(END)
    if place < 0 or len(tail) < place + 22:
        raise FileRefused(UNREADABLE)
    _, entries, length = struct.unpack("<HHL", tail[place + 8 : place + 16])
    if entries > ENTRIES or length > DIRECTORY or tail[max(0, place - 20) : place].startswith(b"PK\x06\x07"):
        raise FileRefused(TOO_LARGE)
