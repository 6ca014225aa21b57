"""Joining, taking apart and splitting on the desk, and what the authors' pages show of it."""

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from cass_portal.casework import actions
from cass_portal.db import db
from cass_portal.delivery.actions import fan_out
from cass_portal.delivery.letterhead import letterhead_of
from cass_portal.delivery.messages import parcel_for
from cass_portal.feedback.actions import mint_follow_link
from cass_portal.feedback.models import Feedback, Visibility
from cass_portal.history import Event
from tests import factories


@pytest.fixture
def coordinator(app):
    return factories.coordinator("Cora Nator")


@pytest.fixture
def browser(coordinator, browser_of):
    return browser_of(coordinator)


def page_of(item):
    return f"/desk/triage/{item.reference}/"


def follow_page(client, item):
    token = mint_follow_link(item)
    db.session.commit()
    return client.get(f"/f/{token}").text, token


def join(browser, item, into):
    page = browser.get(page_of(item) + f"duplicate?q={into.reference.lower()}")
    form = BeautifulSoup(page.text, "html.parser").select_one("form[method=post][action$=duplicate]")
    fields = {each["name"]: each.get("value", "") for each in form.select("input")}
    return browser.send(page_of(item) + "duplicate", fields)


def test_looked_at_side_by_side_joined_and_taken_apart(browser):
    item, into = (
        factories.feedback("Kokkos::finalize hangs at exit on the device"),
        factories.feedback("Kokkos hangs at exit in finalize, on every device", body="Other words here."),
    )
    db.session.commit()
    (twin,) = BeautifulSoup(browser.get(page_of(item)).text, "html.parser").select(".twins a")
    assert twin["href"] == page_of(item) + f"duplicate?q={into.reference}"
    side_by_side = browser.get(page_of(item) + f"duplicate?q={into.reference}").text
    assert item.body in side_by_side
    assert "Other words here." in side_by_side

    assert join(browser, item, into).status_code == 303
    assert (item.state, item.merged_into) == ("merged", into)
    assert "Others said the same" in browser.get(page_of(into)).text
    assert "Take them apart" in browser.get(page_of(item)).text

    answer = browser.send(page_of(item) + "duplicate/undo", {"version": item.version})
    assert answer.status_code == 303
    assert (item.state, item.merged_into) == ("new", None)


def test_what_cannot_be_joined_says_why_and_offers_no_button(browser):
    item, over = factories.feedback(), factories.feedback(moderation="rejected")
    secluded = factories.feedback(visibility=Visibility.COORDINATORS)
    db.session.commit()
    for asked, words in (
        (item.reference, "with itself"),
        (over.reference, "no answer would come"),
        (secluded.reference, "its answer would go to another author"),
        ("x", "No such matter"),
    ):
        page = browser.get(page_of(item) + f"duplicate?q={asked}").text
        assert words in page
        assert "Join them?" not in page


def test_two_people_who_join_each_into_the_other_meet(browser):
    first, second = factories.feedback(), factories.feedback()
    db.session.commit()
    versions = {"version": first.version, "into": second.reference, "into_version": second.version}
    crossed = {"version": second.version, "into": first.reference, "into_version": first.version}

    answers = [
        browser.send(page_of(first) + "duplicate", versions).status_code,
        browser.send(page_of(second) + "duplicate", crossed).status_code,
    ]

    assert answers == [303, 409]
    assert (first.state, second.state) == ("merged", "new")


def test_the_author_of_a_duplicate_reads_the_reply_on_their_page_and_in_one_mail(app, client, coordinator):
    into = factories.feedback("Canary subject", body="Canary words of somebody else.", name="Canary name")
    item = factories.feedback("My own matter")
    actions.merge(item, into, by=coordinator)
    actions.release_reply(into, "It is **done**.", by=coordinator)
    db.session.commit()

    page, _ = follow_page(client, item)
    events = db.session.scalars(sa.select(Event).where(Event.feedback_id == item.id).order_by(Event.id)).all()

    assert "<strong>done</strong>" in page
    assert "Canary" not in page
    assert into.reference not in page
    mails = [each for event in events for each in fan_out(event)]
    assert [(each.event.kind, each.address) for each in mails] == [
        ("feedback.merged", item.email),
        ("feedback.joined_answered", item.email),
    ]
    contents = [parcel_for(each, letterhead_of(app)).content.decode() for each in mails]
    assert ["**done**" in each or "is done" in each for each in contents] == [False, True]
    assert not any("Canary" in each or into.reference in each for each in contents)


def test_split_in_two_and_both_pages_lead_to_each_other(browser, client):
    unlisted = factories.product("Unlisted", published=False)
    item = factories.feedback("Two things", body="The letters fall.\nThe page is slow.", products=[unlisted])
    db.session.commit()
    form = {
        "version": item.version,
        "subject": "A slow page",
        "body": "The page is quick.",
        "about": "unlisted",
    }
    picked = BeautifulSoup(browser.get(page_of(item) + "split").text, "lxml").select("[name=about][checked]")
    refused = browser.send(page_of(item) + "split", form)
    assert refused.status_code == 422
    assert "Only words of the author" in refused.text
    assert "The page is quick." in refused.text

    assert browser.send(page_of(item) + "split", form | {"body": "The page is slow."}).status_code == 303

    second = db.session.scalars(sa.select(Feedback).where(Feedback.split_from_id == item.id)).one()
    assert ([each["value"] for each in picked], second.products) == (["unlisted"], [unlisted])
    assert second.subject in browser.get(page_of(item)).text
    assert item.subject in browser.get(page_of(second)).text
    assert "May say the same" not in browser.get(page_of(second)).text, "a part is no duplicate"
    page, token = follow_page(client, item)
    assert second.reference in page
    there = client.send(f"/f/{token}/parts/{second.reference}").headers["Location"]
    assert "A slow page" in client.get(there).text
    back = client.send(f"{there}/parts/{item.reference}").headers["Location"]
    assert "The letters fall." in client.get(back).text
    other = factories.feedback()
    db.session.commit()
    assert client.send(f"/f/{token}/parts/{other.reference}").status_code == 404
