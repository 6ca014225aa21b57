"""Addresses of one mail alone: where it returns when it cannot be delivered, and where an answer to it goes.

Mail systems may change the case of a local part, so the secret is written in base 32 and compared in lower case.
"""

import base64
import hmac
import re

RETURN, REPLY = "return", "reply"
"""The two uses; an address made for one does not work for the other."""
_TAGGED = re.compile(r"\A[^@+]{1,40}\+(\d{1,18})-([a-z2-7]{26})@", re.IGNORECASE)


def tagged(address: str, delivery_id: int, *, use: str, key: str) -> str:
    """`bounces@example.org` for delivery 17 → `bounces+17-<26 characters>@example.org`."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{delivery_id}-{_secret(delivery_id, use, key)}@{domain}"


def delivery_number(address: str, *, use: str, key: str) -> int | None:
    """Of which delivery `address` was made for this use; None when it was not made here."""
    found = _TAGGED.match(address.strip())
    if found is None:
        return None
    number = int(found[1])
    fits = hmac.compare_digest(_secret(number, use, key).encode(), found[2].lower().encode())
    return number if fits else None


def _secret(delivery_id: int, use: str, key: str) -> str:
    mac = hmac.digest(key.encode(), f"mail-{use}\0{delivery_id}".encode(), "sha256")[:16]
    return base64.b32encode(mac).rstrip(b"=").decode().lower()
