from datetime import UTC, datetime, timedelta

import time_machine

from cass_portal import tokens

KEY = "a key that is only for these tests, long enough"


def test_secrets_are_unique_and_hold_128_bits():
    made = {tokens.new_secret() for _ in range(100_000)}

    assert len(made) == 100_000
    assert {len(each) for each in made} == {22}


def test_derived_secrets_depend_on_key_purpose_and_origin():
    one = tokens.derived_secret(KEY, purpose="follow", of="x")

    assert one == tokens.derived_secret(KEY, purpose="follow", of="x")
    assert len(one) == 22
    others = {
        tokens.derived_secret(KEY + "!", purpose="follow", of="x"),
        tokens.derived_secret(KEY, purpose="other", of="x"),
        tokens.derived_secret(KEY, purpose="follow", of="y"),
    }
    assert one not in others
    assert len(others) == 3


def test_a_digest_does_not_hold_its_secret():
    secret = tokens.new_secret()

    assert secret not in tokens.digest(secret)
    assert len(tokens.digest(secret)) == 64


def test_a_signed_token_is_read_only_under_its_key_and_purpose_and_age():
    signed_at = datetime(2026, 3, 1, tzinfo=UTC)
    with time_machine.travel(signed_at, tick=False):
        token = tokens.sign(KEY, "confirm", 7)

    with time_machine.travel(signed_at + timedelta(seconds=60), tick=False):
        assert tokens.read(KEY, "confirm", token, max_age=60) == 7
        assert tokens.read(KEY, "confirm", token, max_age=59) is None
        assert tokens.read(KEY, "invite", token, max_age=60) is None
        assert tokens.read(KEY + "!", "confirm", token, max_age=60) is None
        assert (
            tokens.read(KEY, "confirm", token[:-1] + ("A" if token[-1] != "A" else "B"), max_age=60) is None
        )
        assert tokens.age_of(KEY, "confirm", token) == 60
        assert tokens.age_of(KEY, "invite", token) is None
