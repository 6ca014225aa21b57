"""axe-core on the pages behind the links of mails, alive and dead, and on what the editor says of a text."""

import pytest
import sqlalchemy as sa
from flask import current_app

from cass_portal.announcements import actions
from cass_portal.announcements.actions import readers
from cass_portal.announcements.lifecycle import Stage
from cass_portal.announcements.links import vote_token
from cass_portal.announcements.models import Announcement, ReaderLinkKind
from cass_portal.db import db
from cass_portal.people.models import Seat
from cass_portal.subscriptions import actions as subscribing
from cass_portal.subscriptions.lifecycle import Frequency, Matter, Scope
from cass_portal.subscriptions.links import confirm_token, link_token
from cass_portal.subscriptions.models import Subscriber
from cass_portal.subscriptions.rules import rules_for, target_named
from tests.journeys.committee import MEMBERS, ROBIN, asked, draft, edition_of, let_discussion_end, person, say
from tests.journeys.people import sign_in_for
from tests.journeys.portals import inside

pytestmark = [pytest.mark.once, pytest.mark.browser]


def link_of_mail(portal, title, member):
    """The path by which the representative of `member` votes."""
    with edition_of(portal, title) as edition:
        sits = person(f"seat.{member.lower()}@example.org")
        (seat_id,) = sits.seat_ids
        seat = db.session.get(Seat, seat_id)
        return f"/vote/{vote_token(edition.ballot, seat, sits, current_app.config['SECRET_KEY'])}"


def test_vote_by_link_has_no_finding_in_any_round(examiner, demonstration):
    title = "Read with a screen reader"
    asked(demonstration, title)
    say(demonstration, title, "like", *MEMBERS[:5])
    link = link_of_mail(demonstration, title, "STEP")
    window = examiner()
    window.look_at(link)
    window.press("I am uncomfortable with it", status=422)
    window.examine()
    window.fill("Your reason", "It says nothing of magnifiers.")
    window.press("I am uncomfortable with it")
    window.examine()
    say(demonstration, title, "like", "S4PST")
    window.look_at(link)
    let_discussion_end(demonstration, title, until="second_vote")
    window.look_at(link)
    say(demonstration, title, "yes", *MEMBERS)

    window.look_at(link, status=410)
    window.look_at("/vote/no-such-link-0123456789", status=404)


def test_link_of_a_reader_has_no_finding_alive_or_dead(examiner, demonstration):
    title = "Read by somebody from outside"
    address = draft(demonstration, title, kind="news")
    author = examiner()
    author.sign_in_as("Robin Coordinator")
    author.look_at(f"{address}readers")
    author.fill("Whom is it for?", "A reader")
    author.press("Make the link", status=201)
    author.examine()
    with edition_of(demonstration, title) as edition:
        _, secret = readers.invite_reader(
            edition, kind=ReaderLinkKind.FACT_CHECK, label="Another", by=person(ROBIN)
        )
    window = examiner()
    window.look_at(f"/preview/{secret}")
    window.page.locator("main form").evaluate("form => form.noValidate = true")
    window.press("Send the comment", status=422)
    window.examine()
    window.fill("Your comment", "One number is missing.")
    window.press("Send the comment")
    window.examine()
    author.look_at(address)
    with edition_of(demonstration, title) as edition:
        actions.discard(edition, by=person(ROBIN))

    window.look_at(f"/preview/{secret}", status=410)


def test_pages_of_a_subscriber_have_no_finding(examiner, demonstration):
    window = examiner()
    window.open("/subscribe?topic=ai-for-science")
    window.page.locator("main form").evaluate("form => form.noValidate = true")
    window.press("Subscribe", within=window.main, status=422)
    window.examine()
    with inside(demonstration):
        confirm, preferences = links_of_subscriber("examined@example.org")
    window.look_at(confirm, "/subscribe/asked", "/subscribe/link", "/subscribe/link/asked")
    window.open(confirm)
    window.press("Yes, send me these")
    window.examine()
    window.look_at(f"{preferences}/end/all")
    window.press("End it")
    window.examine()
    window.look_at(preferences, confirm)


def links_of_subscriber(address):
    """Of somebody who asked for a product and for one announcement: where they confirm, and where they see it."""
    announcement = db.session.scalars(
        sa.select(Announcement).where(Announcement.withdrawn_at.is_(None))
    ).first()
    targets = [target_named("product:kokkos"), (Scope.ANNOUNCEMENT, announcement)]
    subscribing.ask(
        address, rules=rules_for(targets, matters=[Matter.NEWS], frequency=Frequency.DAILY), time_zone="UTC"
    )
    subscriber = db.session.scalars(sa.select(Subscriber).where(Subscriber.email == address)).one()
    db.session.commit()
    key, asked_for = current_app.config["SECRET_KEY"], [each.id for each in subscriber.subscriptions]
    confirming = confirm_token(subscriber.id, asked_for, key=key)
    return f"/subscriptions/confirm/{confirming}", f"/subscriptions/{link_token(subscriber.id, 1, key=key)}"


def test_editor_has_no_finding_whatever_it_says_of_a_text(examiner, demonstration):
    title = "Written and examined"
    stage = Stage.INVESTIGATING
    editor = f"{draft(demonstration, title, kind='status', levels={'papi': 'advisory'}, stage=stage)}edit"
    author, other = examiner(), examiner()
    for each, name in ((author, "Robin Coordinator"), (other, "Sam Coordinator")):
        each.sign_in_as(name)
        each.open(editor)
    other.fill("Text", "The SSOs agreed on 3 April.\n\n## Who Decides\n\nSee [here](https://example.org/).")
    other.press("Save")
    other.examine()
    other.look_at(editor)
    author.fill("Text", "Another text, of which nothing may be lost.")
    author.press("Save", status=409)
    author.sees("Somebody saved a newer text meanwhile")
    author.examine()
    author.fill("Summary", "Left unsaved.")
    author.sees("Saved as a draft of yours")
    author.open(editor)
    author.sees("You have an unsaved text")

    author.examine()


def test_updates_of_a_notice_have_no_finding(examiner, demonstration):
    window = examiner()
    sign_in_for(window, "Agent", "S4PST")
    window.open("/desk/status/slow-start-on-large-node-counts/")
    window.page.locator("main form").evaluate("form => form.noValidate = true")
    window.press("Post the update", status=422)

    window.examine()
