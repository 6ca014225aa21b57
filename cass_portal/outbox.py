"""The mails of a portal without a relay, as pages. On this machine only; where mail can leave, they do not exist."""

import re
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from flask import Blueprint, abort, current_app
from markupsafe import Markup

from cass_portal.config import Settings
from cass_portal.delivery.channels.folder import outbox_of
from cass_portal.text import plain_to_html
from cass_portal.web import public, render

bp = Blueprint("outbox", __name__)

SHOWN = 200
NAME = re.compile(r"[A-Za-z0-9._-]+\.eml")


def exists_for(settings: Settings) -> bool:
    return settings.is_local and not settings.smtp_url


@bp.get("/outbox/")
@public
def index() -> str:
    files = sorted(_folder().glob("*.eml"), key=lambda path: path.stat().st_mtime_ns, reverse=True)[:SHOWN]
    return render("delivery/outbox.html", mails=[_shown(path) for path in files])


@bp.get("/outbox/<name>")
@public
def show(name: str) -> str:
    path = _folder() / name
    if not NAME.fullmatch(name) or not path.is_file():
        abort(404)
    return render("delivery/mail.html", mail=_shown(path))


def _folder() -> Path:
    return outbox_of(current_app.extensions["settings"])


def _shown(path: Path) -> dict[str, Any]:
    mail: EmailMessage = message_from_bytes(path.read_bytes(), policy=default)
    body = mail.get_body(("plain",))
    sent_at: datetime = mail["Date"].datetime
    return {
        "name": path.name,
        "subject": str(mail["Subject"]),
        "to": str(mail["To"]),
        "at": sent_at,
        "body": Markup(plain_to_html(body.get_content() if body is not None else "")),
    }
