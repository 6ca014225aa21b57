"""What a message may be made of before a parser sees it. Pure.

Python's mail package reads nested parts by recursion and makes an object of every part, block and header, so a few
megabytes of signs could take gigabytes.
"""

import re

MESSAGE_OCTETS = 10_000_000
"""What is read of a message; the rest is cut off."""
CONTAINERS = 40
"""Parts that hold parts: multipart/… and message/…, each a level of nesting at worst."""
BOUNDARIES = 1_000
HEADER_OCTETS = 64_000
"""Of the message, and of each part."""
REPORT_BLOCKS = 5_000
"""Blank lines in a message with a delivery report: the parser makes a message of each block."""

_CONTAINER = re.compile(rb"^content-type[ \t]*:\s{0,99}(?:multipart|message)/", re.IGNORECASE | re.MULTILINE)
_BOUNDARY = re.compile(rb"^--[^\s]", re.MULTILINE)
_BLANK = re.compile(rb"\r?\n\r?\n")
_REPORT = re.compile(rb"message/delivery-status", re.IGNORECASE)


def too_much_of(raw: bytes) -> str | None:
    """Why the body of `raw` is not looked at, in words for people; None where it can be."""
    if not _ends_within(raw, 0):
        return "Its headers are longer than any mail program writes them."
    if sum(1 for _ in zip(_CONTAINER.finditer(raw), range(CONTAINERS + 1), strict=False)) > CONTAINERS:
        return "Its parts are nested too deeply."
    starts = [found.start() for found, _ in zip(_BOUNDARY.finditer(raw), range(BOUNDARIES + 1), strict=False)]
    if len(starts) > BOUNDARIES:
        return "It has too many parts."
    if not all(_ends_within(raw, start) for start in starts):
        return "The headers of a part are longer than any mail program writes them."
    if _REPORT.search(raw) and len(_BLANK.findall(raw)) > REPORT_BLOCKS:
        return "It reports more deliveries than one mail of ours can have."
    return None


def head_of(raw: bytes) -> bytes:
    """The headers alone, and of those not more than are read."""
    head = _BLANK.split(raw[:HEADER_OCTETS], maxsplit=1)[0]
    return head + b"\r\n\r\n"


def _ends_within(raw: bytes, start: int) -> bool:
    """Whether a blank line or the end follows soon after `start`, as after headers."""
    window = raw[start : start + HEADER_OCTETS]
    return len(window) < HEADER_OCTETS or _BLANK.search(window) is not None
