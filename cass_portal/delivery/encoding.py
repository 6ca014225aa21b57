"""A rendered text as the octets of one part of a mail, with places left open for what is a reader's own. Pure."""

import binascii
import html
import re
import textwrap
from enum import StrEnum
from functools import lru_cache

LINE_OCTETS = 990
"""A line of mail may have 998 octets (RFC 5322 §2.1.1)."""
OWN_OCTETS = 400
"""The most that what is filled in adds to a line."""
WIDTH = 72
_BARE_LINE_END = re.compile(rb"(?<!\r)\n")
_PREFORMATTED = re.compile(r"(<pre\b.*?</pre>)", re.DOTALL)


class Encoding(StrEnum):
    EIGHT_BIT = "8bit"
    QUOTED = "quoted-printable"


def folded_html(markup: str) -> str:
    """Lines too long for mail broken at blanks, where a blank and a line end are the same."""
    pieces = _PREFORMATTED.split(markup)
    return "".join(piece if place % 2 else _folded(piece) for place, piece in enumerate(pieces))


def fits_as_it_is(text: str, *, own: re.Pattern[str]) -> bool:
    """Whether no line gets too long once the places marked by `own` are filled."""
    return all(
        len(line.encode()) + OWN_OCTETS * len(own.findall(line)) <= LINE_OCTETS for line in text.split("\n")
    )


def encoded(text: str, encoding: Encoding) -> bytes:
    """With CRLF line ends; what comes behind it begins a new line only where `text` ends one."""
    octets = re.sub(r"\r\n|\r|\n", "\r\n", text).encode("utf-8", "replace")
    if encoding == Encoding.EIGHT_BIT:
        return octets
    quoted = _BARE_LINE_END.sub(b"\r\n", binascii.b2a_qp(octets))
    unended = quoted.rpartition(b"\n")[2]
    if not unended:
        return quoted
    if len(unended) > WIDTH:  # with the sign of a soft line end it would get too long
        cut = len(quoted) - len(unended) // 2
        inside = quoted.find(b"=", cut - 2, cut)  # no sign of three octets is cut
        cut = inside if inside >= 0 else cut
        quoted = quoted[:cut] + b"=\r\n" + quoted[cut:]
    return quoted + b"=\r\n"


@lru_cache(maxsize=4096)
def sentence(words: str, encoding: Encoding, *, is_html: bool) -> bytes:
    """One sentence on short lines, whoever wrote the names in it."""
    lines = textwrap.wrap(words, WIDTH)
    return encoded("\n".join(html.escape(line) if is_html else line for line in lines), encoding)


def _folded(markup: str) -> str:
    return "\n".join(part for line in markup.split("\n") for part in _broken(line))


def _broken(line: str) -> list[str]:
    if len(line.encode()) <= LINE_OCTETS - OWN_OCTETS:
        return [line]
    parts, rest = [], line
    while len(rest.encode()) > LINE_OCTETS - OWN_OCTETS:
        at = rest.rfind(" ", 0, 140)  # of four octets each at most
        at = at if at > 0 else rest.find(" ", 140)
        if at < 0:
            break
        parts.append(rest[:at])
        rest = rest[at + 1 :]
    return [*parts, rest]
