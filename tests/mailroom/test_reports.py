"""Bounces and complaints: what they say of our mails counts, what anybody can write does not."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.models import Delivery, RecipientRole, Suppression, SuppressionReason
from cass_portal.delivery.recipients import recipients_of
from cass_portal.feedback.actions import purge_unconfirmed
from cass_portal.feedback.conversation import entries
from cass_portal.history import Event, EventKind
from cass_portal.mailroom.actions._reports import REPORTED_WITHIN
from cass_portal.mailroom.models import Bounce, MailKind, MailState
from cass_portal.subscriptions.lifecycle import EndedReason, Frequency, Scope
from cass_portal.subscriptions.models import Subscriber, Subscription
from tests import factories
from tests.mailroom.conftest import acts, sent
from tests.mailroom.letters import complaint, failure, letter, reply_address, return_path

R = RecipientRole
ROBIN = "robin@example.org"


@pytest.fixture
def subscriber(app):
    row = factories.made(Subscriber(email=ROBIN, time_zone="UTC", created_at=now()))
    rule(row)
    return row


def rule(of, frequency=Frequency.IMMEDIATELY):
    return factories.made(
        Subscription(
            subscriber=of, scope=Scope.EVERYTHING, frequency=frequency, asked_at=now(), confirmed_at=now()
        )
    )


def news_to(subscriber):
    """List mail by the subscriber's first rule."""
    return sent(
        subscriber, address=ROBIN, role=R.SUBSCRIBER, kind=EventKind.SUBSCRIPTION_CONFIRMED, subscriber=subscriber,
        subscription=subscriber.subscriptions[0],
    )  # fmt: skip


def back(delivery, **said):
    return failure(to=return_path(delivery.id), **said)


def standing():
    return [(each.address, each.reason, each.detail) for each in db.session.query(Suppression)]


def reasons(subscriber):
    return [each.ended_reason for each in subscriber.subscriptions]


def test_a_mailbox_that_does_not_exist_is_not_written_to_again(subscriber, received):
    news = news_to(subscriber)

    mail = received(back(news))

    assert (mail.kind, mail.state, mail.delivery) == (MailKind.BOUNCE, MailState.DONE, news)
    assert news.bounced_at is not None
    assert standing() == [(ROBIN, SuppressionReason.BOUNCED, "There is no such mailbox (5.1.1).")]
    assert reasons(subscriber) == [EndedReason.BOUNCED]


def test_another_failure_for_good_counts_the_second_time(subscriber, received):
    received(back(news_to(subscriber), status="5.2.1"))
    after_one = standing()

    received(back(news_to(subscriber), status="5.2.1"))

    assert after_one == []
    assert standing() == [(ROBIN, SuppressionReason.BOUNCED, "2 mails came back within 30 days.")]
    assert reasons(subscriber) == [EndedReason.BOUNCED]


def test_two_reports_on_one_mail_are_one_failure(subscriber, received):
    news = news_to(subscriber)

    received(back(news, status="5.2.1"))
    received(back(news, status="5.2.1", said="smtp; 550 said otherwise"))

    assert (standing(), db.session.query(Bounce).count()) == ([], 2)


def test_what_lies_long_back_does_not_count(subscriber, received, time_machine):
    time_machine.move_to(now() - timedelta(days=31), tick=False)
    received(back(news_to(subscriber), status="5.2.1"))
    time_machine.shift(timedelta(days=31))

    received(back(news_to(subscriber), status="5.2.1"))

    assert standing() == []


def test_five_failures_in_a_row_count_though_each_was_for_a_time(subscriber, received):
    for number in range(5):
        assert standing() == []
        received(back(news_to(subscriber), status="4.4.7" if number else "5.7.1"))

    assert standing() == [
        (ROBIN, SuppressionReason.BOUNCED, "5 mails in a row did not arrive within 14 days.")
    ]


