"""The mails around a vote of the members: who gets which, each with links of their own, and when they are not sent."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from cass_portal.announcements import actions
from cass_portal.announcements.agreement import Stance
from cass_portal.announcements.models import AnnouncementKind
from cass_portal.clock import today
from cass_portal.db import db
from cass_portal.people import actions as people
from cass_portal.people.models import TermKind
from tests import factories, hostile
from tests.delivery.test_mails import html_of, links_in, text_of

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def world(app, time_machine):
    """Two members with a seat each (holders Hal and Hope), a coordinator who writes, another, and a document."""
    time_machine.move_to(MONDAY, tick=False)
    alpha, beta = factories.organization("ALPHA"), factories.organization("BETA")
    made = SimpleNamespace(
        clock=time_machine,
        members=[alpha, beta],
        hal=factories.person("Hal", email="hal@example.org", agent_of=alpha),
        hope=factories.person("Hope", email="hope@example.org", agent_of=beta),
        ann=factories.coordinator("Ann", email="ann@example.org"),
        bob=factories.coordinator("Bob", email="bob@example.org"),
    )
    made.seats = [factories.seat(alpha, holder=made.hal), factories.seat(beta, holder=made.hope)]
    return made


def written(world, kind=AnnouncementKind.DIRECTION, **fields):
    values = {"title": "Where we go", "summary": "Faster.", "body": "We *go*.", "products": []}
    return actions.create(
        kind=kind, organizations=world.members, **(values | fields), by=world.ann
    ).latest_edition


def asked(world, **fields):
    edition = written(world, **fields)
    actions.request_sign_off(edition, by=world.ann)
    return edition


def say(world, edition, who, stance, reason=None):
    place = [world.hal, world.hope].index(who)
    actions.cast_vote(
        edition, seat=world.seats[place], stance=stance, reason=reason, text_hash=edition.text_hash, by=who
    )


def told(mails):
    return sorted(
        (mail["To"].partition("@")[0], mail["X-CASS-Kind"].removeprefix("announcement.")) for mail in mails
    )


def words_of(mail):
    return " ".join(text_of(mail).split())


def vote_links(mail):
    return [address for address in links_in(mail) if "/vote/" in address]


def test_each_representative_gets_a_link_of_their_own(world, outbox, client):
    asked(world)

    mails = outbox()

    assert told(mails) == [("hal", "vote_opened"), ("hope", "vote_opened")]
    assert {mail["Subject"] for mail in mails} == {"Please vote: Where we go"}
    assert "until 9 March 2026, 10:00 UTC" in words_of(mails[0])
    assert "Silence is recorded as silence, never as consent." in words_of(mails[0])
    links = [vote_links(mail) for mail in mails]
    assert [len(each) for each in links] == [1, 1]
    assert links[0] != links[1]
    assert [link in html_of(mail) for mail, (link,) in zip(mails, links, strict=True)] == [True, True]
    for (link,) in links:
        assert client.get(link).status_code == 200


def test_holder_and_delegate_are_both_asked_and_who_asked_too_when_they_have_a_seat(world, outbox):
    delegate = factories.person(
        "Dee", email="dee@example.org", agent_of=world.members[0], is_coordinator=True
    )
    people.give_term(
        world.seats[0], delegate, kind=TermKind.DELEGATE, starts_on=today(), ends_on=today() + 3 * DAY,
        by=factories.administrator(),
    )  # fmt: skip
    world.ann = delegate
    asked(world)

    assert told(outbox()) == [("dee", "vote_opened"), ("hal", "vote_opened"), ("hope", "vote_opened")]


def test_who_sits_on_two_seats_gets_one_mail_with_two_links(world, outbox):
    affiliates = people.add_seat("Affiliates 1", by=factories.administrator())
    people.give_term(
        affiliates, world.hal, kind=TermKind.HOLDER, starts_on=today(), ends_on=None,
        by=factories.administrator(),
    )  # fmt: skip
    asked(world)

    mails = {mail["To"]: mail for mail in outbox()}

    assert sorted(mails) == ["hal@example.org", "hope@example.org"]
    assert [len(set(vote_links(mails[to]))) for to in sorted(mails)] == [2, 1]
    assert "(ALPHA seat)" in text_of(mails["hal@example.org"])
    assert "(Affiliates 1)" in text_of(mails["hal@example.org"])


def test_nobody_is_asked_whose_account_or_seat_has_ended(world, outbox):
    world.hal.active = False
    people.ensure_seats(world.members[:1])
    asked(world)

    assert told(outbox()) == []


def test_the_whole_way_over_an_objection(world, outbox):
    edition = asked(world)
    outbox()

    say(world, edition, world.hal, Stance.UNCOMFORTABLE, "It leaves\nout vendors.")
    assert told(outbox()) == []
    say(world, edition, world.hope, Stance.LIKE)
    mails = outbox()
    assert told(mails) == [("hal", "discussion_opened"), ("hope", "discussion_opened")]
    assert "ALPHA seat:\n> It leaves\n> out vendors." in text_of(mails[0])
    assert "until 4 March 2026, 10:00 UTC" in words_of(mails[0])

    world.clock.shift(2 * DAY)
    mails = outbox()
    assert told(mails) == [("hal", "second_vote_opened"), ("hope", "second_vote_opened")]
    assert "> It leaves\n> out vendors." in text_of(mails[0])
    assert "until 6 March 2026, 10:00 UTC" in words_of(mails[0])

    say(world, edition, world.hope, Stance.YES)
    world.clock.shift(DAY)
    assert told(outbox()) == [("hal", "vote_reminded")]
    say(world, edition, world.hal, Stance.YES)
    mails = outbox()
    assert told(mails) == [("ann", "agreed"), ("bob", "agreed")]
    assert "2 of 2 votes say yes: publish over the stated objections." in words_of(mails[0])


def test_what_the_members_return_comes_with_what_they_said(world, outbox):
    edition = asked(world)
    outbox()
    say(world, edition, world.hal, Stance.UNCOMFORTABLE, "Too long.")
    say(world, edition, world.hope, Stance.UNCOMFORTABLE, "Too vague.")

    (mail,) = outbox()

    assert told([mail]) == [("ann", "returned")]
    text = words_of(mail)
    assert "came back to you from the members" in text
    assert "2 of 2 votes are uncomfortable, which is a majority." in text
    assert "ALPHA seat: > Too long. BETA seat: > Too vague." in text


def test_an_edit_tells_the_members_that_their_votes_no_longer_count(world, outbox):
    edition = asked(world)
    say(world, edition, world.hal, Stance.LIKE)
    outbox()
    actions.edit(
        edition, title="Where we all go", summary=edition.summary, body=edition.body, organizations=world.members,
        products=[], by=world.ann,
    )  # fmt: skip
    actions.edit(
        edition, title="Where they go", summary=edition.summary, body=edition.body, organizations=world.members,
        products=[], by=world.ann,
    )  # fmt: skip

    mails = outbox()

    assert told(mails) == [("hal", "edited"), ("hope", "edited")]
    assert "The votes on the text before no longer count" in words_of(mails[0])
    assert vote_links(mails[0]) == []


def test_an_edit_of_what_nobody_voted_on_tells_nobody(world, outbox):
    edition = written(world, kind=AnnouncementKind.NEWS)
    actions.request_sign_off(edition, by=world.ann)
    outbox()

    actions.edit(
        edition, title="Other", summary=edition.summary, body=edition.body, organizations=world.members,
        products=[], by=world.ann,
    )  # fmt: skip

    assert told(outbox()) == []


def test_mails_that_ask_for_a_vote_are_not_sent_when_it_has_ended(world, outbox):
    edition = asked(world)
    actions.discard(edition, by=world.ann)

    assert told(outbox()) == []


def test_an_important_question_is_told_to_everybody_and_asks_the_members_at_once(world, outbox):
    edition = written(world, kind=AnnouncementKind.NEWS)
    actions.request_sign_off(edition, by=world.ann)
    outbox()
    actions.raise_question(edition, reason="It binds us for years.", by=world.hal)

    mails = {mail["To"].partition("@")[0]: mail for mail in outbox()}

    assert sorted(mails) == ["ann", "bob", "hal", "hope"]
    assert {name: len(vote_links(mail)) for name, mail in mails.items()} == {
        "ann": 0,
        "bob": 0,
        "hal": 1,
        "hope": 1,
    }
    assert all("> It binds us for years." in text_of(mail) for mail in mails.values())


def test_an_important_question_on_a_draft_asks_nobody_yet(world, outbox):
    actions.raise_question(written(world, kind=AnnouncementKind.NEWS), reason="Big.", by=world.hal)

    mails = outbox()

    assert told(mails) == [
        ("ann", "question_raised"),
        ("bob", "question_raised"),
        ("hope", "question_raised"),
    ]
    assert [vote_links(mail) for mail in mails] == [[], [], []]


def test_a_notice_published_at_once_is_put_to_the_members_and_contested(world, outbox):
    edition = written(world, kind=AnnouncementKind.STATUS)
    actions.publish_at_once(edition, reason="The service is down.", by=world.ann)
    mails = outbox()
    assert told(mails) == [("hal", "ratification_asked"), ("hope", "ratification_asked")]
    assert "> The service is down." in text_of(mails[0])
    assert "until 4 March 2026, 10:00 UTC" in words_of(mails[0])

    say(world, edition, world.hal, Stance.CONTEST, "It is not.")
    say(world, edition, world.hope, Stance.RATIFY)
    mails = outbox()

    assert told(mails) == [("ann", "contested"), ("bob", "contested")]
    assert "has to be corrected or withdrawn" in words_of(mails[0])


def test_a_ratified_notice_tells_nobody(world, outbox):
    edition = written(world, kind=AnnouncementKind.STATUS)
    actions.publish_at_once(edition, reason="The service is down.", by=world.ann)
    outbox()
    say(world, edition, world.hal, Stance.RATIFY)
    say(world, edition, world.hope, Stance.RATIFY)

    assert told(outbox()) == []


HOSTILE_WORDS = [*hostile.MARKUP[:4], *hostile.INJECTION[:4]]
HOSTILE_TITLES = [
    "x\r\nBcc: victim@example.org",
    "x\u2028To: victim@example.org",
    "=?utf-8?q?x=0ABcc:_v@example.org?=",
]


@pytest.mark.once
@pytest.mark.parametrize("text", HOSTILE_WORDS)
def test_hostile_words_stay_words(world, outbox, text):
    edition = asked(world)
    outbox()
    say(world, edition, world.hal, Stance.UNCOMFORTABLE, text)
    say(world, edition, world.hope, Stance.LIKE)

    mails = outbox()

    assert {mail["Subject"] for mail in mails} == {"Objections to discuss: Where we go"}
    assert {"<script" in html_of(mail).lower() or "<img" in html_of(mail).lower() for mail in mails} == {
        False
    }


@pytest.mark.once
@pytest.mark.parametrize("title", HOSTILE_TITLES)
def test_a_hostile_title_adds_no_header(world, outbox, title):
    edition = asked(world)
    edition.title = title
    edition.ballot.text_hash = edition.text_hash
    db.session.flush()

    mails = outbox()

    assert told(mails) == [("hal", "vote_opened"), ("hope", "vote_opened")]
    assert {mail["Bcc"] for mail in mails} == {None}
    assert {len(mail.get_all("To")) for mail in mails} == {1}
    assert all(mail["Subject"].startswith("Please vote: ") for mail in mails)


def test_the_link_in_the_mail_dies_with_the_vote(world, outbox, client):
    edition = asked(world)
    (link, *_), *_ = [vote_links(mail) for mail in outbox()]
    assert client.get(link).status_code == 200

    say(world, edition, world.hal, Stance.LIKE)
    say(world, edition, world.hope, Stance.LIKE)
    db.session.commit()

    assert client.get(link).status_code in (404, 410)
