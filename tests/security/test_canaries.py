"""What BRAVO was told in confidence never reaches ALPHA or a stranger: no page, search, feed, mail or error."""

from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup

from cass_portal.db import db
from cass_portal.delivery.models import Delivery
from tests.security import world as worlds
from tests.security.overrides import overrides_of
from tests.security.routes import address, calls

SEARCHES = (
    "/feedback/",
    "/desk/triage/",
    "/desk/inbox/",
    "/announcements/",
    "/directory/",
    "/desk/people/",
    "/desk/deliveries/",
)
PAGES_LIMIT = 400


@pytest.fixture
def world(app):
    return worlds.build()


def crawl(browser, starts):
    """(path, text) of everything reachable by links from `starts`, each page once."""
    queue, seen = list(starts), set()
    while queue and len(seen) < PAGES_LIMIT:
        path = queue.pop(0)
        if path in seen:
            continue
        seen.add(path)
        answer = browser.get(path)
        yield path, answer.get_data(as_text=True) + str(answer.headers)
        if answer.mimetype != "text/html":
            continue
        for link in BeautifulSoup(answer.get_data(as_text=True), "lxml").find_all(["a", "link"], href=True):
            target = urlsplit(urldefrag(urljoin(f"http://localhost{path}", link["href"]))[0])
            if target.netloc == "localhost" and not target.path.startswith("/static"):
                queue.append(target.path + (f"?{target.query}" if target.query else ""))


def starts(app, world):
    known = [
        address(app, rule, world.values, overrides_of(world))
        for _, method, rule in calls(app)
        if method == "GET"
    ]
    searched = [
        f"{page}?q={word}" for page in SEARCHES for word in (worlds.CANARY, world.bravo_item.reference)
    ]
    direct = [f"/feedback/{world.bravo_item.reference}/", f"/desk/triage/{world.bravo_item.reference}/"]
    inbox = [f"/desk/inbox/{each.id}/" for each in world.bravo_item.assignments]
    return ["/", "/desk/", *known, *searched, *direct, *inbox]


def leaks(browser, addresses):
    """Pages that show what stands beside the word that was searched for."""
    return [path for path, text in crawl(browser, addresses) if worlds.LEAK in text.lower()]


@pytest.mark.parametrize("actor", ["stranger", "agent_a", "lead", "administrator"])
def test_no_page_shows_another_members_matter_to(actor, app, world, browser_of):
    browser = browser_of(world.people[actor]) if actor in world.people else app.test_client()

    assert leaks(browser, starts(app, world)) == []


def test_the_canary_is_there_to_be_found(app, world, browser_of):
    assert leaks(browser_of(world.people["coordinator"]), ["/desk/triage/"]) != []
    assert leaks(browser_of(world.people["agent_b"]), ["/desk/inbox/"]) != []


def test_no_message_about_another_members_matter_is_addressed_to_alpha(app, world):
    from cass_portal.delivery import actions

    for event in world_events():
        actions.fan_out(event)
    db.session.commit()

    told = {
        each.address for each in db.session.query(Delivery) if each.event.feedback_id == world.bravo_item.id
    }
    alpha = {world.people["agent_a"].email, world.people["lead"].email, "alpha@example.org"}
    assert told & alpha == set()


def world_events():
    from cass_portal.history import Event

    return db.session.query(Event).all()
