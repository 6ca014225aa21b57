"""What is not published stays inside: no page, feed, badge, calendar, search or mail tells an outsider of it, and what
somebody typed and did not save is theirs alone.
"""

from contextlib import suppress

import pytest
import sqlalchemy as sa

from cass_portal.db import db
from cass_portal.delivery import actions as delivery
from cass_portal.delivery.contents import NothingToSay
from cass_portal.delivery.letterhead import letterhead_of
from cass_portal.delivery.messages import parcel_for
from cass_portal.delivery.models import Channel, Delivery
from cass_portal.history import Event
from tests.delivery.sink import message_of
from tests.security import unpublished
from tests.security import world as worlds

SEARCHES = ("/announcements/", "/status/", "/feedback/", "/directory/", "/desk/people/", "/desk/deliveries/")


@pytest.fixture
def world(app):
    made = worlds.build()
    unpublished.plant(made)
    return made


def told(browser, pages, word):
    browser.checks_pages = False
    return [page for page in pages if word in browser.get(page).get_data(as_text=True).lower()]


def asked_slug():
    """The document under vote that holds the words."""
    return db.session.scalar(
        sa.text("SELECT slug FROM announcement WHERE kind = 'direction' ORDER BY id DESC LIMIT 1")
    )


def test_no_search_knows_of_an_unpublished_text(app, world):
    stranger = app.test_client()

    for page in SEARCHES:
        one = stranger.get(f"{page}?q={unpublished.UNPUBLISHED}").get_data(as_text=True)
        other = stranger.get(f"{page}?q={'x' * len(unpublished.UNPUBLISHED)}").get_data(as_text=True)
        assert one.replace(unpublished.UNPUBLISHED, "") == other.replace(
            "x" * len(unpublished.UNPUBLISHED), ""
        ), page


def test_a_draft_changes_no_badge_and_no_calendar(app, world):
    slug = world.values["product_slug"]
    stranger = app.test_client()

    badge = stranger.get(f"/status/badge/{slug}.svg").get_data(as_text=True)
    calendar = stranger.get("/status/calendar.ics").get_data(as_text=True)

    assert "degraded" in badge
    assert "outage" not in badge
    assert calendar.count("BEGIN:VEVENT") == 0


def test_it_is_there_to_be_found(app, world, browser_of):
    slug = asked_slug()
    pages = ["/desk/announcements/", "/desk/announcements/?show=discarded", f"/desk/announcements/{slug}/1/"]

    for actor in ("agent_a", "coordinator"):
        assert told(browser_of(world.people[actor]), pages, unpublished.UNPUBLISHED) == pages


def test_whoever_typed_it_finds_it_again_and_nobody_else(app, world, browser_of):
    pages = [f"/desk/announcements/{asked_slug()}/1/edit", "/desk/announcements/new"]

    assert told(browser_of(world.people["typist"]), pages, unpublished.UNSAVED) == pages
    assert told(browser_of(world.people["coordinator"]), pages, unpublished.UNSAVED) == []


def test_an_announcement_does_not_name_the_private_matter_that_it_answers(app, world):
    pages = ["", "v/1/", "?format=x"]
    shown = [
        app.test_client().get(f"/announcements/{world.values['naming_slug']}/{page}").text for page in pages
    ]

    assert all(world.values["public_reference"] in page for page in shown)
    assert not any(world.bravo_item.reference in page or world.bravo_item.subject in page for page in shown)


def test_no_mail_to_an_outsider_tells_of_an_unpublished_text(app, world):
    about_announcements = sa.select(Event).where(Event.announcement_id.is_not(None)).order_by(Event.id)
    for event in db.session.scalars(about_announcements).all():
        delivery.fan_out(event)
    db.session.commit()
    told = {each.address for each, mail in mails(app) if unpublished.UNPUBLISHED in mail.lower()}

    inside = {each.email for name, each in world.people.items() if name != "administrator"}
    assert told <= inside
    assert world.people["lead"].email in told


def mails(app):
    letterhead = letterhead_of(app)
    of_announcements = (
        sa.select(Delivery)
        .join(Delivery.event)
        .where(Event.announcement_id.is_not(None), Delivery.channel == Channel.EMAIL)
    )
    for each in db.session.scalars(of_announcements.order_by(Delivery.id)).all():
        with suppress(NothingToSay):
            yield each, message_of(parcel_for(each, letterhead)).get_body(("plain",)).get_content()
