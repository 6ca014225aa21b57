"""Signatures of webhooks by the Standard Webhooks specification (standardwebhooks.com). Pure."""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Protocol

BOTH_COUNT = timedelta(hours=24)
"""How long the secret before still signs, so that the other side can change over without losing a call."""
PREFIX = "whsec_"


class Signed(Protocol):
    """What secrets are computed from besides the portal's key."""

    id: int
    generation: int
    previous_until: datetime | None


def secret_of(hook: Signed, *, key: str, generation: int | None = None) -> bytes:
    """256 bits that only the holder of the portal's key can compute; nothing of it is stored."""
    of = f"webhook\0{hook.id}\0{hook.generation if generation is None else generation}"
    return hmac.new(key.encode(), of.encode(), hashlib.sha256).digest()


def valid_secrets(hook: Signed, *, key: str, at: datetime) -> list[bytes]:
    """The present secret, and the one before while it still counts."""
    found = [secret_of(hook, key=key)]
    if hook.previous_until is not None and hook.previous_until > at:
        found.append(secret_of(hook, key=key, generation=hook.generation - 1))
    return found


def written_out(secret: bytes) -> str:
    """The secret as libraries of the specification take it."""
    return PREFIX + base64.b64encode(secret).decode()


def headers_for(
    content: bytes, *, message_id: str, at: datetime, secrets: list[bytes], **more: str
) -> dict[str, str]:
    """Headers of one call. `message_id` is the same for every attempt, `at` is when this one is made."""
    timestamp = str(int(at.timestamp()))
    signatures = (signature(secret, message_id, timestamp, content) for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
        **more,
    }


def signature(secret: bytes, message_id: str, timestamp: str, content: bytes) -> str:
    signed = hmac.new(secret, f"{message_id}.{timestamp}.".encode() + content, hashlib.sha256)
    return f"v1,{base64.b64encode(signed.digest()).decode()}"
