"""What every mail of this portal is made with, and what may stand in its headers."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from flask import Flask
from jinja2 import Environment
from werkzeug.routing import MapAdapter

from cass_portal.delivery.addresses import REPLY, RETURN, tagged
from cass_portal.delivery.encoding import Encoding
from cass_portal.delivery.signing import Signer
from cass_portal.languages import DEFAULT
from cass_portal.text import clean_line

_NO_KIND, _NO_NAME = re.compile(r"[^a-z._]"), re.compile(r"[^A-Za-z0-9]")
_USUAL = re.compile(
    r"(?=.{3,254}\Z)(?=[^@]{1,64}@)[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*@([a-z0-9]+(-[a-z0-9]+)*\.)+[a-z]{2,63}"
)


class AddressRefused(ValueError):
    """The stored address is not exactly one that mail can be sent to."""


@dataclass(frozen=True)
class Letterhead:
    """`bounce_address` and `reply_address` are empty where the portal has none."""

    templates: Environment
    addresses: MapAdapter
    sender: str
    secret: str
    public_url: str
    bounce_address: str
    reply_address: str
    signer: Signer | None

    def speaking(self, language: str) -> "Letterhead":
        """The same, with links to pages in that language."""
        if language == DEFAULT:
            return self
        here = self.addresses
        there = here.map.bind(here.server_name, script_name=f"/{language}/", url_scheme=here.url_scheme)
        return replace(self, addresses=there, public_url=f"{self.public_url}/{language}")

    def link(self, endpoint: str, **values: Any) -> str:
        """Absolute address of a page."""
        return self.addresses.build(endpoint, values, force_external=True)

    @property
    def encoding(self) -> Encoding:
        """How texts are written into mails as long as their lines are short enough.

        What is signed has seven bits: a relay that re-encoded it would break the signature.
        """
        return Encoding.QUOTED if self.signer else Encoding.EIGHT_BIT

    @property
    def sender_address(self) -> str:
        return self.sender.rpartition("<")[2].rstrip("> ")

    @property
    def domain(self) -> str:
        return self.sender_address.rpartition("@")[2]

    def signed(self, content: bytes) -> bytes:
        """A whole mail under its signature, where the portal signs."""
        return self.signer.signed(content) if self.signer else content

    def return_path(self, delivery_id: int) -> str:
        """Where this one mail comes back to when it cannot be delivered."""
        if not self.bounce_address:
            return self.sender_address
        return tagged(self.bounce_address, delivery_id, use=RETURN, key=self.secret)

    def reply_to(self, delivery_id: int) -> str | None:
        """Where an answer to this one mail goes; None where nothing reads answers."""
        if not self.reply_address:
            return None
        return tagged(self.reply_address, delivery_id, use=REPLY, key=self.secret)


def letterhead_of(app: Flask) -> Letterhead:
    parts = urlsplit(app.config["PUBLIC_URL"])
    settings = app.extensions["settings"]
    return Letterhead(
        templates=app.jinja_env,
        addresses=app.url_map.bind(parts.netloc, url_scheme=parts.scheme),
        sender=settings.mail_from,
        secret=app.config["SECRET_KEY"],
        public_url=app.config["PUBLIC_URL"],
        bounce_address=settings.bounce_address,
        reply_address=settings.reply_address,
        signer=app.extensions["mail_signer"],
    )


def one_line(text: str) -> str:
    """`text` as a subject. Python's mail package decodes what looks like an encoded word (RFC 2047) in what it is
    given, line ends included, and writes them out as headers; so nothing may look like one.
    """
    return clean_line(text).replace("=?", "= ?")


def one_address(text: str) -> str:
    """`text` as the one ASCII address it is. Raises AddressRefused for a list, a name, a line end."""
    if _USUAL.fullmatch(text):
        return text
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise AddressRefused(f"this is not one mail address: {error}") from None
    return found.ascii_email or text


def file_name(at: datetime, kind: str, message_id: str) -> str:
    """Sorts by date: 20260312T140501Z-feedback.confirmed-<id>.eml."""
    identity = message_id if message_id.isascii() and message_id.isalnum() else _NO_NAME.sub("", message_id)
    return f"{_stamp(at, kind)}-{identity[:32]}.eml"


@lru_cache(maxsize=64)
def _stamp(at: datetime, kind: str) -> str:
    return f"{at:%Y%m%dT%H%M%SZ}-{_NO_KIND.sub('', kind)}"
