"""The switch that holds everything back, and its banner."""

import pytest
import sqlalchemy as sa

from cass_portal.db import db
from cass_portal.delivery.models import SendingPause
from cass_portal.history import Event, EventKind
from tests import factories
from tests.delivery.rows import a_bulletin

SWITCH, RESUME = "/desk/deliveries/pause", "/desk/deliveries/resumption"
BANNER = "Nothing leaves at present"


def test_everything_is_held_back_with_a_reason_and_goes_on(app, browser_of):
    administrator = factories.administrator("Ada Ministrator")
    browser = browser_of(administrator)

    assert browser.send(SWITCH, {"reason": "The relay moves"}).status_code == 303

    page = browser.get("/desk/deliveries/").text
    assert [each for each in (BANNER, "Ada Ministrator", "The relay moves", RESUME) if each not in page] == []
    assert browser.send(SWITCH, {"reason": "Again"}).status_code == 409
    assert browser.send(RESUME).status_code == 303
    assert BANNER not in browser.get("/desk/deliveries/").text
    assert browser.send(RESUME).status_code == 409
    pause = db.session.scalars(sa.select(SendingPause)).one()
    assert (pause.reason, pause.began_by, pause.ended_at is None) == ("The relay moves", administrator, False)
    kinds = db.session.scalars(sa.select(Event.kind).where(Event.person == administrator).order_by(Event.id))
    assert list(kinds) == [EventKind.SENDING_PAUSED, EventKind.SENDING_RESUMED]


def test_no_pause_without_a_reason(app, browser_of):
    answer = browser_of(factories.administrator()).send(SWITCH, {"reason": " "})

    assert answer.status_code == 422
    assert "Why is everything held back?" in answer.text
    assert db.session.scalar(sa.select(SendingPause.id)) is None


@pytest.mark.parametrize("page", ["deliveries/", "deliveries/suppressed/", "bulletins/", "bulletins/{id}"])
def test_the_banner_stands_on_every_page_of_deliveries(app, browser_of, page):
    bulletin, coordinator = a_bulletin(), browser_of(factories.coordinator())
    browser_of(factories.administrator()).send(SWITCH, {"reason": "The relay moves"})

    text = coordinator.get(f"/desk/{page.format(id=bulletin.id)}").text

    assert BANNER in text
    assert RESUME not in text


def test_coordinators_do_not_hold_everything_back(app, browser_of):
    coordinator = browser_of(factories.coordinator())

    assert coordinator.get(SWITCH).status_code == 403
    assert coordinator.send(SWITCH, {"reason": "Why not"}).status_code == 403
    assert SWITCH not in coordinator.get("/desk/deliveries/").text
