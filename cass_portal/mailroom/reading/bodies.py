"""The text of a message and the names of its attachments; whatever it claims about its encoding is survived. Pure."""

import codecs
import email.header
import re
from collections.abc import Iterator
from email.message import Message
from itertools import islice

from cass_portal.text import clean, clean_line, to_plain

TEXT_OCTETS = 200_000
"""What is read of one text, and of all together; a reply to a mail is shorter by far."""
HEADER_CHARACTERS = 2_000
NAMES = 50
TEXTS = 20
ODD_CODECS = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "palmos"}
"""Python decodes these, but no mail is written in them; some take quadratic time."""
BROKEN = (ValueError, LookupError, TypeError, AttributeError)
"""What the mail package raises on parameters (RFC 2231) that are not written as they should be."""
_TAG = re.compile(r"<(?:(/?)([a-z][^\s/<>]*)|[!?])[^<>]*>", re.IGNORECASE)
_NOT_SHOWN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|svg|math|template|noscript|iframe|title)\b.*?(?:</\1\b[^<>]{0,200}>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_QUOTATION = re.compile(r"(</?blockquote>)")


def text_of(message: Message) -> str:
    """What is to be read, plain text before HTML; “” where there is neither."""
    parts = list(_parts(message))
    shown = [part for part in parts if not _is_attached(part)]
    plain = [_decoded(part) for part in shown if part.get_content_type() == "text/plain"][:TEXTS]
    if any(each.strip() for each in plain):
        return "\n\n".join(each.strip("\n") for each in plain)[:TEXT_OCTETS]
    html = [_decoded(part) for part in shown if part.get_content_type() == "text/html"][:TEXTS]
    return "\n\n".join(_without_quotations(each) for each in html)[:TEXT_OCTETS]


def attachments_of(message: Message) -> list[str]:
    """Names of what came along and is no text of the mail; at most NAMES."""
    names = []
    for part in _parts(message):
        if _is_attached(part):
            names.append(_name_of(part))
            if len(names) == NAMES:
                break
    return names


def attached_files(message: Message) -> Iterator[tuple[str, bytes | None]]:
    """Name and octets of what came along, in the order of the mail; at most NAMES. A message in it has no octets."""
    for part in islice(filter(_is_attached, _parts(message)), NAMES):
        payload = part.get_payload(decode=True)
        yield _name_of(part), payload if isinstance(payload, bytes) else None


def header(message: Message, name: str) -> str:
    """The value of a header on one line, decoded; “” where there is none."""
    values = (str(value) for field, value in message.raw_items() if field.lower() == name.lower())
    octets = next(values, "")[:HEADER_CHARACTERS].encode("utf-8", "surrogateescape")
    return decoded_header(decode(octets, None))


def decoded_header(value: str) -> str:
    """RFC 2047 undone, whatever it holds."""
    try:
        pieces = email.header.decode_header(value)
    except (ValueError, email.errors.HeaderParseError):
        return clean_line(value)
    told = [piece if isinstance(piece, str) else decode(piece, charset) for piece, charset in pieces]
    return clean_line("".join(told))


def decode(octets: bytes, charset: str | None) -> str:
    """Text of `octets`; what their charset cannot say is replaced, and an unknown one is guessed."""
    known = _codec(charset)
    if known is not None:
        return octets.decode(known, "replace")
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _codec(charset: str | None) -> str | None:
    try:
        found = codecs.lookup((charset or "")[:40])
    except (LookupError, ValueError):
        return None
    is_text = getattr(found, "_is_text_encoding", True)
    return found.name if is_text and found.name.replace("_", "-") not in ODD_CODECS else None


def _parts(message: Message) -> Iterator[Message]:
    """The parts that hold no parts, a message that came along as one of them; in the order of the text."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        if part.get_content_maintype() == "multipart" and isinstance(part.get_payload(), list):
            waiting += reversed(part.get_payload())  # type: ignore[arg-type]
        else:
            yield part


def _is_attached(part: Message) -> bool:
    is_text = part.get_content_type() in ("text/plain", "text/html")
    return not is_text or str(part.get("Content-Disposition", "")).lower().lstrip().startswith("attachment")


def _name_of(part: Message) -> str:
    try:
        name = part.get_filename() or part.get_param("name") or ""
    except BROKEN:
        name = ""
    shown = decoded_header(str(name)[:HEADER_CHARACTERS]).rpartition("/")[2].rpartition("\\")[2]
    return shown[:120] or f"a part without a name ({clean_line(part.get_content_type())[:60]})"


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    octets = payload if isinstance(payload, bytes) else str(part.get_payload()).encode("utf-8", "replace")
    try:
        charset = part.get_content_charset()
    except BROKEN:
        charset = None
    return clean(decode(octets[:TEXT_OCTETS], charset))


def _without_quotations(markup: str) -> str:
    """The words of HTML outside of its quotations."""
    depth, kept = 0, []
    for piece in _QUOTATION.split(_bare(markup)):
        if piece == "<blockquote>":
            depth += 1
        elif piece == "</blockquote>":
            depth = max(0, depth - 1)
        elif depth == 0:
            kept.append(piece)
    return to_plain("".join(kept))


def _bare(markup: str) -> str:
    """Names of tags and what is shown between them; no “<” but those.

    Read from left to right once: as a tree, 35 kB of tags that are never closed take a gigabyte.
    """
    kept, end, shown = [], 0, _NOT_SHOWN.sub("", markup)
    for found in _TAG.finditer(shown):
        kept.append(shown[end : found.start()].replace("<", "&lt;"))
        kept.append(f"<{found[1]}{found[2].lower()}>" if found[2] else "")
        end = found.end()
    return "".join([*kept, shown[end:].replace("<", "&lt;")])