def test_a_mail_that_arrived_between_starts_the_count_again(app, received, time_machine):
    time_machine.move_to(now() - timedelta(days=8), tick=False)
    item = factories.feedback(email=ROBIN)
    received(back(sent(item, address=ROBIN), status="4.4.7"))
    sent(item, address=ROBIN)
    time_machine.shift(timedelta(days=8))

    for _ in range(4):
        received(back(sent(item, address=ROBIN), status="4.4.7"))

    assert standing() == []


def test_a_report_about_an_old_mail_waits_for_a_person(subscriber, received, time_machine):
    """Servers give up within days: later somebody found a return path in an old mail."""
    time_machine.move_to(now() - REPORTED_WITHIN, tick=False)
    news = news_to(subscriber)
    time_machine.shift(REPORTED_WITHIN)

    mail = received(back(news))

    assert (mail.state, mail.reason) == (
        MailState.TRAY, "It reports on a mail of ours that was sent 14 days ago; servers give up within days.",
    )  # fmt: skip
    assert (standing(), news.bounced_at) == ([], None)


def test_a_delay_is_no_bounce_yet(subscriber, received):
    news = news_to(subscriber)

    received(back(news, action="delayed", status="4.4.1"))

    assert (news.bounced_at, db.session.query(Bounce).count()) == (None, 1)


def test_after_a_release_counting_begins_anew(subscriber, received):
    received(back(news_to(subscriber), status="5.2.1"))
    factories.made(
        Suppression(
            address=ROBIN, reason=SuppressionReason.BOUNCED, detail="", since=now(), released_at=now()
        )
    )

    received(back(news_to(subscriber), status="5.2.1"))

    assert [each for each in db.session.query(Suppression) if each.released_at is None] == []


def test_a_report_that_quotes_our_number_counts_for_its_address_alone(subscriber, received):
    news = news_to(subscriber)

    other = received(failure("ann@example.org", message_id=news.message_id))
    right = received(failure(ROBIN.upper(), message_id=news.message_id))

    assert (other.state, other.delivery) == (MailState.TRAY, None)
    assert (right.state, right.delivery) == (MailState.DONE, news)


FORGED = {
    "no address of ours": failure(ROBIN),
    "a forged return path": failure(ROBIN, to=return_path(1)[:-14] + "a@example.org"),
    "an address for answers": failure(ROBIN, to=reply_address(1)),
    "a mail that was never sent": failure(ROBIN, to=return_path(999_999)),
}


@pytest.mark.parametrize("raw", FORGED.values(), ids=FORGED.keys())
def test_a_forged_report_changes_nothing_and_is_seen(subscriber, received, raw):
    news_to(subscriber)
    before = acts()

    mail = received(raw)

    assert (mail.state, mail.reason) == (
        MailState.TRAY, "It reports that a mail did not arrive, but not which of ours.",
    )  # fmt: skip
    assert (standing(), reasons(subscriber), acts()) == ([], [None], before)
    assert db.session.query(Bounce).count() == 0


def test_a_stakeholder_who_cannot_be_reached_is_shown_to_the_coordinators(app, received, outbox):
    cora = factories.coordinator()
    factories.person()
    item = factories.feedback("Mesh import", email=ROBIN)
    question = sent(item, address=ROBIN)
    outbox()

    mail = received(back(question))

    assert mail.feedback == item
    assert acts() == [("delivery.bounced", "system"), ("suppression.added", "system")]
    mails = outbox()
    assert [(each["To"], each["Subject"]) for each in mails] == [
        (cora.email, f"A mail to the stakeholder came back: {item.reference} Mesh import")
    ]


