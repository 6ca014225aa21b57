"""Votes by mail alone, readers from outside by a link, and a status notice from its first word to its end."""

import pytest

from cass_portal.announcements import actions
from tests.journeys.committee import (
    ROBIN,
    SAM,
    asked,
    draft,
    edition_of,
    let_discussion_end,
    person,
    publish_incident,
    say,
    to_seats,
)
from tests.journeys.people import COORDINATORS, mailed, sign_in_for
from tests.journeys.visitor import ByKeyboard, WithoutScripts

pytestmark = [pytest.mark.once, pytest.mark.browser]

MINE = "seat.s4pst@example.org"
OTHERS = ("CORSA", "FASTMath", "LEADS", "PESO", "RAPIDS", "STEP")


def mail_for_me(portal, subject):
    """The mail that every seat got, as S4PST's representative got it."""
    told = [mail for mail in portal.outbox.new() if mail.to.startswith("seat.")]
    assert mailed(told) == to_seats(subject)
    return next(mail for mail in told if mail.to == MINE)


@pytest.mark.parametrize("hands", [WithoutScripts, ByKeyboard])
def test_representative_votes_by_the_links_of_mails_alone(visit, demonstration, hands):
    title = f"One channel for each product, says {hands.__name__}"
    portal, me = demonstration, visit(hands)
    asked(portal, title)
    first = mail_for_me(portal, f"Please vote: {title}")

    me.open(first.link)
    assert me.heading == title
    me.sees("Every product gets fixes", "0 of 7 seats have voted.", "You speak for S4PST")
    me.press("I like it")
    me.sees("Your vote is counted", "1 of 7 seats have voted.", "S4PST likes it")
    me.press("I am uncomfortable with it", status=422)
    me.fill("Your reason", "Small products have nobody to read it.")
    me.press("I am uncomfortable with it")
    me.sees("S4PST is uncomfortable", "Small products have nobody to read it.")
    say(portal, title, "like", *OTHERS)

    discussed = mail_for_me(portal, f"Objections to discuss: {title}")
    assert "Small products have nobody to read it." in discussed.body
    me.open(discussed.link)
    me.sees("The members discuss 1 objection.", "Withdraw my objection: I like it")
    let_discussion_end(portal, title, until="second_vote")

    second = mail_for_me(portal, f"Publish over the objections? {title}")
    say(portal, title, "yes", *OTHERS[:5])
    me.open(second.link)
    me.sees("Publish it over the stated objections?", "Small products have nobody to read it.")
    me.press("No")
    me.sees("Your vote is counted", "6 of 7 seats have said yes or no.")
    say(portal, title, "yes", "STEP")
    for mail in (first, discussed, second):
        me.open(mail.link, status=410)
        assert me.heading == "This vote is closed"
        me.sees("6 of 7 votes say yes: publish over the stated objections.", "S4PST: no")
        assert me.page.get_by_role("button", name="Yes, publish it").count() == 0


def test_reader_from_outside_comments_by_a_link_that_dies_on_publication(visit, demonstration):
    title = "What the first measurements say"
    address = draft(demonstration, title, kind="news")
    author, reader = visit(), visit()
    author.sign_in_as("Robin Coordinator")
    author.open(address)
    author.follow("Let somebody read it")
    author.fill("Whom is it for?", "The one who measured")
    author.press("Make the link", status=201)
    link = author.read("Address for The one who measured")
    demonstration.outbox.skip()

    reader.open(link)
    reader.sees("Not published. Please do not pass on.", "Every product gets fixes")
    reader.fill("Your comment", "It was measured twice, not once.")
    reader.press("Send the comment")
    reader.sees("It was measured twice, not once.", "The author has been told.")
    (told,) = demonstration.outbox.new()
    assert (told.to, told.subject) == (COORDINATORS[0], f"Comment from The one who measured: {title}")
    author.open(told.link)
    author.sees("Comments from outside", "The one who measured", "It was measured twice, not once.")

    with edition_of(demonstration, title) as edition:
        actions.request_sign_off(edition, by=person(ROBIN))
        actions.sign_off(edition, text_hash=edition.text_hash, by=person(SAM))
    reader.open(link)
    with edition_of(demonstration, title) as edition:
        actions.publish(edition, by=person(SAM))
    reader.open(link, status=410)
    reader.sees_not("Every product gets fixes", "It was measured twice")
    reader.follow("Read it")
    assert reader.heading == title


def test_status_board_follows_the_updates_of_an_incident_until_it_is_over(visit, demonstration):
    title = "Counters stay at zero on one processor"
    publish_incident(demonstration, title, product="papi")
    coordinator, steward, reader = visit(), visit(), visit()
    reader.open("/status/")
    reader.sees("Counters stay at zero on one processor", "Investigating")
    assert level_of(reader, "PAPI") == "Degraded"

    coordinator.sign_in_as("Robin Coordinator")
    update(coordinator, title, stage="Identified", words="One kernel release hides the counters.")
    sign_in_for(steward, "Agent", "STEP")
    update(steward, title, stage="Monitoring", words="A patch is being tried.", PAPI="Advisory")
    reader.open("/status/")
    reader.sees("Monitoring", "A patch is being tried.")
    assert level_of(reader, "PAPI") == "Advisory"

    update(coordinator, title, stage="Resolved", words="The patch is in the newest release.")
    reader.open("/status/")
    reader.sees_not(title)
    assert level_of(reader, "PAPI") == "No known issues"
    reader.open("/status/papi/")
    reader.follow(title)
    reader.sees(
        "One kernel release hides the counters.",
        "A patch is being tried.",
        "The patch is in the newest release.",
    )


def update(poster, title, *, stage, words, **levels):
    slug = title.lower().replace(" ", "-")
    poster.open(f"/desk/status/{slug}/")
    poster.choose("Stage", stage)
    poster.fill("What is known now", words)
    for product, level in levels.items():
        poster.choose(product, level)
    poster.press("Post the update")
    poster.sees("Posted. Everybody can read it now.", words)


def level_of(reader, product):
    """What the board says of a product."""
    return reader.main.locator(".status-row", has_text=product).locator(".status").first.inner_text()
