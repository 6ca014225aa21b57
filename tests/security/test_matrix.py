"""Who gets where: every route × method × person against one table. A new route without a row fails."""

import pytest

from tests.security import world as worlds
from tests.security.overrides import overrides_of
from tests.security.routes import address, calls
from tests.security.table import ACTORS, ALLOWED

SIGNING_OUT = ("people.sign_out", "people.sign_out_everywhere")


def outcome(answer, endpoint):
    """“in”, or how the person was kept out."""
    if answer.status_code in (301, 302, 303) and "/sign-in" in answer.headers["Location"]:
        return "in" if endpoint in SIGNING_OUT else "sign-in"
    return {401: "sign-in", 403: "forbidden", 404: "unknown"}.get(answer.status_code, "in")


def test_every_route_has_a_row_and_every_row_a_route(app):
    assert {name for name, _, _ in calls(app)} == set(ALLOWED)


BOTH_ENGINES = ("agent_b",)
"""Queries decide what is unknown to whom, so each engine is asked by somebody who sees some of everything."""


@pytest.mark.parametrize("actor", BOTH_ENGINES)
def test_the_table_holds_for(actor, app, browser_of):
    holds_for(actor, app, browser_of)


@pytest.mark.once
@pytest.mark.parametrize("actor", sorted(set(ACTORS) - set(BOTH_ENGINES)))
def test_the_table_holds_as_well_for(actor, app, browser_of):
    holds_for(actor, app, browser_of)


def holds_for(actor, app, browser_of):
    world, wrong = worlds.build(), {}
    browser = browser_of(world.people[actor]) if actor in world.people else app.test_client()
    session, kept = browser.get_cookie("session"), worlds.rows()

    for name, method, rule in calls(app):
        path = address(app, rule, world.values, overrides_of(world, actor=actor))
        answer = browser.get(path) if method == "GET" else browser.send(path)
        seen, expected = outcome(answer, rule.endpoint), ACTORS[actor] in ALLOWED[name]
        if (seen == "in") != expected or answer.status_code >= 500:
            wrong[f"{name} {path}"] = f"{seen} ({answer.status_code}), expected {'in' if expected else 'out'}"
        if method == "POST" and answer.status_code < 400:
            world = worlds.restore(world, kept)
        browser.delete_cookie("session")
        if session is not None:
            browser.set_cookie("session", session.value)

    assert wrong == {}
