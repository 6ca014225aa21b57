"""The ways in: a mail from a pipe or a connection, and a maildir that the worker reads. Each mail is a transaction."""

import logging
import os
import time
from datetime import datetime, timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from cass_portal.clock import now
from cass_portal.config import Settings
from cass_portal.db import db
from cass_portal.mailroom import actions
from cass_portal.mailroom.models import InboundMail
from cass_portal.mailroom.reading.bounds import MESSAGE_OCTETS
from cass_portal.mailroom.reading.reports import require_extra

log = logging.getLogger(__name__)
TRIES = 3
SPELL_SECONDS = 1.0
"""So long the worker reads before its other steps have their turn; a mail that was begun is read to its end."""
CLAIMED = "claimed"
"""Folder beside new/ and cur/: a file in it is being read, or was when its reader died or failed."""
CLAIM = timedelta(minutes=10)
"""After this long in CLAIMED a file is tried again."""


def take_in(raw: bytes, *, recipient: str | None = None) -> InboundMail:
    """Store one mail and act on it. Raises what kept it from being stored; the caller's sender keeps it then.

    Needs an app context.
    """
    key = current_app.config["SECRET_KEY"]
    for _ in range(TRIES - 1):
        try:
            return _taken_in(raw, key, recipient)
        except (
            IntegrityError,
            StaleDataError,
        ):  # somebody takes in the same mail, or works on the same matter
            db.session.rollback()
    return _taken_in(raw, key, recipient)


def _taken_in(raw: bytes, key: str, recipient: str | None) -> InboundMail:
    try:
        settings = current_app.extensions["settings"]
        mail = actions.receive(
            raw,
            key=key,
            recipient=recipient,
            feedback_address=settings.feedback_address,
            store=current_app.extensions["attachments"],
            scans=bool(settings.clamd),
        )
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    return mail


def forget(at: datetime) -> None:
    """A bounded number in one transaction, so that nobody waits long."""
    while actions.forget(at):
        db.session.commit()
    db.session.commit()


def read_folder(settings: Settings) -> bool:
    """Take in what lies in MAIL_FOLDER/new; whether anything did. Raises what keeps mail from being stored.

    A file is claimed by moving it, so that two workers never read the same one. A file that cannot be stored stays
    claimed, and everything after it waits for the next call.
    """
    if not settings.mail_folder:
        return False
    folder = Path(settings.mail_folder)
    names = waiting(folder)
    if not names:
        return False
    require_extra()
    until = time.monotonic() + SPELL_SECONDS
    for name in names:
        claimed = _claim(folder, name)
        if claimed is not None:
            take_in(_octets(claimed))
            claimed.rename(_made(folder / "cur") / f"{name.partition(':')[0]}:2,S")
        if time.monotonic() >= until:
            break
    return True


def waiting(folder: Path) -> list[str]:
    """Names of files in new/, those included whose reader did not come to an end. Oldest names first."""
    for name in _files(folder / CLAIMED):
        stuck = folder / CLAIMED / name
        try:
            if datetime.fromtimestamp(stuck.stat().st_mtime, tz=now().tzinfo) < now() - CLAIM:
                stuck.rename(_made(folder / "new") / name)
        except FileNotFoundError:
            continue
    return _files(folder / "new")


def _claim(folder: Path, name: str) -> Path | None:
    """The file where nobody else finds it; None where somebody else was quicker."""
    claimed = _made(folder / CLAIMED) / name
    try:
        (folder / "new" / name).rename(claimed)
    except FileNotFoundError:
        return None
    os.utime(claimed, (now().timestamp(), now().timestamp()))
    return claimed


def _octets(path: Path) -> bytes:
    """What is read of a mail. A link is not followed: it would make a mail of any file of this machine."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        return file.read(MESSAGE_OCTETS)


def _files(folder: Path) -> list[str]:
    try:
        entries = [each for each in os.scandir(folder) if not each.name.startswith(".")]
    except FileNotFoundError:
        return []
    return sorted(each.name for each in entries if each.is_file(follow_symlinks=False))


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
