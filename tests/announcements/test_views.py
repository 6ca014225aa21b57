"""The announcement pages as people meet them in a browser without JavaScript."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup

from cass_portal.announcements import actions
from cass_portal.announcements.lifecycle import EditionState
from cass_portal.announcements.models import Announcement, AnnouncementKind, Edition
from cass_portal.db import db
from tests import factories
from tests.hostile import NAUGHTY

S = EditionState


def draft_fields(house, **changes):
    return {
        "kind": "news",
        "title": "Solver 2.0 is out",
        "summary": "Faster and smaller.",
        "body": "We **released** it.",
        "organizations": [str(house.alpha.id)],
        "products": [str(house.product.id)],
        "written_for": "0",
    } | changes


def fields_of(page, action_part):
    """Names and values of the form whose action holds `action_part`."""
    soup = BeautifulSoup(page.get_data(as_text=True), "lxml")
    form = soup.find("form", action=re.compile(re.escape(action_part)))
    return {i["name"]: i.get("value", "") for i in form.find_all("input") if i.get("type") == "hidden"}


def press(browser, path, act, **more):
    """Open the edition's page at `path` and send its form for `act`, as its button would."""
    hidden = fields_of(browser.get(path), f"{path}{act}")
    return browser.send(f"{path}{act}", hidden | more)


def test_an_announcement_goes_from_draft_to_the_public_through_two_coordinators(house, browser_of, client):
    author, second = browser_of(house.author), browser_of(house.second)
    path = "/desk/announcements/solver-2-0-is-out/1/"

    created = author.send("/desk/announcements/new", draft_fields(house))
    assert created.location.endswith("/desk/announcements/solver-2-0-is-out/")
    assert client.get("/announcements/solver-2-0-is-out/").status_code == 404
    assert press(author, path, "sign-off-request").status_code == 303
    assert press(second, path, "sign-off", stance="agree").status_code == 303
    assert press(second, path, "publication").status_code == 303

    page = client.get("/announcements/solver-2-0-is-out/").get_data(as_text=True)
    assert "<strong>released</strong>" in page
    assert "Signed off by a second coordinator" in page
    assert "/feedback/new?announcement=solver-2-0-is-out" in page
