"""One delivery → one mail: a text and an HTML body from templates/email/<event kind>/[<role>/].

Every absolute link is made from PUBLIC_URL; there is no request here whose Host could get in. A private link is
minted for each mail; the caller commits its digest before the mail is sent.
"""

from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from jinja2 import Environment
from werkzeug.routing import MapAdapter

from cass_portal import tokens
from cass_portal.delivery.contents import Contents, contents_of
from cass_portal.delivery.models import Delivery
from cass_portal.feedback.actions import mint_follow_link
from cass_portal.people import links
from cass_portal.text import clean_line

LINE_OCTETS = 990
"""A line of mail may have 998 octets (RFC 5322 §2.1.1); longer ones are encoded."""


@dataclass(frozen=True)
class Letterhead:
    """What every mail of this portal is made with."""

    templates: Environment
    addresses: MapAdapter
    sender: str
    secret: str
    public_url: str

    def link(self, endpoint: str, **values: Any) -> str:
        """Absolute address of a page."""
        return self.addresses.build(endpoint, values, force_external=True)

    @property
    def domain(self) -> str:
        return self.sender.rpartition("@")[2].rstrip("> ")


def letterhead_of(app: Flask) -> Letterhead:
    parts = urlsplit(app.config["PUBLIC_URL"])
    return Letterhead(
        templates=app.jinja_env,
        addresses=app.url_map.bind(parts.netloc, url_scheme=parts.scheme),
        sender=app.extensions["settings"].mail_from,
        secret=app.config["SECRET_KEY"],
        public_url=app.config["PUBLIC_URL"],
    )


def message_for(delivery: Delivery, letterhead: Letterhead) -> EmailMessage:
    """The mail of `delivery`, to exactly one recipient. Raises NothingToSay when it would no longer be true."""
    context = {
        **vars(contents_of(delivery)),
        "delivery": delivery,
        "link": letterhead.link,
        "portal": letterhead.public_url,
        "private_link": _private_link(delivery, letterhead),
    }
    subject, text, markup = (_rendered(name, delivery, letterhead, context) for name in PARTS)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = letterhead.sender
    mail["To"] = Address(addr_spec=delivery.address)
    mail["Subject"] = clean_line(subject)
    mail["Date"] = delivery.created_at
    mail["Message-ID"] = f"<{delivery.message_id}@{letterhead.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-CASS-Kind"] = delivery.event.kind.value
    mail.set_content(text, cte=_encoding(text))
    mail.add_alternative(markup, subtype="html", cte=_encoding(markup))
    return mail


PARTS = ("subject.txt", "body.txt", "body.html")


def _rendered(name: str, delivery: Delivery, letterhead: Letterhead, context: dict[str, Any]) -> str:
    folder = f"email/{delivery.event.kind.value}"
    template = letterhead.templates.select_template([f"{folder}/{delivery.role.value}/{name}", f"{folder}/{name}"])
    return template.render(context).strip() + "\n"


def _encoding(text: str) -> str:
    """As plain as mail allows, so that a file of it can be read as it lies there."""
    if max(len(line.encode()) for line in text.splitlines()) > LINE_OCTETS:
        return "quoted-printable"
    return "7bit" if text.isascii() else "8bit"
