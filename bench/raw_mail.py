"""What the standard library does with the same sink: one prebuilt mail again and again, and one built for each."""

import smtplib
import time
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from cass_portal.clock import now

SENDER = "portal@example.org"
PARAGRAPH = "The members agreed on this text, and it says what changes for whoever builds on the product. "
TEXT = PARAGRAPH * 16
HTML = f"<!doctype html><html lang=en><title>News</title><body><h1>News</h1><p>{PARAGRAPH * 20}</p></body></html>"


def built(recipient: str) -> EmailMessage:
    """A multipart mail of about 4 kB, as list mail needs it."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = SENDER, recipient, "News of the members"
    mail["Date"], mail["Message-ID"] = format_datetime(now()), make_msgid(domain="example.org")
    mail["List-Unsubscribe"] = "<https://portal.example.org/subscriptions/1-abcdefghijklmnopqrstuv/end/1>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(TEXT)
    mail.add_alternative(HTML, subtype="html")
    return mail


def prebuilt_per_second(port: int, *, count: int) -> float:
    """One connection, the same bytes to each recipient, nothing noted anywhere."""
    content = built("somebody@example.org").as_bytes()
    with smtplib.SMTP("127.0.0.1", port) as relay:
        started = time.monotonic()
        for number in range(count):
            relay.sendmail(SENDER, [f"raw{number}@example.org"], content)
        return count / (time.monotonic() - started)


def built_per_second(port: int, *, count: int) -> float:
    """One connection, the mail made anew for each recipient."""
    with smtplib.SMTP("127.0.0.1", port) as relay:
        started = time.monotonic()
        for number in range(count):
            relay.send_message(built(f"built{number}@example.org"))
        return count / (time.monotonic() - started)
