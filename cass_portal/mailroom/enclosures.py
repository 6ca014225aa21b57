"""Files that came with a mail: looked at and stored as those of a form are, before any transaction begins."""

import email
import io
from collections.abc import Sequence
from dataclasses import dataclass

from cass_portal.feedback.attachments.checking import MOST, Checked, Kept, check, put_all
from cass_portal.feedback.attachments.refusals import FileRefused
from cass_portal.mailroom.reading.bodies import attached_files
from cass_portal.mailroom.reading.bounds import MESSAGE_OCTETS, too_much_of
from cass_portal.storage import Store


@dataclass(frozen=True)
class Enclosures:
    """What lies in the store already, and the names of what was not taken, with the reason."""

    kept: tuple[Kept, ...] = ()
    not_taken: tuple[str, ...] = ()


def enclosures_of(raw: bytes, store: Store, *, scans: bool) -> Enclosures:
    """Check and store the files of a whole mail. Of an odd one nothing is taken."""
    raw = raw[:MESSAGE_OCTETS]
    if too_much_of(raw) is not None:
        return Enclosures()
    files: list[Checked] = []
    refused: list[str] = []
    for name, octets in attached_files(email.message_from_bytes(raw)):
        try:
            files.append(_checked(files, name, octets))
        except FileRefused as reason:
            refused.append(f"{name} ({str(reason).rstrip('.').lower()})")
    return Enclosures(tuple(put_all(store, files, scans=scans)), tuple(refused))


def _checked(files: Sequence[Checked], name: str, octets: bytes | None) -> Checked:
    if octets is None:
        raise FileRefused("A mail within the mail.")
    if len(files) >= MOST:
        raise FileRefused(f"More than {MOST} files.")
    return check(io.BytesIO(octets), name)
