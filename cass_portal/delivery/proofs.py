"""What tells a mail that came back from a listener address as the one that was sent there. Pure."""

import hmac
import re

from cass_portal import tokens

_TOKEN = re.compile(r"(?<![\w-])(\d{1,18})-([\w-]{22})(?![\w-])", re.ASCII)


def probe_token(probe_id: int, *, key: str) -> str:
    """`17-<22 characters>`: stands in the subject, which survives being forwarded."""
    return f"{probe_id}-{_secret(probe_id, key)}"


def probe_number(text: str, *, key: str) -> int | None:
    """Of which probe a token in `text` was made; None when there is none, or it was not made here."""
    for found in _TOKEN.finditer(text):
        if hmac.compare_digest(_secret(int(found[1]), key), found[2]):
            return int(found[1])
    return None


def _secret(probe_id: int, key: str) -> str:
    return tokens.derived_secret(key, purpose="probe", of=str(probe_id))