def test_only_a_stakeholder_is_told_of_as_one(app, received):
    factories.coordinator()
    assignment = factories.assignment(factories.feedback(), factories.organization("ALPHA"))
    to_member = sent(assignment.feedback, address=ROBIN, role=R.MEMBER, assignment=assignment)
    to_colleague = sent(assignment.feedback, address="cora@example.org", role=R.COORDINATOR)

    for each in (to_member, to_colleague):
        received(back(each, status="5.2.1"))

    bounced = db.session.query(Event).filter_by(kind=EventKind.DELIVERY_BOUNCED).all()
    assert [recipients_of(event) for event in bounced] == [[], []]
    titles = [
        each["title"] for each in entries(assignment.feedback, for_="staff") if "reach" in each["title"]
    ]
    assert titles == [
        "could not reach ALPHA: the mail came back", "could not reach a colleague: the mail came back",
    ]  # fmt: skip


def test_nobody_is_told_of_an_address_that_was_never_confirmed(app, received, outbox):
    factories.coordinator()
    item = factories.feedback(email=ROBIN, moderation="unconfirmed", confirmed_at=None)
    question = sent(item, address=ROBIN, kind=EventKind.FEEDBACK_SUBMITTED)
    outbox()

    received(back(question))

    assert outbox() == []


def test_what_nobody_confirmed_can_still_be_forgotten(app, received):
    item = factories.feedback(
        email=ROBIN, moderation="unconfirmed", confirmed_at=None, created_at=now() - timedelta(days=40)
    )
    received(back(sent(item, address=ROBIN, kind=EventKind.FEEDBACK_SUBMITTED)))

    assert purge_unconfirmed(now()) == 1
    db.session.commit()
    assert db.session.scalars(sa.select(Bounce.delivery_id)).all() == [None]


@pytest.mark.parametrize("named_by", ["return path", "number"])
def test_a_complaint_ends_list_mail(subscriber, received, named_by):
    news = news_to(subscriber)
    by_path = named_by == "return path"
    raw = complaint(mail_from=return_path(news.id)) if by_path else complaint(message_id=news.message_id)

    mail = received(raw)

    assert (mail.kind, mail.state) == (MailKind.COMPLAINT, MailState.DONE)
    assert standing() == [(ROBIN, SuppressionReason.COMPLAINT, "A mail was reported as abuse.")]
    assert reasons(subscriber) == [EndedReason.COMPLAINT]
    assert news.bounced_at is None


def test_a_complaint_about_nothing_of_ours_changes_nothing(subscriber, received):
    mail = received(complaint())

    assert (mail.kind, mail.state) == (MailKind.COMPLAINT, MailState.TRAY)
    assert (standing(), reasons(subscriber)) == ([], [None])


def unsubscribing(delivery):
    return letter("", To=reply_address(delivery.id), Subject="unsubscribe", From="x@example.org")


def test_unsubscribing_by_mail_ends_the_rule_behind_it(subscriber, received):
    daily = rule(subscriber, Frequency.DAILY)
    daily.scope, daily.feedback = Scope.FEEDBACK, factories.public_feedback()
    db.session.flush()
    news = news_to(subscriber)

    mail = received(unsubscribing(news))

    assert (mail.kind, mail.state) == (MailKind.UNSUBSCRIBE, MailState.DONE)
    assert reasons(subscriber) == [EndedReason.UNSUBSCRIBED, None]


def test_unsubscribing_twice_does_no_more(subscriber, received):
    news = news_to(subscriber)

    received(unsubscribing(news))
    before = acts()
    again = received(unsubscribing(news).replace(b"one@", b"two@"))

    assert (again.state, acts()) == (MailState.DONE, before)


def test_only_list_mail_can_be_unsubscribed_from(app, received):
    mail = received(unsubscribing(sent(factories.feedback(), address=ROBIN)))

    assert (mail.state, mail.reason) == (
        MailState.TRAY,
        "It asks to be unsubscribed, but the mail it answers did not come by a subscription.",
    )


def test_a_webhook_is_no_address_that_could_bounce(app, received):
    call = sent(factories.feedback(), address="hook:1", role=R.HOOK, channel="slack")

    assert received(back(call)).state == MailState.TRAY
    assert db.session.get(Delivery, call.id).bounced_at is None
