"""What a message may be made of before a parser sees it. Pure.

Python's mail package reads nested parts by recursion and makes an object of every part, block, header and line, so a
few megabytes of signs could take gigabytes. A return alone ends a line for it, too.
"""

import re
from collections.abc import Callable
from functools import partial
from itertools import islice

MESSAGE_OCTETS = 10_000_000
"""What is read of a message; the rest is cut off."""
CONTAINERS = 40
"""Parts that hold parts: multipart/… and message/…, each a level of nesting at worst."""
BOUNDARIES = 1_000
HEADER_OCTETS = 64_000
"""Of the message, and of each part."""
FIELD_OCTETS = 2_000
"""Of one header that says what a part is: the parser takes quadratic time for its parameters."""
REPORT_BLOCKS = 5_000
"""Blank lines in a message with a delivery report: the parser makes a message of each block."""
LINES = 200_000
"""The parser makes an object of each; 10 MB in lines of usual length have less."""

_CONTAINER = re.compile(rb"(?<![^\r\n])content-type[ \t]*:\s{0,99}(?:multipart|message)/", re.IGNORECASE)
_FIELD = re.compile(rb"(?<![^\r\n])content-(?:type|disposition)[ \t]*:", re.IGNORECASE)
_FIELD_END = re.compile(rb"(?:\r\n|\r(?!\n)|\n)(?![ \t])")
_BOUNDARY = re.compile(rb"(?<![^\r\n])--[^\s]")
_BLANK = re.compile(rb"(?:\r\n|\r(?!\n)|\n){2}")
_REPORT = re.compile(rb"message/delivery-status", re.IGNORECASE)


def too_much_of(raw: bytes) -> str | None:
    """Why the body of `raw` is not looked at, in words for people; None where it can be."""
    return next((words for breaks, words in BOUNDS if breaks(raw)), None)


def head_of(raw: bytes) -> bytes:
    """The headers alone, and of those not more than are read."""
    head = _BLANK.split(raw[:HEADER_OCTETS], maxsplit=1)[0]
    return head + b"\r\n\r\n"


def _ends_within(raw: bytes, start: int) -> bool:
    """Whether a blank line or the end follows soon after `start`, as after headers."""
    window = raw[start : start + HEADER_OCTETS]
    return len(window) < HEADER_OCTETS or _BLANK.search(window) is not None


def _field_ends(raw: bytes, start: int) -> bool:
    """Whether the header whose value begins at `start` ends soon, its folded lines included."""
    window = raw[start : start + FIELD_OCTETS]
    return len(window) < FIELD_OCTETS or _FIELD_END.search(window) is not None


def _has_more(pattern: re.Pattern[bytes], most: int, raw: bytes) -> bool:
    return sum(1 for _ in islice(pattern.finditer(raw), most + 1)) > most


def _has_many_lines(raw: bytes) -> bool:
    return raw.count(b"\n") + raw.count(b"\r") - raw.count(b"\r\n") > LINES


BOUNDS: tuple[tuple[Callable[[bytes], bool], str], ...] = (
    (lambda raw: not _ends_within(raw, 0), "Its headers are longer than any mail program writes them."),
    (partial(_has_more, _CONTAINER, CONTAINERS), "Its parts are nested too deeply."),
    (partial(_has_more, _BOUNDARY, BOUNDARIES), "It has too many parts."),
    (
        lambda raw: not all(_ends_within(raw, found.start()) for found in _BOUNDARY.finditer(raw)),
        "The headers of a part are longer than any mail program writes them.",
    ),
    (
        lambda raw: not all(_field_ends(raw, found.end()) for found in _FIELD.finditer(raw)),
        "It describes a part at greater length than any mail program does.",
    ),
    (
        lambda raw: _REPORT.search(raw) is not None and _has_more(_BLANK, REPORT_BLOCKS, raw),
        "It reports more deliveries than one mail of ours can have.",
    ),
    (_has_many_lines, "It has more lines than any mail of people."),
)
