"""The mail of a digest: everything in its place, nothing that is no longer so, one reader and no forged header."""

import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
import sqlalchemy as sa

from cass_portal import clock
from cass_portal.announcements.lifecycle import AnnouncementKind
from cass_portal.db import db
from cass_portal.delivery.contents import NothingToSay
from cass_portal.delivery.digests import compose_due
from cass_portal.delivery.digests.letters import FRESH, DigestLetters, Kept
from cass_portal.delivery.letterhead import letterhead_of
from cass_portal.delivery.letters import Reader
from cass_portal.delivery.models import Delivery
from cass_portal.subscriptions import actions
from cass_portal.subscriptions.lifecycle import ALL_MATTERS, EndedReason, Frequency, Matter
from cass_portal.subscriptions.links import link_token
from cass_portal.text import clean_line
from tests import factories
from tests.delivery.listeners import MONDAY, answered, follows, said, subscriber
from tests.delivery.sink import message_of
from tests.delivery.test_hostile import INJECTIONS
from tests.delivery.test_letters import HEADERS
from tests.hostile import NAUGHTY

pytestmark = pytest.mark.once
DAILY, WEEKLY = Frequency.DAILY, Frequency.WEEKLY
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def on_monday(app, time_machine):
    time_machine.move_to(MONDAY, tick=False)


@pytest.fixture
def at(time_machine):
    """at(instant): what follows happens then."""
    return lambda instant: time_machine.move_to(instant, tick=False)


@pytest.fixture
def by():
    return factories.coordinator()


@pytest.fixture
def letters(app):
    return DigestLetters(letterhead_of(app))


def parcel_of(letters, delivery=None):
    """The mail of the newest digest."""
    delivery = delivery or db.session.scalars(sa.select(Delivery).order_by(Delivery.id.desc())).first()
    reader = Reader(
        delivery_id=delivery.id, address=delivery.address, message_id="abc123", created_at=delivery.created_at,
        subscriber_id=delivery.subscriber_id, link_generation=1, subscription_id=delivery.subscription_id,
        list_name="", reason="",
    )  # fmt: skip
    return letters.parcel(delivery.digest_id, reader)


def mail_of(letters) -> EmailMessage:
    return message_of(parcel_of(letters))


def text_of(mail):
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def words_of(mail):
    return " ".join(text_of(mail).split())


def html_of(mail):
    return mail.get_body(("html",)).get_content()


def composed(at, instant):
    at(instant)
    assert compose_due(clock.now(), limit=10) == 1
    db.session.flush()


def test_a_digest_tells_by_matter_what_happened_on_the_readers_clock(at, by, letters):
    kokkos = factories.product("Kokkos")
    reader = subscriber("America/New_York")
    follows(reader, WEEKLY, kokkos)
    said(by=by, products=[kokkos], title="Kokkos 5 is out", summary="Faster. Smaller. And a third sentence.")
    answer = answered(subject="Why is it slow?", products=[kokkos])
    said(MONDAY + HOUR, by=by, products=[kokkos], title="No builds", kind_=AnnouncementKind.STATUS)
    said(MONDAY + 2 * HOUR, by=by, products=[kokkos], title="Kokkos 5.1 is out")

    composed(at, datetime(2026, 5, 11, 12, tzinfo=UTC))
    mail = mail_of(letters)

    assert mail["Subject"] == "CASS this week: 2 announcements, 1 status notice, 1 answer"
    text = text_of(mail)
    told = [
        line
        for line in text.splitlines()
        if line.isupper() or line.startswith(("Kokkos 5", "No b", "Answered"))
    ]
    assert told == [
        "STATUS NOTICES", "No builds", "NEWS", "Kokkos 5 is out", "Kokkos 5.1 is out",
        "ANSWERS TO PUBLIC FEEDBACK", "Answered: Why is it slow?",
    ]  # fmt: skip
    assert "From Monday 4 May 2026, 08:00 to Monday 11 May 2026, 08:00 (America/New York)" in words_of(mail)
    assert "Faster. Smaller.\n" in text
    assert f"http://localhost/feedback/{answer.event.feedback.reference}" in text
    because = "You get this mail because you asked to hear once a week of everything about Kokkos."
    assert because in words_of(mail)
    page = f"http://localhost/subscriptions/{link_token(reader.id, 1, key=letters.letterhead.secret)}"
    assert f"End these weekly mails:\n{page}/end/weekly\n" in text
    assert mail["List-Unsubscribe"] == f"<{page}/end/weekly>"
    assert mail["List-Id"] == "<digest-weekly.cass.example.org>"
    assert sorted(mail.keys()) == sorted(HEADERS)
    assert mail.defects == []
    markup = html_of(mail)
    assert markup.count("<h1") == 1
    assert (markup.count("<h2"), markup.count("<h3")) == (3, 4)
    assert f'href="{page}/end/weekly"' in markup


@pytest.mark.parametrize(
    "case",
    [(DAILY, 1, "today"), (DAILY, 3, "since 4 May"), (WEEKLY, 7, "this week")],
)
def test_the_subject_says_which_time_it_is_about(at, by, letters, case):
    frequency, days, period = case
    follows(subscriber(), frequency)
    said(by=by)

    composed(at, MONDAY + days * DAY)

    assert mail_of(letters)["Subject"] == f"CASS {period}: 1 announcement"


