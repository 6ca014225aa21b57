"""Markup in every field of every form: no page, feed or mail that shows it later holds anything active."""

import re
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from cass_portal.announcements import actions as announcements
from cass_portal.announcements.agreement import Stance
from cass_portal.announcements.lifecycle import AnnouncementKind, EditionState, Stage
from cass_portal.db import db
from cass_portal.delivery import actions as delivery
from cass_portal.delivery.contents import NothingToSay
from cass_portal.delivery.letterhead import letterhead_of
from cass_portal.delivery.messages import parcel_for
from cass_portal.delivery.models import Channel, Delivery
from cass_portal.history import Event
from cass_portal.people.models import Seat
from tests import factories
from tests.delivery.sink import message_of
from tests.security import world as worlds
from tests.security.filled_forms import forms_on, pages_of

MARK = "mark7"
ACTIVE = [
    f"javascript:alert(1)//{MARK}@example.org\"'><script>alert(1)</script><svg/onload=alert(1)>[x](javascript:x)",
]
"""An address, an attribute, an element and a link at once."""
READERS = ("follower", "agent_a", "lead", "coordinator", "administrator")
SCHEMES = {"", "http", "https", "mailto"}


def faults(markup):
    """What in `markup` a browser would run or follow as code."""
    page = BeautifulSoup(markup, "html5lib")
    found = [
        str(each) for each in page.find_all("script") if not (each.get("src") or "").startswith("/static/")
    ]
    found += [str(each)[:200] for each in page.find_all(["iframe", "object", "embed", "base", "math"])]
    for each in page.find_all(True):
        found += [f"{each.name} {name}" for name in each.attrs if name.startswith("on")]
        for name in ("href", "src", "action", "formaction"):
            if name in each.attrs and urlsplit(re.sub(r"\s", "", each[name])).scheme.lower() not in SCHEMES:
                found.append(f"{each.name} {name}={each[name]}")
    return found


@pytest.fixture
def world(app):
    return worlds.build()


def browser_for(app, browser_of, world, actor):
    browser = browser_of(world.people[actor]) if actor in world.people else app.test_client()
    browser.checks_pages = False
    return browser


@pytest.mark.once
@pytest.mark.parametrize("words", ACTIVE)
def test_markup_stays_text_wherever_it_is_shown(words, app, world, browser_of):
    before = db.session.scalar(sa.select(sa.func.max(Event.id)))
    browsers = {actor: browser_for(app, browser_of, world, actor) for actor in READERS}

    answers = dict(send_everywhere(app, world, browsers, words))
    pages = dict(read_everything(app, world, browsers))
    letters = dict(mails(app, after=before))

    shown = {where: markup for where, markup in (answers | pages | letters).items() if MARK in markup}
    assert {where: faults(markup) for where, markup in shown.items() if faults(markup)} == {}
    assert len(shown) > 10


def test_markup_in_what_is_said_of_an_emergency_stays_text(app, world, browser_of):
    """Why it could not wait, and why the members contest it: for everybody on its page, in its feeds, in the mails."""
    before, words = db.session.scalar(sa.select(sa.func.max(Event.id))), ACTIVE[0]
    people, seat = world.people, db.session.get_one(Seat, world.values["seat_id"])
    document = factories.announcement(
        words, by=people["coordinator"], kind=AnnouncementKind.STATUS, state=EditionState.DRAFT, body=words,
        summary=words, stage=Stage.INVESTIGATING, organizations=list(people["lead"].organizations),
    )  # fmt: skip
    edition = document.latest_edition
    announcements.publish_at_once(edition, reason=words, by=people["coordinator"])
    db.session.commit()
    announcements.cast_vote(
        edition,
        seat=seat,
        stance=Stance.CONTEST,
        reason=words,
        text_hash=edition.text_hash,
        by=people["lead"],
    )
    db.session.commit()

    stranger, lead = app.test_client(), browser_for(app, browser_of, world, "lead")
    slug, ballot_id = document.slug, edition.ballot.id
    pages = {
        path: stranger.get(path).text for path in (f"/announcements/{slug}/", "/announcements/", "/status/")
    }
    desk = (f"/desk/announcements/{slug}/1/", f"/desk/votes/{ballot_id}/", "/desk/votes/", "/desk/")
    pages |= {path: lead.get(path).text for path in desk} | dict(mails(app, after=before))

    assert {where: faults(markup) for where, markup in pages.items() if faults(markup)} == {}
    assert sum(MARK in markup for markup in pages.values()) >= 6


def send_everywhere(app, world, browsers, words):
    """(where, answer) of each form that is on a page, its texts replaced by `words`."""
    for actor, browser in browsers.items():
        forms = forms_on(browser, pages_of(app, world, actor=actor), words=words)
        for path, fields in forms.items():
            if not any(
                word in path for word in ("sign-out", "sessions", "switched", "discarding", "withdrawal")
            ):
                kept = {name: value for name, value in fields.items() if name not in ("website", "preview")}
                yield f"answer to {path}", browser.send(path, kept).text


def read_everything(app, world, browsers):
    for actor, browser in browsers.items():
        for path in pages_of(app, world, actor=actor):
            answer = browser.get(path)
            if answer.mimetype == "text/html":
                yield f"{path} for {actor}", answer.text


def mails(app, *, after):
    """(what it is about, HTML) of every mail that is made of the events `after` that one."""
    for event in db.session.query(Event).filter(Event.id > after).order_by(Event.id).all():
        delivery.fan_out(event)
    letterhead = letterhead_of(app)
    made = db.session.query(Delivery).filter(Delivery.event_id > after, Delivery.channel == Channel.EMAIL)
    for each in made.order_by(Delivery.id).all():
        try:
            body = message_of(parcel_for(each, letterhead)).get_body(("html",))
        except NothingToSay:
            continue
        if body is not None:
            yield f"mail {each.id} of {each.event.kind}", body.get_content()
