"""How the members come to speak with one voice: agreement, objections, rework, emergencies, and texts that changed."""

import pytest

from tests.journeys.committee import (
    BODY,
    MEMBERS,
    asked,
    draft,
    say,
    sit_for,
    tamper,
    to_seats,
    wait_for_state,
)
from tests.journeys.people import COORDINATORS, mailed, to_each

pytestmark = [pytest.mark.once, pytest.mark.browser]

OBJECTION = "Two releases at a time double the work of one person."


def test_seven_seats_agree_after_one_objection_is_withdrawn(visit, demonstration):
    title = "Fixes for two releases at a time"
    author, second, outbox = visit(), visit(), demonstration.outbox
    write_direction(author, title)
    author.press("Request sign-off")
    author.sees("In sign-off", "0 of 7 seats have voted.")
    assert mailed(outbox.new()) == to_seats(f"Please vote: {title}")

    seats = {member: visit() for member in MEMBERS}
    for member, window in seats.items():
        sit_for(window, member)
        window.follow("Votes")
        window.follow(title)
        window.sees("Every product gets fixes", f"You speak for {member}")
        if member == "RAPIDS":
            window.press("I am uncomfortable with it", status=422)
            window.sees("Say why, so that the others can answer.")
            window.fill("Your reason", OBJECTION)
            window.press("I am uncomfortable with it")
        else:
            window.press("I can live with it" if member == "STEP" else "I like it")
    assert mailed(outbox.new()) == to_seats(f"Objections to discuss: {title}")
    seats["CORSA"].open(seats["CORSA"].page.url)
    seats["CORSA"].sees("The members discuss 1 objection.", OBJECTION)
    second.sign_in_as("Sam Coordinator")
    second.follow("Announcements")
    second.follow(title)
    second.sees_not("End the discussion")

    seats["RAPIDS"].open(seats["RAPIDS"].page.url)
    seats["RAPIDS"].press("Withdraw my objection: I can live with it")
    second.open(second.page.url)
    second.sees("No objection stands any more.")
    second.press("End the discussion")
    second.sees("Agreed", "Nobody is uncomfortable any more.")
    assert mailed(outbox.new()) == to_each(COORDINATORS, f"Agreed: {title}")
    second.press("Publish now")
    assert mailed(outbox.new()) == []

    reader = visit()
    reader.open("/announcements/")
    reader.follow(title)
    reader.sees("Who speaks", *MEMBERS, "Agreed by 7 of 7 seats of the Steering Committee on")
    reader.sees_not(OBJECTION, "uncomfortable")


def write_direction(author, title):
    author.sign_in_as("Robin Coordinator")
    author.follow("Announcements")
    author.follow("Write an announcement")
    author.follow("Blank page")
    author.choose("Kind", "Direction")
    author.fill("Title", title)
    author.fill("Summary", "What every member does from the next quarter on.")
    author.fill("Text", BODY)
    for member in MEMBERS:
        author.tick(member)
    author.press("Save")
    assert author.heading == title


def test_text_that_a_majority_is_uncomfortable_with_goes_back_to_its_author(visit, demonstration):
    title = "Thirty questions to every user"
    address = asked(demonstration, title)
    say(demonstration, title, "like", "CORSA", "LEADS", "PESO")
    say(demonstration, title, "uncomfortable", "FASTMath", "RAPIDS", "STEP", reason="Five would do.")
    demonstration.outbox.skip()

    last = visit()
    sit_for(last, "S4PST")
    last.follow("Votes")
    last.follow(title)
    last.fill("Your reason", "Say first what the answers are for.")
    last.press("I am uncomfortable with it")
    last.sees("the vote is closed", "4 of 7 votes are uncomfortable, which is a majority.")

    (told,) = demonstration.outbox.new()
    assert (told.to, told.subject) == (COORDINATORS[0], f"Back with you: {title}")
    assert "Five would do." in told.body
    author = visit()
    author.sign_in_as("Robin Coordinator")
    author.open(address)
    author.sees(
        "Back with the author",
        "Say first what the answers are for.",
        "Waits for Robin Coordinator to change it",
    )
    author.follow("Edit")
    author.fill("Text", "Five questions to every user, and what the answers are for.")
    author.press("Save")
    author.press("Request sign-off")
    author.sees("0 of 7 seats have voted.")
    assert mailed(demonstration.outbox.new()) == to_seats(f"Please vote: {title}")


