"""Mail as files, where no relay is set: one readable .eml a message in the instance's outbox/."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from cass_portal.config import Settings, open_instance
from cass_portal.delivery.channels.base import ChannelError, Parcel


class Folder:
    """A message that is sent again has the same name, so it replaces its file."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def send_all(self, parcels: Iterable[Parcel]) -> Iterator[tuple[Parcel, ChannelError | None]]:
        for parcel in parcels:
            try:
                self._keep(parcel)
            except OSError as error:
                words = f"the mail could not be written: {error.strerror or error}"
                yield parcel, ChannelError(words, permanent=False, concerns_all=True)
            else:
                yield parcel, None

    def close(self) -> None:
        """Nothing is held open."""

    def _keep(self, parcel: Parcel) -> None:
        """Written beside and renamed, so that nobody reads half a mail."""
        folder = outbox_of(self.settings)
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / parcel.name
        unfinished = path.with_suffix(".part")
        with unfinished.open("wb") as file:
            file.write(parcel.content.replace(b"\r\n", b"\n"))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)


def outbox_of(settings: Settings) -> Path:
    return open_instance(settings) / "outbox"
