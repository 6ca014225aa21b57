"""Whom a rate limit counts for."""

import pytest

from cass_portal.web.limits import network_address


@pytest.mark.parametrize(
    ("remote", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("no address", "no address"),
    ],
)
def test_a_limit_counts_for_what_one_party_holds(remote, counted, app):
    with app.test_request_context(environ_base={"REMOTE_ADDR": remote}):
        assert network_address() == counted


def test_changing_the_end_of_an_address_does_not_reset_a_limit(client, rate_limited):
    def guess(number):
        address = {"REMOTE_ADDR": f"2001:db8:1:2::{number:x}"}
        return client.get("/f/" + "A" * 22, environ_base=address).status_code

    assert [guess(number) for number in range(31)] == [404] * 30 + [429]
