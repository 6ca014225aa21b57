"""Raw bytes → what a mail is: who wrote it, to which of our addresses, its words, and what kind of mail that makes it.
Knows no database; whatever the bytes are, there is an answer.
"""

import email
import logging
import re
from dataclasses import dataclass, field, replace
from email.message import Message
from typing import Any

from cass_portal.delivery import addresses
from cass_portal.delivery.proofs import probe_number
from cass_portal.mailroom.models import MailKind
from cass_portal.mailroom.reading.bodies import HEADER_CHARACTERS, attachments_of, header, text_of
from cass_portal.mailroom.reading.bounds import MESSAGE_OCTETS, head_of, too_much_of
from cass_portal.mailroom.reading.reports import (
    Bounce,
    Complaint,
    addresses_in,
    bounce_in,
    complaint_in,
    reports_success,
)
from cass_portal.mailroom.reading.words import own_words, without_secrets
from cass_portal.text import clean, clean_line

log = logging.getLogger(__name__)
RECIPIENT_HEADERS = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
AUTOMATIC_PRECEDENCE = ("bulk", "junk", "auto_reply")
UNSUBSCRIBE = re.compile(r"(?:(?:re|aw|fwd?)\s*:\s*)*unsubscribe[.!]?", re.IGNORECASE)
_FROM = re.compile(r"[^<>]*<(?P<address>[^<>\s]{3,254})>|[^<>]*")
ADDRESS_LENGTH = 254
"""What is stored of an address, and what mail servers take of one (RFC 5321 §4.5.3.1.3)."""
_QUOTED_NAME = re.compile(r'"[^"]*"|\'')
NUMBERS_SCANNED = 500_000
NUMBERS = 20
_MESSAGE_ID = re.compile(rb"^[ \t>]{0,9}message-id:\s{0,9}<([^\s<>@]{8,120})@", re.IGNORECASE | re.MULTILINE)
_RETURN_PATH = re.compile(rb"[\w.-]{1,40}\+\d{1,18}-[a-zA-Z2-7]{26}@[\w.-]{1,190}")


@dataclass(frozen=True)
class Mail:
    """`recipients` in the order in which they are believed. `text` are the sender's own words; `whole_text` holds
    what they quoted, too. `automatic` says why no person wrote it. `returned_from` and `replies_to` are the numbers
    of deliveries whose own addresses it was sent to. `quoted_numbers` are the local parts of Message-IDs in its body.
    """

    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str = ""
    whole_text: str = ""
    attachments: list[str] = field(default_factory=list)
    enclosures: Any = None
    """What became of them, where they were looked at; a mailroom.enclosures.Enclosures."""
    automatic: str | None = None
    bounce: Bounce | None = None
    complaint: Complaint | None = None
    returned_from: int | None = None
    replies_to: int | None = None
    is_probe: bool = False
    is_list: bool = False
    to_us: bool = False
    """Whether it was sent to the address whose mail becomes feedback."""
    quoted_numbers: tuple[str, ...] = ()
    unread: str | None = None
    """Why its body was not looked at."""

    @property
    def not_taken(self) -> list[str]:
        """Names of what came along and is not kept."""
        return list(self.enclosures.not_taken if self.enclosures is not None else self.attachments)

    @property
    def files(self) -> list[Any]:
        """What came along and lies in the store."""
        return list(self.enclosures.kept if self.enclosures is not None else ())

    @property
    def kind(self) -> MailKind:
        """The first that fits: a report says more than its headers do, and a program may unsubscribe or prove."""
        is_answer = self.replies_to is not None
        signs = {
            MailKind.UNRECOGNIZED: self.unread is not None,
            MailKind.COMPLAINT: self.complaint is not None and self.complaint.is_complaint,
            MailKind.BOUNCE: self.bounce is not None,
            MailKind.PROBE: self.is_probe,
            MailKind.UNSUBSCRIBE: is_answer and self.asks_to_unsubscribe,
            MailKind.AUTOMATIC: self.automatic is not None,
            MailKind.REPLY: is_answer,
            MailKind.FEEDBACK: self.to_us and self.returned_from is None,
        }
        return next((kind for kind, holds in signs.items() if holds), MailKind.UNRECOGNIZED)

    @property
    def asks_to_unsubscribe(self) -> bool:
        return any(UNSUBSCRIBE.fullmatch(each.strip()[:80]) for each in (self.subject, self.text))


def read(raw: bytes, *, key: str, recipient: str | None = None, feedback_address: str = "") -> Mail:
    """`key` tells addresses of ours from forged ones; `recipient` is the address of the envelope, where it is known.

    What is sent to `feedback_address`, where there is one, is new feedback.

    Raises reports.ExtraMissing.
    """
    raw = raw[:MESSAGE_OCTETS]
    unread = too_much_of(raw)
    try:
        message = email.message_from_bytes(raw if unread is None else head_of(raw))
    except Exception:
        log.warning("a mail could not be parsed", exc_info=True)
        unread = "It is not built as mails are."
        message = Message()
    mail = _envelope(message, recipient, key)
    mail = replace(mail, to_us=feedback_address.lower() in {each.lower() for each in mail.recipients if each})
    if unread is not None:
        return replace(mail, unread=unread)
    whole = without_secrets(text_of(message))
    mail = replace(
        mail, text=clean(own_words(whole)), whole_text=whole.strip(), attachments=attachments_of(message)
    )
    mail = replace(mail, complaint=complaint_in(message))
    return _as_report(mail, message, raw, key)


