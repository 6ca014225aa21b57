"""Scanners open every link of a mail before its reader does. Nothing happens by that, and no link dies of it."""

import re
from contextlib import suppress
from datetime import timedelta

import pytest
import sqlalchemy as sa

from cass_portal.announcements import actions
from cass_portal.announcements.actions.readers import comment, invite_reader
from cass_portal.announcements.agreement import Stance
from cass_portal.announcements.lifecycle import AnnouncementKind, EditionState
from cass_portal.announcements.models import Ballot, ReaderLinkKind
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery import actions as delivery
from cass_portal.delivery.contents import NothingToSay
from cass_portal.delivery.digests.letters import DigestLetters
from cass_portal.delivery.letterhead import letterhead_of
from cass_portal.delivery.letters import Reader, bulletin_letter
from cass_portal.delivery.messages import parcel_for
from cass_portal.delivery.models import Bulletin, Channel, Delivery, Digest
from cass_portal.feedback.models import Feedback
from cass_portal.history import Event, EventKind
from cass_portal.people.models import Seat
from cass_portal.subscriptions.lifecycle import Frequency
from cass_portal.subscriptions.models import Subscriber
from tests import factories
from tests.delivery.sink import message_of
from tests.security import world as worlds
from tests.security.test_forgery import content

K = AnnouncementKind
SUBSCRIBER = "subscriber@example.org"
KINDS = {
    "announcement.commented", "announcement.discussion_opened", "announcement.question_raised",
    "announcement.ratification_asked", "announcement.sign_off_requested", "announcement.vote_opened",
    "bulletin", "digest", "feedback.named", "subscription.asked",
}  # fmt: skip
"""What is mailed below, at least."""


@pytest.fixture
def world(app):
    """With mails that ask the members for every kind of vote, and one that names a stakeholder's matter."""
    made = worlds.build()
    people, values = made.people, made.values
    asked = db.session.get_one(Ballot, values["ballot_id"]).edition
    for who, seat_id, stance in (
        ("objector", "bravo_seat_id", Stance.UNCOMFORTABLE),
        ("lead", "seat_id", Stance.LIKE),
    ):
        seat = db.session.get_one(Seat, values[seat_id])
        actions.cast_vote(
            asked, seat=seat, stance=stance, reason="Because.", text_hash=asked.text_hash, by=people[who]
        )  # fmt: skip
    link, _ = invite_reader(asked, kind=ReaderLinkKind.FACT_CHECK, label="Robin", by=people["coordinator"])
    comment(link, body="A comment.", text_hash=asked.text_hash, form_key="one form")
    other = factories.coordinator()
    for kind in (K.STATUS, K.DIRECTION, K.NEWS, K.YOU_SAID_WE_DID):
        take_out(made, kind, by=people["coordinator"], second=other)
    db.session.commit()
    return made


def take_out(world, kind, *, by, second):
    """A status notice at once, a direction and a news item until they are put to the members, the last to the end."""
    named = db.session.scalars(
        sa.select(Feedback).where(Feedback.reference == world.values["reference"])
    ).one()
    bravo = world.people["objector"].organizations
    document = factories.announcement(
        by=by, kind=kind, state=EditionState.DRAFT, organizations=bravo,
        feedback=[named] if kind == K.YOU_SAID_WE_DID else [],
    )  # fmt: skip
    edition = document.latest_edition
    if kind == K.STATUS:
        actions.publish_at_once(edition, reason="It burns.", by=by)
        return
    actions.request_sign_off(edition, by=by)
    if kind == K.NEWS:
        actions.raise_question(edition, reason="Ask us.", by=world.people["lead"])
    elif kind == K.YOU_SAID_WE_DID:
        actions.sign_off(edition, text_hash=edition.text_hash, by=second)
        actions.publish(edition, by=second)


def links_of_mails(app):
    """(kind, path) of each link in each mail that there is to send, its text and its HTML."""
    for event in db.session.scalars(
        sa.select(Event).where(Event.fanned_out_at.is_(None)).order_by(Event.id)
    ).all():
        delivery.fan_out(event)
    letterhead = letterhead_of(app)
    for each in db.session.scalars(sa.select(Delivery).order_by(Delivery.id)).all():
        told = each.event.announcement_id or each.event.subscriber_id
        if each.channel == Channel.EMAIL and (told or each.event.kind == EventKind.FEEDBACK_NAMED):
            with suppress(NothingToSay):
                yield from ((each.event.kind.value, path) for path in paths_in(parcel_for(each, letterhead)))
    yield from ((kind, path) for kind, parcel in list_mails(letterhead) for path in paths_in(parcel))
    db.session.commit()


def paths_in(parcel):
    """Of each link in the mail's text, its HTML and the headers that mail programs make buttons of."""
    mail = message_of(parcel)
    parts = [mail.get_body((form,)).get_content() for form in ("plain", "html")]
    parts += [mail.get(name, "") for name in ("List-Unsubscribe", "List-Help", "List-Subscribe")]
    return re.findall(r"http://localhost(/[^\s\"'<>)]*)", " ".join(parts).replace("&amp;", "&"))


def list_mails(letterhead):
    """What a subscriber gets of every bulletin, at once and in a digest of all of them."""
    subscriber = db.session.scalars(sa.select(Subscriber).where(Subscriber.email == SUBSCRIBER)).one()
    rule = subscriber.subscriptions[0]
    bulletins = db.session.scalars(sa.select(Bulletin).order_by(Bulletin.id)).all()
    reader = Reader(
        1, SUBSCRIBER, "1", now(), subscriber.id, subscriber.link_generation, rule.id, "list", "you asked"
    )
    for each in bulletins:
        yield "bulletin", bulletin_letter(each, letterhead).parcel(reader)
    digest = Digest(
        subscriber=subscriber, frequency=Frequency.DAILY, starts_at=now() - timedelta(days=1), ends_at=now(),
        bulletins=[each.id for each in bulletins], made_at=now(),
    )  # fmt: skip
    db.session.add(digest)
    db.session.flush()
    yield "digest", DigestLetters(letterhead).parcel(digest.id, reader)


def test_opening_every_link_of_every_mail_changes_nothing(app, world):
    links = set(links_of_mails(app))
    votes = {path for _, path in links if path.startswith("/vote/")}
    before = content()
    scanner = app.test_client()
    scanner.checks_pages = False

    for _, path in sorted(links):
        for method in ("HEAD", "GET", "OPTIONS"):
            assert scanner.open(path, method=method).status_code < 500, path

    assert content() == before
    assert {kind for kind, _ in links} >= KINDS
    assert len(votes) >= 4
    assert {scanner.get(path).status_code for path in votes} == {200}
