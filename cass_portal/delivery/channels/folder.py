"""Mail as files, where no relay is set: one readable .eml a message in the instance's outbox/."""

import os
import re
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parsedate_to_datetime
from pathlib import Path

from cass_portal.config import Settings, open_instance
from cass_portal.delivery.channels.base import ChannelError


class Folder:
    """A message that is sent again has the same date and Message-ID, so it replaces its file."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def send(self, message: EmailMessage) -> None:
        """Written beside and renamed, so that nobody reads half a mail."""
        try:
            folder = outbox_of(self.settings)
            folder.mkdir(mode=0o700, exist_ok=True)
            path = folder / name_of(message)
            unfinished = path.with_suffix(".part")
            with unfinished.open("wb") as file:
                file.write(message.as_bytes(policy=SMTP.clone(linesep="\n")))
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        except OSError as error:
            raise ChannelError(
                f"the mail could not be written: {error.strerror or error}", permanent=False
            ) from None

    def close(self) -> None:
        """Nothing is held open."""


def outbox_of(settings: Settings) -> Path:
    return open_instance(settings) / "outbox"


def name_of(message: EmailMessage) -> str:
    """Sorts by date: 20260312T140501Z-feedback.confirmed-<id>.eml."""
    date = parsedate_to_datetime(message["Date"])
    kind = re.sub(r"[^a-z._]", "", message.get("X-CASS-Kind", "mail"))
    identity = re.sub(r"[^A-Za-z0-9]", "", message["Message-ID"].partition("@")[0])
    return f"{date:%Y%m%dT%H%M%SZ}-{kind}-{identity[:32]}.eml"