def _envelope(message: Message, recipient: str | None, key: str) -> Mail:
    """What the headers say."""
    told = [value for name in RECIPIENT_HEADERS for value in message.get_all(name, [])[:NUMBERS]]
    recipients = addresses_in(" , ".join([recipient or "", *map(str, told)]))
    subject = header(message, "Subject")[:500]
    return Mail(
        sender=sender_of(message),
        recipients=tuple(recipients),
        subject=subject,
        automatic=why_automatic(message),
        returned_from=_delivery(recipients, addresses.RETURN, key),
        replies_to=_delivery(recipients, addresses.REPLY, key),
        is_probe=probe_number(subject, key=key) is not None,
        is_list=_is_list(message),
    )


def sender_of(message: Message) -> str:
    """The one address of the From header, in lower case; “” where it holds none or several, or too long a one.

    Also where a mail server that checks who sent it could have read another one: in a comment, or further on.
    """
    values = message.get_all("From", [])
    said = _FROM.fullmatch(header(message, "From"))
    if len(values) != 1 or said is None or len(str(values[0])) > HEADER_CHARACTERS:
        return ""
    found = addresses_in(said["address"] or said[0])
    before = clean_line(str(values[0])).rpartition("<")[0]
    others = addresses_in(_QUOTED_NAME.sub("", before))
    is_one = len(found) == 1 and set(others) <= set(found)
    return found[0] if is_one and len(found[0]) <= ADDRESS_LENGTH else ""


def why_automatic(message: Message) -> str | None:
    """RFC 3834 and what programs did before it. Our own mails count: what comes back to us goes in a circle."""
    submitted = header(message, "Auto-Submitted").partition(";")[0].strip().lower()
    precedence = header(message, "Precedence").lower()
    if message.get("X-CASS-Kind") is not None:
        return "It is a mail of this portal, sent back."
    if submitted and submitted != "no":
        return "It says that a program wrote it (Auto-Submitted)."
    if precedence in AUTOMATIC_PRECEDENCE:
        return f"It says that a program wrote it (Precedence: {precedence})."
    if any(message.get(name) is not None for name in ("X-Autoreply", "X-Autorespond", "X-Autoreply-From")):
        return "It says that a program wrote it (X-Autoreply)."
    if header(message, "Return-Path") == "<>":
        return "It has no return path, as mails of programs."
    is_daemon = sender_of(message).partition("@")[0] in ("mailer-daemon", "postmaster")
    return "A mail server wrote it." if is_daemon else None


def _is_list(message: Message) -> bool:
    """RFC 2919 and 2369, and what list programs did before them."""
    named = any(message.get(name) is not None for name in ("List-Id", "List-Post", "List-Unsubscribe"))
    return named or header(message, "Precedence").lower() == "list"


def _as_report(mail: Mail, message: Message, raw: bytes, key: str) -> Mail:
    """A bounce is looked for where one can be: many of its shapes are plain words that a person might write, too."""
    looks_like_one = mail.automatic is not None or mail.returned_from is not None
    if mail.complaint is None and not looks_like_one and message.get_content_type() != "multipart/report":
        return mail
    body = raw.partition(b"\n\n" if b"\r\n\r\n" not in raw[:NUMBERS_SCANNED] else b"\r\n\r\n")[2]
    body = body[:NUMBERS_SCANNED]
    numbers = [found.decode("ascii", "replace") for found in _MESSAGE_ID.findall(body)]
    bounce = bounce_in(message, raw) if mail.complaint is None else None
    automatic = mail.automatic
    if bounce is None and reports_success(message):
        automatic = "It reports that a mail was delivered or read."
    if mail.complaint is not None and not mail.complaint.is_complaint:
        automatic = f"It is a report of the kind “{mail.complaint.kind}”."
    return replace(
        mail,
        bounce=bounce,
        automatic=automatic,
        returned_from=mail.returned_from or _quoted_return(body, key),
        quoted_numbers=tuple(dict.fromkeys(numbers))[:NUMBERS],
    )


def _quoted_return(body: bytes, key: str) -> int | None:
    """The delivery whose return path stands in a report, as in Original-Mail-From or X-Postfix-Sender."""
    told = [found.decode("ascii", "replace") for found in _RETURN_PATH.findall(body)[:NUMBERS]]
    return _delivery(told, addresses.RETURN, key)


def _delivery(recipients: list[str], use: str, key: str) -> int | None:
    numbers = (addresses.delivery_number(each, use=use, key=key) for each in recipients)
    return next((number for number in numbers if number is not None), None)
