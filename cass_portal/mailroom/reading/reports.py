"""Reports of machines about our mails: bounces (RFC 3464, and the many shapes that flufl.bounce knows) and complaints
(ARF, RFC 5965). Pure but for flufl.bounce, which is imported when the first mail comes in.
"""

import email
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from cass_portal.text import clean_line

log = logging.getLogger(__name__)
SCANNED = 200_000
"""Octets in which a bounce says what it has to say; the mail it is about follows after."""
LINE_OCTETS = 998
ADDRESSES = 20
DETAIL = 300
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_RAW_STATUS = re.compile(r"(?:\bsaid: |\s|\()[45]\d\d[ -]+([45]\.\d{1,3}\.\d{1,3})\b")
_OUR_FAULT = re.compile(r"5\.(?:1\.[78]|2\.[23]|3\.4|5\.\d+|6\.\d+|7\.\d+)\Z")
"""Failed for good, but not for the address: the sender or the text was refused, or the mailbox is full (RFC 3463)."""
_UNKNOWN = re.compile(r"5\.1\.\d+\Z")
COMPLAINTS = frozenset({"abuse", "fraud", "virus", "other", "opt-out", "opt-out-list", "miscategorized"})


class ExtraMissing(Exception):
    """Reading mail needs packages that are not installed."""

    def __init__(self) -> None:
        super().__init__("Mail that comes in needs the extra “mail”: pip install 'cass-portal[mail]'.")


@dataclass(frozen=True)
class Bounce:
    """`is_final`: it was given up. `status` as in RFC 3463, where it was said. `addresses` in lower case."""

    addresses: tuple[str, ...]
    is_final: bool
    status: str | None = None
    detail: str = ""

    @property
    def is_hard(self) -> bool:
        """Whether the address itself is to blame for good."""
        status = self.status or ""
        return self.is_final and not status.startswith("4") and not _OUR_FAULT.match(status)

    @property
    def says_unknown(self) -> bool:
        """Whether there is no such mailbox or domain."""
        return self.is_hard and _UNKNOWN.match(self.status or "") is not None


@dataclass(frozen=True)
class Complaint:
    """Somebody pressed “this is spam”. Nothing is done for a report of another kind."""

    kind: str
    addresses: tuple[str, ...]

    @property
    def is_complaint(self) -> bool:
        return self.kind in COMPLAINTS


def complaint_in(message: Message) -> Complaint | None:
    for part in _parts_of_type(message, "message/feedback-report"):
        fields = _block(part)
        kind = clean_line(str(fields.get("Feedback-Type", "other"))).lower()[:40]
        told = " ".join(str(each) for each in fields.get_all("Original-Rcpt-To", [])[:ADDRESSES])
        return Complaint(kind, tuple(addresses_in(told)))
    return None


def bounce_in(message: Message, raw: bytes) -> Bounce | None:
    """What failed, by the report's own fields, else as flufl.bounce finds it. Raises ExtraMissing."""
    blocks = [block for part in _parts_of_type(message, "message/delivery-status") for block in _blocks(part)]
    told = [each for each in (_failure(block) for block in blocks) if each is not None]
    if told:
        final = [each for each in told if each.is_final] or told
        addresses = tuple(dict.fromkeys(address for each in final for address in each.addresses))
        return Bounce(addresses[:ADDRESSES], final[0].is_final, final[0].status, final[0].detail)
    return None if blocks else _found_by_shape(raw)


def reports_success(message: Message) -> bool:
    """A report of a delivery that went well or of a mail that was read: nothing to do."""
    kinds = ("message/delivery-status", "message/disposition-notification")
    return any(next(_parts_of_type(message, kind), None) is not None for kind in kinds)


def addresses_in(text: str) -> list[str]:
    """Everything in `text` that looks like a mail address, in lower case, once; at most ADDRESSES."""
    found = re.findall(r"[^\s<>,;:\"()\[\]@]{1,64}@[^\s<>,;:\"()\[\]@]{1,190}", text[:20_000])
    return [*dict.fromkeys(clean_line(each).lower().rstrip(".") for each in found)][:ADDRESSES]


def require_extra() -> None:
    """Raises ExtraMissing."""
    try:
        import flufl.bounce  # noqa: F401 the extra is asked for only where mail comes in
    except ImportError:
        raise ExtraMissing from None


def _failure(block: Message) -> Bounce | None:
    """One recipient of a delivery status; None for the block about the message, and for what went well."""
    action = clean_line(str(block.get("Action", ""))).lower()
    if not action.startswith(("fail", "error", "delay")):
        return None
    recipients = f"{block.get('Original-Recipient', '')} {block.get('Final-Recipient', '')}"
    diagnosis = clean_line(str(block.get("Diagnostic-Code", "")))
    status = _STATUS.search(str(block.get("Status", ""))[:40]) or _STATUS.search(diagnosis[:200])
    return Bounce(
        addresses=tuple(addresses_in(recipients.replace(";", " "))),
        is_final=not action.startswith("delay"),
        status=status[0] if status else None,
        detail=diagnosis[:DETAIL],
    )


def _found_by_shape(raw: bytes) -> Bounce | None:
    try:
        from flufl.bounce import all_failures
    except ImportError:
        raise ExtraMissing from None
    short = b"\n".join(line[:LINE_OCTETS] for line in raw[:SCANNED].splitlines())
    try:
        temporary, permanent = all_failures(email.message_from_bytes(short))
    except Exception:
        log.warning("a bounce could not be scanned", exc_info=True)
        return None
    found = permanent or temporary
    if not found:
        return None
    status = _RAW_STATUS.search(short.decode("latin-1"))
    addresses = (each.decode("ascii", "replace") for each in sorted(found))
    told = tuple(each for address in addresses for each in addresses_in(address))
    return Bounce(told[:ADDRESSES], bool(permanent), status[1] if status else None)


def _parts_of_type(message: Message, content_type: str) -> Iterator[Message]:
    """Parts of the report itself; not of the mail that it has with it."""
    parts = [message, *(message.get_payload() if message.get_content_maintype() == "multipart" else [])]
    return (part for part in parts if isinstance(part, Message) and part.get_content_type() == content_type)


def _blocks(part: Message) -> list[Message]:
    payload = part.get_payload()
    if isinstance(payload, list):
        return [each for each in payload if isinstance(each, Message)]
    return [email.message_from_string(each) for each in re.split(r"\r?\n\r?\n", str(payload)[:SCANNED])[:100]]


def _block(part: Message) -> Message:
    blocks = _blocks(part)
    return blocks[0] if blocks else Message()
