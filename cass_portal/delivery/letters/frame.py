"""One mail to many subscribers: rendered once, a reader's own parts put in as octets.

A place for those is marked by a random word made for each letter, which nobody's text can hold.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, NamedTuple

from cass_portal.delivery.channels.base import Parcel
from cass_portal.delivery.encoding import Encoding, encoded, fits_as_it_is, folded_html, sentence
from cass_portal.delivery.letterhead import Letterhead, file_name, one_address, one_line
from cass_portal.delivery.plain import folded
from cass_portal.subscriptions.lifecycle import Scope
from cass_portal.subscriptions.links import link_token

SUBTYPES = {"text": "plain", "html": "html"}


class Reader(NamedTuple):
    """One subscriber to whom a letter goes, as the row of its delivery says.

    `subscription_id` is the rule it comes by; None for a digest. `list_name` is what `list_name()` makes of that
    rule. `reason` ends the sentence “You get this mail because …”, as in “you asked to hear of everything about
    Kokkos at once”.
    """

    delivery_id: int
    address: str
    message_id: str
    created_at: datetime
    subscriber_id: int
    link_generation: int
    subscription_id: int | None
    list_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Fragment:
    """One bulletin in short, written once for every digest it comes into: title, date, two sentences, link.

    `text` and `html` are octets of a part of a mail in `encoding`, that of the letterhead it was made with.
    """

    text: bytes
    html: bytes
    encoding: Encoding


@dataclass(frozen=True, slots=True)
class Letter:
    """What is the same for everybody, and where the rest goes.

    `ends`: what the link at its foot ends where it came by no single rule, as in “daily”.
    """

    kind: str
    letterhead: Letterhead
    encoding: Encoding
    ends: str | None
    headers: bytes
    pieces: Sequence[bytes | str]

    def parcel(self, reader: Reader, fragments: Sequence[Fragment] = ()) -> Parcel:
        """The mail of one reader; `fragments` are what a digest tells, in that order. Raises AddressRefused."""
        if any(each.encoding != self.encoding for each in fragments):
            raise ValueError("fragments and letter are encoded differently")
        recipient = one_address(reader.address)
        preferences, end = self._links(reader)
        own = {
            "text-because": self._because(reader.reason, is_html=False),
            "html-because": self._because(reader.reason, is_html=True),
            "text-items": b"".join([each.text for each in fragments]),
            "html-items": b"".join([each.html for each in fragments]),
        }
        own["text-preferences"] = own["html-preferences"] = self._as_part(preferences)
        own["text-end"] = own["html-end"] = self._as_part(end)
        body = b"".join([own[each] if isinstance(each, str) else each for each in self.pieces])
        head = self._personal(reader, recipient, preferences, end)
        return Parcel(
            delivery_id=reader.delivery_id,
            sender=self.letterhead.return_path(reader.delivery_id),
            recipient=recipient,
            content=self.letterhead.signed(head + self.headers + body),
            name=file_name(reader.created_at, self.kind, reader.message_id),
        )

    def _links(self, reader: Reader) -> tuple[str, str]:
        """Addresses of the preference page and of the page that ends this."""
        token = link_token(reader.subscriber_id, reader.link_generation, key=self.letterhead.secret)
        page = f"{self.letterhead.public_url}/subscriptions/{token}"
        return page, f"{page}/end/{self.ends or reader.subscription_id}"

    def _personal(self, reader: Reader, recipient: str, preferences: str, end: str) -> bytes:
        """List-* as of RFC 2369 and 2919, one-click as of RFC 8058."""
        reply_to = self.letterhead.reply_to(reader.delivery_id)
        by_mail = f",\r\n <mailto:{reply_to}?subject=unsubscribe>" if reply_to else ""
        site = self.letterhead.public_url
        return (
            f"To: {recipient}\r\n"
            f"Date: {_date(reader.created_at)}\r\n"
            f"Message-ID: <{reader.message_id}@{self.letterhead.domain}>\r\n"
            f"List-Id: <{reader.list_name}.cass.{self.letterhead.domain}>\r\n"
            f"List-Unsubscribe: <{end}>{by_mail}\r\n"
            f"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
            f"List-Help: <{preferences}>\r\n"
            f"List-Subscribe: <{site}/subscribe>\r\n"
        ).encode("ascii")

    def _because(self, reason: str, *, is_html: bool) -> bytes:
        return sentence(f"You get this mail because {reason}.", self.encoding, is_html=is_html)

    def _as_part(self, link: str) -> bytes:
        return link.encode() if self.encoding == Encoding.EIGHT_BIT else encoded(link, self.encoding)


def list_name(scope: Scope, target_id: int | None) -> str:
    """What a reader's program may sort by: “everything”, “product-12”."""
    return scope.value if target_id is None else f"{scope.value}-{target_id}"


