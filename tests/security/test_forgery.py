"""Unsafe requests need the browser's own token and our own origin; safe requests change nothing at all."""

import pytest
import sqlalchemy as sa

from cass_portal.db import db
from tests.security import world as worlds
from tests.security.overrides import overrides_of
from tests.security.routes import address, calls

pytestmark = pytest.mark.once


@pytest.fixture
def world(app):
    return worlds.build()


def content():
    """Every row of every table."""
    db.session.commit()
    with db.engine.connect() as connection:
        return {
            t.name: connection.execute(sa.select(t).order_by(*t.primary_key)).all()
            for t in db.metadata.sorted_tables
        }


ONE_CLICK = ("subscriptions.end",)
"""Mail programs send it, which know no form token: the address itself is the secret (RFC 8058)."""


def unsafe_paths(app, world, *, but=()):
    return [
        address(app, rule, world.values, overrides_of(world))
        for _, method, rule in calls(app)
        if method == "POST" and rule.endpoint not in but
    ]


@pytest.mark.parametrize("actor", ["stranger", "lead", "coordinator", "administrator"])
def test_a_post_without_the_token_of_this_browser_is_refused_and_changes_nothing(
    actor, app, world, browser_of
):
    browser = browser_of(world.people[actor]) if actor in world.people else app.test_client()
    other_token = app.test_client().csrf()
    before, accepted = content(), {}

    for path in unsafe_paths(app, world, but=ONE_CLICK):
        for data in ({}, {"csrf_token": other_token}):
            answer = browser.post(path, data=data)
            if answer.status_code not in (400, 401, 403):
                accepted[path] = answer.status_code

    assert accepted == {}
    assert content() == before


def test_a_post_from_another_site_is_refused_and_changes_nothing(app, world, browser_of):
    browser = browser_of(world.people["coordinator"])
    before, accepted = content(), {}

    for path in unsafe_paths(app, world):
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = browser.send(path, headers=headers)
            if answer.status_code != 400:
                accepted[path] = answer.status_code

    assert accepted == {}
    assert content() == before


@pytest.mark.parametrize("actor", ["stranger", "agent_a", "lead", "coordinator", "administrator"])
def test_looking_at_a_page_changes_nothing(actor, app, world, browser_of):
    browser = browser_of(world.people[actor]) if actor in world.people else app.test_client()
    before = content()

    for _, method, rule in calls(app):
        if method == "GET":
            browser.get(address(app, rule, world.values, overrides_of(world)))
    for token in (world.token, world.confirm_token):
        browser.get(f"/f/{token}")

    assert content() == before