def test_edit_after_five_votes_voids_them_and_shows_the_difference(visit, demonstration):
    title = "Reports of weaknesses reach every member"
    address = asked(demonstration, title)
    say(demonstration, title, "like", *MEMBERS[:5])
    voter = visit()
    sit_for(voter, "STEP")
    voter.follow("Votes")
    voter.follow(title)
    voter.sees("5 of 7 seats have voted.")
    demonstration.outbox.skip()

    author = visit()
    author.sign_in_as("Robin Coordinator")
    author.open(address)
    author.follow("Edit")
    author.sees("Saving a change takes the agreement back")
    author.fill("Text", BODY.replace("newest release", "two newest releases"))
    author.press("Save")
    author.sees("Draft", "Changed since the text that was voted on", "two newest releases")
    assert mailed(demonstration.outbox.new()) == to_seats(f"The votes no longer count: {title}")
    voter.press("I like it", status=409)
    voter.sees("Your vote was not counted", "This vote is closed")

    author.press("Request sign-off")
    assert mailed(demonstration.outbox.new()) == to_seats(f"Please vote: {title}")
    voter.follow("Votes")
    voter.follow(title)
    voter.sees("0 of 7 seats have voted.", "Changed since the last vote on it")
    assert voter.main.locator("ins").first.inner_text() == "Added:\ntwo"
    voter.press("I like it")
    voter.sees("1 of 7 seats have voted.")


def test_emergency_notice_is_out_at_once_and_ratified_afterwards(visit, demonstration):
    title = "Jobs end early on the new partition"
    address = draft(demonstration, title, kind="status", levels={"gasnet": "outage"})
    coordinator, reader, reason = visit(), visit(), "Runs are lost every hour."
    coordinator.sign_in_as("Robin Coordinator")
    coordinator.open(address)
    fold = coordinator.unfold("Publish at once, before anybody agrees")
    coordinator.fill("Why can it not wait?", reason, within=fold)
    coordinator.press("Publish at once", within=fold)
    coordinator.sees("Published", "Awaiting ratification")
    assert mailed(demonstration.outbox.new()) == to_seats(f"Please ratify: {title}")
    reader.open("/announcements/")
    reader.follow(title)
    reader.sees(reason, "Awaiting ratification by the members")

    say(demonstration, title, "ratify", *MEMBERS[:5])
    say(demonstration, title, "contest", "S4PST", reason="It is one machine only.")
    last = visit()
    sit_for(last, "STEP")
    last.follow("Votes")
    last.follow(title)
    last.press("Ratify it")
    last.sees("6 of 7 votes ratify it.")
    reader.open(reader.page.url)
    reader.sees("Ratified by 6 of 7 seats")
    coordinator.open(address)
    coordinator.sees("Ratified")
    assert mailed(demonstration.outbox.new()) == []


def test_scheduled_text_that_was_tampered_with_is_stopped_and_its_author_told(visit, demonstration):
    title = "What was agreed word by word"
    address = asked(demonstration, title)
    say(demonstration, title, "like", *MEMBERS)
    second = visit()
    second.sign_in_as("Sam Coordinator")
    second.open(address)
    fold = second.unfold("Publish at a time")
    second.fill("Publish at (UTC)", "2099-01-01T08:00", within=fold)
    second.press("Schedule", within=fold)
    second.sees("Scheduled")
    demonstration.outbox.skip()

    tamper(demonstration, title, html="<p>Nobody agreed to this.</p>", body="Nobody agreed to this.")
    tamper(demonstration, title, publish_at="2026-01-01 08:00:00.000000")
    wait_for_state(demonstration, title, "returned")

    (told,) = demonstration.outbox.new()
    assert (told.to, told.subject) == (COORDINATORS[0], f"Back with you: {title}")
    assert "Not published: the text is no longer the one that was agreed to." in told.body
    second.open(address)
    second.sees("Back with the author", "no longer the one that was agreed to")
    visit().open(address.replace("/desk", "").removesuffix("1/"), status=404)
