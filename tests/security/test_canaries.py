"""What BRAVO was told in confidence, what is not published yet and what somebody has not saved: no page, search, feed,
mail or error tells it to anybody but those it is for.
"""

from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
import sqlalchemy as sa
from lxml import html

from cass_portal.db import db
from cass_portal.delivery.models import Delivery
from cass_portal.feedback.alike import similar_to
from tests.security import unpublished
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
PAGES_LIMIT = 300
LINKS = "//a[not(@hreflang)]/@href | //link[not(@hreflang)]/@href"
OUTSIDE = (worlds.LEAK, unpublished.UNPUBLISHED, unpublished.UNSAVED)
HOOK_LEAKS = (worlds.HOOK_LEAK, worlds.HOOK_NAME_LEAK)
BOTH_ENGINES = ("stranger",)
"""Queries decide who sees what, so each engine is asked by those who see least."""
HIDDEN_FROM = {
    "stranger": (*OUTSIDE, *HOOK_LEAKS),
    "administrator": OUTSIDE,
    "agent_a": (worlds.LEAK, *HOOK_LEAKS, unpublished.UNSAVED),
    "lead": (worlds.LEAK, *HOOK_LEAKS, unpublished.UNSAVED),
    "coordinator": (worlds.HOOK_LEAK, unpublished.UNSAVED),
}


@pytest.fixture
def world(app):
    made = worlds.build()
    unpublished.plant(made)
    return made


def crawl(browser, starts):
    """(path, text) of everything reachable by links from `starts`, each page once."""
    browser.checks_pages = False
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
        for link in html.document_fromstring(answer.get_data()).xpath(LINKS):
            target = urlsplit(urldefrag(urljoin(f"http://localhost{path}", link))[0])
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
    slugs = db.session.scalars(sa.text("SELECT slug FROM announcement")).all()
    editions = [
        f"/announcements/{slug}/{rest}" for slug in slugs for rest in ("", "v/1/", "v/2/", "changes/1/2/")
    ]
    return ["/", "/desk/", *known, *searched, *direct, *inbox, *editions]


def leaks(browser, addresses, words):
    """(page, word) of pages that show one of `words`, save those whose own address holds it."""
    return [
        (path, word)
        for path, text in crawl(browser, addresses)
        for lowered in [text.lower()]
        for word in words
        if word in lowered and word not in path.lower()
    ]


@pytest.mark.parametrize("actor", BOTH_ENGINES)
def test_no_page_shows_what_is_not_for(actor, app, world, browser_of):
    hides_from(actor, app, world, browser_of)


@pytest.mark.once
@pytest.mark.parametrize("actor", sorted(set(HIDDEN_FROM) - set(BOTH_ENGINES)))
def test_no_page_shows_as_well_what_is_not_for(actor, app, world, browser_of):
    hides_from(actor, app, world, browser_of)


def hides_from(actor, app, world, browser_of):
    browser = browser_of(world.people[actor]) if actor in world.people else app.test_client()
    named = (world.bravo_item.reference.lower(),) if actor == "stranger" else ()

    assert leaks(browser, starts(app, world), (*HIDDEN_FROM[actor], *named)) == []


@pytest.mark.parametrize("actor", ["stranger", "agent_a", "coordinator"])
def test_hints_while_typing_know_nothing_private(actor, app, world, browser_of):
    """Not what it says, nor that there is such a thing: its very words are answered like words of nobody."""
    item = world.bravo_item
    assert item in [
        each.item for each in similar_to(item.subject, item.body, actor=world.people["coordinator"], limit=9)
    ]
    browser = browser_of(world.people[actor]) if actor in world.people else app.test_client()

    told = browser.send("/feedback/hints", {"subject": item.subject, "body": item.body})
    nobody = browser.send(
        "/feedback/hints", {"subject": "Quokka wombat subject", "body": "The quokka wombat body."}
    )

    assert told.text == nobody.text


def test_the_canary_is_there_to_be_found(app, world, browser_of):
    for actor, start in (("coordinator", "/desk/triage/"), ("agent_b", "/desk/inbox/")):
        assert any(worlds.LEAK in text.lower() for _, text in crawl(browser_of(world.people[actor]), [start]))


def test_bravos_webhook_is_there_to_be_found_by_an_administrator(app, world, browser_of):
    hooks = [path for path, text in crawl(browser_of(world.people["administrator"]), ["/desk/webhooks/"])
             if worlds.HOOK_LEAK in text and path.startswith("/desk/webhooks/")]  # fmt: skip

    assert len(hooks) >= 3


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
