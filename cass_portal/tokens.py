"""Links that are secrets: random bearer tokens of which only a digest is kept, and signed expiring ones."""

import base64
import hashlib
import hmac
import secrets
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer

from cass_portal.clock import now

COMMENT_FORM = "comment-form"
CONFIRM_FEEDBACK = "confirm-feedback"
CONFIRM_SUBSCRIPTION = "confirm-subscription"
FEEDBACK_FORM = "feedback-form"
FIRST_ADMINISTRATOR = "first-administrator"
IMPORTED_FILE = "imported-file"
INVITATION = "invitation"
PASSWORD_RESET = "password-reset"  # noqa: S105 a purpose, not a password
VOTE = "vote"


def new_secret() -> str:
    """128 random bits, 22 characters, safe in an address."""
    return secrets.token_urlsafe(16)


def derived_secret(key: str, *, purpose: str, of: str) -> str:
    """128 bits that only the holder of `key` can compute from `of`; 22 characters, safe in an address."""
    mac = hmac.digest(key.encode(), f"{purpose}\0{of}".encode(), "sha256")[:16]
    return _base64url(mac)


def digest(secret: str) -> str:
    """What is stored of a bearer secret. Unsalted: 128 random bits need no stretching."""
    return hashlib.sha256(secret.encode()).hexdigest()


def sign(key: str, purpose: str, payload: Any) -> str:
    """A token that `read` takes back under the same key and purpose."""
    return URLSafeTimedSerializer(key, salt=purpose).dumps(payload)


def read(key: str, purpose: str, token: str, *, max_age: int) -> Any | None:
    """The payload of `token`; None when it is forged, of another purpose, or older than `max_age` seconds."""
    try:
        return URLSafeTimedSerializer(key, salt=purpose).loads(token, max_age=max_age)
    except BadData:
        return None


def age_of(key: str, purpose: str, token: str) -> float | None:
    """Seconds since `token` was signed; None when it is forged."""
    serializer = URLSafeTimedSerializer(key, salt=purpose)
    try:
        _, signed_at = serializer.loads(token, return_timestamp=True)
    except BadData:
        return None
    return (now() - signed_at).total_seconds()


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