def letter(
    folder: str, *, kind: str, context: Mapping[str, Any], letterhead: Letterhead, ends: str | None = None
) -> Letter:
    """A letter from `folder`/{subject.txt,body.txt,body.html} below templates/email; the bodies extend email/_list.*.

    Templates find the open places as own.because, own.preferences, own.end and, of a digest, own.items, each on a line
    or in an attribute of its own.
    """
    word = secrets.token_hex(12)
    marks = SimpleNamespace(
        **{name: f"{word}{name}{word}" for name in ("because", "preferences", "end", "items")}
    )
    known = {**context, "own": marks, "portal": letterhead.public_url, "link": letterhead.link}
    subject = one_line(rendered(f"{folder}/subject.txt", letterhead, known))
    known["subject"] = subject
    text = folded(rendered(f"{folder}/body.txt", letterhead, known))
    markup = folded_html(rendered(f"{folder}/body.html", letterhead, known)) + "\n"
    own = re.compile(f"{word}([a-z]+){word}")
    fits = all(fits_as_it_is(each, own=own) for each in (text, markup))
    encoding = letterhead.encoding if fits else Encoding.QUOTED
    boundary = f"=_{secrets.token_hex(16)}"
    return Letter(
        kind=kind,
        letterhead=letterhead,
        encoding=encoding,
        ends=ends,
        headers=_shared_headers(kind, subject, boundary, encoding, letterhead),
        pieces=[
            *_part("text", text, boundary=boundary, own=own, encoding=encoding),
            *_part("html", markup, boundary=boundary, own=own, encoding=encoding),
            f"--{boundary}--\r\n".encode(),
        ],
    )


def rendered(template: str, letterhead: Letterhead, context: Mapping[str, Any]) -> str:
    """One text from a template below templates/email, ended by a line end."""
    return letterhead.templates.get_template(f"email/{template}").render(context).strip() + "\n"


def _part(
    name: str, text: str, *, boundary: str, own: re.Pattern[str], encoding: Encoding
) -> list[bytes | str]:
    """Octets and, between them, the names of what is filled in."""
    head = (
        f"--{boundary}\r\nContent-Type: text/{SUBTYPES[name]}; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    )
    pieces = own.split(text)
    filled = [f"{name}-{each}" if i % 2 else encoded(each, encoding) for i, each in enumerate(pieces)]
    return [head.encode(), *filled]


def _shared_headers(
    kind: str, subject: str, boundary: str, encoding: Encoding, letterhead: Letterhead
) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = letterhead.sender
    mail["Subject"] = subject
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-CASS-Kind"] = kind
    mail["MIME-Version"] = "1.0"
    whole = "" if encoding == Encoding.QUOTED else f"Content-Transfer-Encoding: {encoding}\r\n"
    mime = f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n{whole}\r\n'
    return mail.as_bytes().rstrip(b"\r\n") + b"\r\n" + mime.encode()


@lru_cache(maxsize=64)
def _date(at: datetime) -> str:
    return format_datetime(at)
