"""Links that open a subscriber's page without a password: computed from the portal's key, nothing is stored.

They stop working when the subscriber's `link_generation` counts up. The link that confirms is a signed one.
"""

import hmac
from collections.abc import Sequence

from cass_portal import tokens
from cass_portal.db import db
from cass_portal.subscriptions.lifecycle import UNCONFIRMED_DAYS
from cass_portal.subscriptions.models import Subscriber
from cass_portal.text import whole_number

CONFIRM_SECONDS = UNCONFIRMED_DAYS * 86_400


def link_token(subscriber_id: int, generation: int, *, key: str) -> str:
    """The secret part of /subscriptions/<token>: 128 bits behind the subscriber's number."""
    return f"{subscriber_id}-{_secret(subscriber_id, generation, key)}"


def subscriber_of(token: str, *, key: str) -> Subscriber | None:
    """Whose link it is; None for a forged or outdated one, and for a subscriber who was erased."""
    number, _, secret = token.partition("-")
    subscriber_id = whole_number(number)
    subscriber = db.session.get(Subscriber, subscriber_id) if subscriber_id is not None else None
    expected = _secret(subscriber_id or 0, subscriber.link_generation if subscriber else 0, key)
    fits = hmac.compare_digest(expected.encode(), secret.encode())
    return subscriber if fits and subscriber is not None and subscriber.erased_at is None else None


def confirm_token(subscriber_id: int, asked: Sequence[int], *, key: str) -> str:
    """The secret part of /subscriptions/confirm/<token>: what was asked for together, by number."""
    return tokens.sign(key, tokens.CONFIRM_SUBSCRIPTION, [subscriber_id, *asked])


def asked_by(token: str, *, key: str) -> tuple[Subscriber, list[int]] | None:
    """Who confirms what with that link; None for one that is forged or too old, and for a subscriber who was erased."""
    numbers: list[int] | None = tokens.read(key, tokens.CONFIRM_SUBSCRIPTION, token, max_age=CONFIRM_SECONDS)
    if not numbers:
        return None
    subscriber = db.session.get(Subscriber, numbers[0])
    return (subscriber, numbers[1:]) if subscriber is not None and subscriber.erased_at is None else None


def _secret(subscriber_id: int, generation: int, key: str) -> str:
    return tokens.derived_secret(key, purpose="subscriber-link", of=f"{subscriber_id}.{generation}")