def test_what_was_withdrawn_between_composing_and_sending_drops_out(at, by, letters):
    follows(subscriber())
    news, other = said(by=by, title="First"), said(by=by, title="Second")
    composed(at, MONDAY + DAY)
    assert ("First" in text_of(mail_of(letters))) is True

    news.event.announcement.withdrawn_at = clock.now()
    at(MONDAY + DAY + FRESH)
    mail = mail_of(letters)
    assert mail["Subject"] == "CASS today: 1 announcement"
    assert ("First" in text_of(mail), "Second" in text_of(mail)) == (False, True)

    other.event.announcement.withdrawn_at = clock.now()
    at(MONDAY + DAY + 2 * FRESH)
    with pytest.raises(NothingToSay, match="nothing that it tells is so any more"):
        parcel_of(letters)


def test_who_ends_the_digest_before_it_is_sent_does_not_get_it(at, by, letters):
    reader = subscriber()
    rule = follows(reader)
    follows(reader, WEEKLY, factories.product())
    said(by=by)
    composed(at, MONDAY + DAY)

    actions.end(rule, reason=EndedReason.UNSUBSCRIBED)

    with pytest.raises(NothingToSay, match="the subscription ended"):
        parcel_of(letters)


def test_the_last_digest_of_a_rule_that_was_changed_says_why_it_comes(at, by, letters):
    rule = follows(subscriber())
    said(by=by)
    at(MONDAY + HOUR)
    actions.change(rule, matters=ALL_MATTERS, frequency=WEEKLY)
    composed(at, MONDAY + DAY)

    assert "because you asked to hear once a day of everything from the Consortium." in words_of(
        mail_of(letters)
    )


def test_the_reason_is_a_rule_that_runs(at, by, letters):
    reader, kokkos = subscriber(), factories.product("Kokkos")
    first = follows(reader, DAILY, kokkos)
    follows(reader, DAILY)
    said(by=by, products=[kokkos])
    composed(at, MONDAY + DAY)
    assert "once a day of everything about Kokkos and of more." in words_of(mail_of(letters))

    actions.end(first, reason=EndedReason.UNSUBSCRIBED)

    assert "once a day of everything from the Consortium." in words_of(mail_of(letters))


LONG = [each * 300 for each in ('"', "\N{GRINNING FACE}") for _ in range(2)]


def test_hostile_words_stay_words(at, by, letters):
    follows(subscriber())
    strings = [line for each in [*INJECTIONS, *NAUGHTY, *LONG] if (line := clean_line(each))]
    for title, summary in zip(strings[::2], strings[1::2], strict=False):
        said(by=by, title=title[:140], summary=summary[:300])
    composed(at, MONDAY + DAY)

    parcel = parcel_of(letters)
    mail = message_of(parcel)

    assert sorted(mail.keys()) == sorted(HEADERS)
    assert mail["Subject"] == f"CASS today: {len(strings) // 2} announcements"
    assert max(len(line) for line in parcel.content.split(b"\r\n")) <= 998
    assert parcel.content.count(b"\n") == parcel.content.count(b"\r\n")
    markup = html_of(mail).lower()
    assert [tag for tag in ("<script", "<img", "<svg", "<iframe", "onerror=alert(1)>") if tag in markup] == []


def test_pieces_are_written_once_for_all_and_only_so_many_are_kept(at, by, letters, statements_of):
    for _ in range(2):
        follows(subscriber())
    said(by=by)
    at(MONDAY + DAY)
    assert compose_due(clock.now(), limit=10) == 2
    db.session.flush()
    first, second = db.session.scalars(sa.select(Delivery).order_by(Delivery.id)).all()
    parcel_of(letters, first)

    assert statements_of(lambda: parcel_of(letters, second)) <= 2

    kept = Kept(2)
    assert [kept.get(key, lambda key=key: key) for key in (1, 2, 1, 3)] == [1, 2, 1, 3]
    assert [kept.get(key, lambda: "anew") for key in (1, 3, 2)] == [1, 3, "anew"]


def test_each_mail_names_the_rule_that_brought_it(by, outbox):
    kokkos = factories.product("Kokkos")
    for matters in (ALL_MATTERS, Matter.NEWS.bit):
        follows(subscriber(), Frequency.IMMEDIATELY, kokkos, matters=matters)
    said(by=by, products=[kokkos])

    reasons = [re.search("because (.*?)\\.", words_of(mail))[1] for mail in outbox()]

    assert sorted(reasons) == [
        "you asked to hear at once of everything about Kokkos",
        "you asked to hear at once of news about Kokkos",
    ]


def test_the_worker_composes_and_sends_and_drops_what_is_not_so_any_more(at, by, outbox):
    reader = subscriber()
    follows(reader)
    said(by=by, title="News of Monday")
    outbox()

    at(MONDAY + DAY)
    [mail] = outbox()
    assert (mail["To"], mail["Subject"]) == (reader.email, "CASS today: 1 announcement")
    assert "News of Monday" in text_of(mail)
    assert outbox() == []

    withdrawn = said(by=by)
    at(MONDAY + 2 * DAY)
    assert compose_due(clock.now(), limit=10) == 1
    withdrawn.event.announcement.withdrawn_at = clock.now()
    assert outbox() == []
    states = db.session.scalars(sa.select(Delivery.state).order_by(Delivery.id)).all()
    assert states == ["sent", "suppressed"]
