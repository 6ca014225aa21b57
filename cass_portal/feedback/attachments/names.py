"""Names of files as they may be stored and offered to be saved. Pure."""

import re
from urllib.parse import quote

from cass_portal.feedback.attachments.kinds import KINDS, Kind
from cass_portal.text import clean_line

LENGTH = 100
_FORBIDDEN = re.compile(r'[<>:"|?*%`$;&\\/\u200b-\u200f\u2060-\u206f\ufe00-\ufe0f]')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
"""What Windows takes for a device, whatever its ending."""


def clean_name(name: str, kind: Kind) -> str:
    """The last part of `name`, harmless on every system, with an ending that fits what the file is."""
    last = re.split(r"[/\\]", clean_line(name[:1_000]))[-1]
    kept = _FORBIDDEN.sub("_", last).strip(" .")[:LENGTH].strip(" .") or "file"
    if _DEVICES.match(kept):
        kept = f"_{kept}"
    ending = kept.rpartition(".")[2].lower() if "." in kept else ""
    return kept if ending in kind.endings else f"{kept}.{kind.endings[0]}"


def disposition(name: str) -> str:
    """The header that makes a browser save a file under `name` (RFC 6266, RFC 8187)."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def nameless(reference: str, number: int, media_type: str) -> str:
    """What a file is saved as whose name was not kept."""
    ending = next((each.endings[0] for each in KINDS if each.media_type == media_type), "bin")
    return f"{reference}-{number}.{ending}"
