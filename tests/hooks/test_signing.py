"""Signatures of calls, and the secrets they are made with."""

import base64
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from cass_portal.hooks.signing import headers_for, secret_of, signature, valid_secrets, written_out

KEY = "tests only: not a secret, but long enough"
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
pytestmark = pytest.mark.once


def hook(number=7, generation=1, previous_until=None):
    return SimpleNamespace(id=number, generation=generation, previous_until=previous_until)


def test_the_published_vector_of_the_specification_comes_out():
    """The example of the reference libraries (github.com/standard-webhooks/standard-webhooks)."""
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    found = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')

    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_has_256_bits_and_belongs_to_one_webhook_generation_and_portal():
    found = [
        secret_of(hook(), key=KEY),
        secret_of(hook(8), key=KEY),
        secret_of(hook(generation=2), key=KEY),
        secret_of(hook(), key="another key that is long enough"),
    ]

    assert {len(each) for each in found} == {32}
    assert len(set(found)) == 4
    assert secret_of(hook(), key=KEY) == found[0]


def test_a_secret_is_written_as_libraries_take_it():
    assert written_out(bytes(range(32))) == "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def test_the_secret_before_counts_until_its_time_is_up():
    rotated = hook(generation=3, previous_until=NOON)
    new, before = secret_of(rotated, key=KEY), secret_of(hook(generation=2), key=KEY)

    assert valid_secrets(rotated, key=KEY, at=NOON - timedelta(seconds=1)) == [new, before]
    assert valid_secrets(rotated, key=KEY, at=NOON) == [new]
    assert valid_secrets(hook(), key=KEY, at=NOON) == [secret_of(hook(), key=KEY)]


def test_each_valid_secret_signs_and_the_signatures_stand_in_one_header():
    secrets = [b"a" * 32, b"b" * 32]

    found = headers_for(b"{}", message_id="m1", at=NOON, secrets=secrets)

    assert found == {
        "webhook-id": "m1",
        "webhook-timestamp": "1772625600",
        "webhook-signature": " ".join(signature(each, "m1", "1772625600", b"{}") for each in secrets),
    }
