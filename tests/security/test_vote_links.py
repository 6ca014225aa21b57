"""The link of a mail votes once it is opened by a hand, for one person on one seat, and dies with each of them."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from cass_portal import tokens
from cass_portal.announcements import actions
from cass_portal.announcements.links import vote_token
from cass_portal.announcements.models import Ballot, Edition, Vote
from cass_portal.clock import now, today
from cass_portal.db import db
from cass_portal.people.actions import end_membership, switch_off
from tests.security import unpublished
from tests.security import world as worlds
from tests.security.test_forgery import content
from tests.security.world import KEY

PURPOSES = [getattr(tokens, name) for name in dir(tokens) if name.isupper() and name != "VOTE"]


@pytest.fixture
def world(app):
    return worlds.build()


@pytest.fixture
def ballot(world):
    return db.session.get_one(Ballot, world.values["ballot_id"])


def votes():
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Vote))


def pressed(client, token, stance="like", **more):
    fields = {"stance": stance, "seat": "1", "text_hash": "x", "reason": "Because."}
    return client.send(f"/vote/{token}", fields | more)


def test_a_token_of_another_purpose_or_another_key_votes_nothing(client, world, ballot):
    lead, seat_id = world.people["lead"], world.values["seat_id"]
    named = [ballot.id, seat_id, lead.id]
    forged = [tokens.sign(KEY, purpose, named) for purpose in PURPOSES] + [
        tokens.sign("another key", tokens.VOTE, named)
    ]
    right, before = world.values["vote_token"], content()

    for token in [*forged, right[:-1], right.swapcase(), world.values["reader_token"], world.token]:
        assert (client.get(f"/vote/{token}").status_code, pressed(client, token).status_code) == (404, 404), (
            token
        )
    for place in ("/preview", "/f", "/f/confirm", "/invitation", "/sign-in/new-password"):
        assert client.get(f"{place}/{right}").status_code in (400, 404, 410)

    assert content() == before


@pytest.mark.parametrize(
    "named", [(10**6, 0, 0), (0, 10**6, 0), (0, 0, 10**6), (0, "bravo_seat_id", 0), (0, 0, "administrator")]
)
def test_what_is_named_together_must_belong_together(named, client, world, ballot):
    """Signed by us, so not forged; of other people and seats nevertheless."""
    right = [ballot.id, world.values["seat_id"], world.people["lead"].id]
    mixed = [
        world.values[each]
        if each == "bravo_seat_id"
        else world.people[each].id
        if isinstance(each, str)
        else each or own
        for each, own in zip(named, right, strict=True)
    ]

    answer = pressed(client, tokens.sign(KEY, tokens.VOTE, mixed))

    assert answer.status_code in (404, 410)
    assert votes() == 0


def leaves_the_member(world, _ballot):
    end_membership(world.people["lead"].memberships[0], by=world.people["administrator"])


def is_switched_off(world, _ballot):
    switch_off(world.people["lead"], by=world.people["administrator"])


def term_ends(world, _ballot):
    world.people["lead"].terms[0].ends_on = today() - timedelta(days=1)


def term_is_yet_to_come(world, _ballot):
    world.people["lead"].terms[0].starts_on = today() + timedelta(days=1)


def seat_ends(world, _ballot):
    world.people["lead"].terms[0].seat.until = now()


@pytest.mark.parametrize(
    "happens", [leaves_the_member, is_switched_off, term_ends, term_is_yet_to_come, seat_ends]
)
def test_who_sits_there_no_more_neither_votes_nor_reads_by_an_old_link(happens, client, world, ballot):
    token, seen = world.values["vote_token"], ballot.text_hash
    assert client.get(f"/vote/{token}").status_code == 200
    happens(world, ballot)
    edition = ballot.edition
    edition.title = edition.body = unpublished.UNPUBLISHED
    db.session.commit()

    pages = [
        client.get(f"/vote/{token}"),
        pressed(client, token, text_hash=seen, seat=str(world.values["seat_id"])),
    ]

    assert [page.status_code for page in pages] == [410, 410]
    assert not any(unpublished.UNPUBLISHED in page.text for page in pages)
    assert votes() == 0


def test_a_link_to_a_vote_that_was_voided_does_not_vote_in_the_next_one(client, world, ballot):
    token, edition, editor = world.values["vote_token"], ballot.edition, world.people["coordinator"]
    old_text, seen = edition.body, ballot.text_hash
    for body in ("Another text.", old_text):
        actions.edit(
            edition, title=edition.title, summary=edition.summary, body=body, products=[],
            organizations=list(edition.organizations), by=editor,
        )  # fmt: skip
    actions.request_sign_off(edition, by=editor)
    db.session.commit()
    assert edition.text_hash == seen
    newer = vote_token(edition.ballot, world.people["lead"].terms[0].seat, world.people["lead"], KEY)

    fields = {"text_hash": seen, "seat": str(world.values["seat_id"])}
    assert pressed(client, token, **fields).status_code == 410
    assert votes() == 0
    assert pressed(client, newer, **fields).status_code == 303
    assert votes() == 1


def test_a_vote_is_not_believed_for_a_text_that_was_changed_behind_the_portal(client, world, ballot):
    """Somebody who writes into the database changes the text, or what was asked, under the vote."""
    token, seen = world.values["vote_token"], ballot.text_hash
    fields = {"text_hash": seen, "seat": str(world.values["seat_id"])}

    db.session.execute(
        sa.update(Edition).where(Edition.id == ballot.edition_id).values(body="Something else.")
    )
    db.session.commit()
    assert pressed(client, token, **fields).status_code == 409
    db.session.execute(sa.update(Ballot).where(Ballot.id == ballot.id).values(text_hash="0" * 64))
    db.session.commit()
    assert pressed(client, token, **fields | {"text_hash": "0" * 64}).status_code == 409

    assert votes() == 0


def test_only_a_press_of_the_button_votes(client, world):
    """Mail scanners open every link, some with HEAD, and follow forms that are sent with GET."""
    token, before = world.values["vote_token"], content()
    page = client.get(f"/vote/{token}")
    form = BeautifulSoup(page.text, "lxml").find("form", class_="vote-form")

    assert form["method"] == "post"
    for method in ("GET", "HEAD", "OPTIONS"):
        client.open(f"/vote/{token}?stance=like&text_hash=x&seat=1", method=method)
    for link in BeautifulSoup(page.text, "lxml").find_all("a", href=True):
        if link["href"].startswith("/"):
            client.get(link["href"])
    assert (
        client.post(f"/vote/{token}", data={"stance": "like"}).status_code == 400
    )  # without the form's token

    assert content() == before
