"""Links that let in without a password: signed, expiring, for one purpose and one state of the account."""

import pytest

from cass_portal import tokens
from cass_portal.clock import now
from cass_portal.people import links
from tests import factories

KEY = "a key for tests that nobody else has"


@pytest.fixture
def invited(app):
    return factories.person(joined_at=None, invited_at=now())


@pytest.fixture
def active(app):
    return factories.person()


def test_an_invitation_lasts_fourteen_days(app, time_machine):
    time_machine.move_to("2026-11-01T08:00Z", tick=False)
    person = factories.person(joined_at=None, invited_at=now())
    token = links.invitation_token(person, key=KEY)

    time_machine.move_to("2026-11-15T07:59Z", tick=False)
    assert links.invited_person(token, key=KEY) is person

    time_machine.move_to("2026-11-15T08:01Z", tick=False)
    assert links.invited_person(token, key=KEY) is None


def test_a_reset_lasts_two_hours(app, time_machine):
    time_machine.move_to("2026-11-01T08:00Z", tick=False)
    person = factories.person()
    token = links.reset_token(person, key=KEY)

    time_machine.move_to("2026-11-01T09:59Z", tick=False)
    assert links.resetting_person(token, key=KEY) is person

    time_machine.move_to("2026-11-01T10:01Z", tick=False)
    assert links.resetting_person(token, key=KEY) is None


def test_a_link_serves_one_purpose(invited, active):
    invitation, reset = links.invitation_token(invited, key=KEY), links.reset_token(active, key=KEY)

    assert links.resetting_person(invitation, key=KEY) is None
    assert links.invited_person(reset, key=KEY) is None
    assert not links.makes_first_administrator(invitation, key=KEY)
    assert not links.makes_first_administrator(reset, key=KEY)


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: "x" + t, lambda _: "", lambda t: t + "\x00"])
def test_forged_links_are_nobodys(invited, active, change):
    assert links.invited_person(change(links.invitation_token(invited, key=KEY)), key=KEY) is None
    assert links.resetting_person(change(links.reset_token(active, key=KEY)), key=KEY) is None
    assert not links.makes_first_administrator(change(links.first_administrator_token(key=KEY)), key=KEY)


def test_a_link_under_another_key_is_nobodys(invited):
    assert links.invited_person(links.invitation_token(invited, key=KEY), key="another key") is None


def test_a_link_names_no_secret_of_the_account(invited):
    token = links.invitation_token(invited, key=KEY)
    payload = tokens.read(KEY, tokens.INVITATION, token, max_age=60)

    assert payload[0] == invited.id
    assert invited.fs_uniquifier not in str(payload)
    assert invited.email not in str(payload)


def test_the_link_for_the_first_administrator_ends_with_the_first(app):
    token = links.first_administrator_token(key=KEY)
    assert links.makes_first_administrator(token, key=KEY)

    factories.administrator()
    assert not links.makes_first_administrator(token, key=KEY)
