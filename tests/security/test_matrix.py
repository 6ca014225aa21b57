"""Who gets where: every route × method × person against one table. A new route without a row fails."""

import pytest

from tests.security import world as worlds
from tests.security.overrides import overrides_of
from tests.security.routes import address, calls
from tests.security.table import ACTORS, ALLOWED


@pytest.fixture
def world(app):
    return worlds.build()


def outcome(answer):
    """“in”, or how the person was kept out."""
    if answer.status_code in (301, 302, 303) and "/sign-in" in answer.headers["Location"]:
        return "sign-in"
    return {401: "sign-in", 403: "forbidden", 404: "unknown"}.get(answer.status_code, "in")


def test_every_route_has_a_row_and_every_row_a_route(app):
    assert {name for name, _, _ in calls(app)} == set(ALLOWED)


@pytest.mark.parametrize("actor", ACTORS)
def test_the_table_holds_for(actor, app, world, browser_of):
    wrong = {}
    for name, method, rule in calls(app):
        world_now = world
        browser = browser_of(world_now.people[actor]) if actor in world_now.people else app.test_client()
        path = address(app, rule, world_now.values, overrides_of(world_now))
        answer = browser.get(path) if method == "GET" else browser.send(path)
        seen = outcome(answer)
        expected = ACTORS[actor] in ALLOWED[name]
        if (seen == "in") != expected or answer.status_code >= 500:
            wrong[f"{name} {path}"] = f"{seen} ({answer.status_code}), expected {'in' if expected else 'out'}"

    assert wrong == {}
