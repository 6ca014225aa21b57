"""What the headers of a mail to one person say: where it returns to, whether it can be answered, nothing of lists."""

from dataclasses import replace

import pytest

from cass_portal.delivery.addresses import REPLY, RETURN, delivery_number
from cass_portal.delivery.letterhead import letterhead_of
from cass_portal.delivery.messages import parcel_for
from cass_portal.delivery.models import RecipientRole
from cass_portal.feedback.lifecycle import Moderation
from cass_portal.history import EventKind
from tests import factories
from tests.delivery.sink import message_of
from tests.delivery.test_hostile import HEADERS, delivery_to

pytestmark = pytest.mark.once
R, K = RecipientRole, EventKind


@pytest.fixture
def letterhead(app):
    """Of a portal that reads its mail."""
    return replace(
        letterhead_of(app), bounce_address="bounces@example.org", reply_address="reply@example.org"
    )


def answered_at(parcel):
    return message_of(parcel)["Reply-To"]


def words_of(parcel, form="plain"):
    return " ".join(message_of(parcel).get_body((form,)).get_content().split())


def test_each_mail_has_a_return_path_of_its_own(letterhead):
    one, two = (delivery_to("sue@example.org", item=factories.feedback()) for _ in range(2))

    paths = [parcel_for(each, letterhead).sender for each in (one, two)]

    assert [delivery_number(path, use=RETURN, key=letterhead.secret) for path in paths] == [one.id, two.id]
    assert [delivery_number(path, use=REPLY, key=letterhead.secret) for path in paths] == [None, None]


def test_what_returns_goes_to_the_sender_where_nothing_else_is_set(app):
    delivery = delivery_to("sue@example.org", item=factories.feedback())

    parcel = parcel_for(delivery, letterhead_of(app))

    assert (parcel.delivery_id, parcel.sender, parcel.recipient) == (
        delivery.id, "portal@example.org", "sue@example.org",
    )  # fmt: skip
    assert set(message_of(parcel).keys()) == HEADERS
    assert "a reply to this mail reaches nobody" in words_of(parcel)


def test_a_stakeholder_can_answer_what_is_said_about_their_matter(letterhead):
    delivery = delivery_to("sue@example.org", item=factories.feedback(email="sue@example.org"))

    parcel = parcel_for(delivery, letterhead)

    mail = message_of(parcel)
    assert set(mail.keys()) == HEADERS | {"Reply-To"}
    assert delivery_number(mail["Reply-To"], use=REPLY, key=letterhead.secret) == delivery.id
    for form in ("plain", "html"):
        assert "You can answer this mail" in words_of(parcel, form)
        assert "reaches nobody" not in words_of(parcel, form)


def test_a_member_can_answer_at_its_assignment(letterhead):
    item = factories.feedback()
    assignment = factories.assignment(item, factories.organization("ALPHA"))
    said = {"kind": K.ASSIGNMENT_REFUSAL_DECLINED, "note": "It is yours."}
    delivery = delivery_to("avery@example.org", item=item, role=R.MEMBER, assignment=assignment, **said)

    answer_to = answered_at(parcel_for(delivery, letterhead))

    assert delivery_number(answer_to, use=REPLY, key=letterhead.secret) == delivery.id


def test_nobody_else_is_asked_to_answer(letterhead):
    waiting = factories.feedback(
        email="sue@example.org", moderation=Moderation.UNCONFIRMED, confirmed_at=None
    )
    to_staff = delivery_to("ann@example.org", item=factories.feedback(), role=R.COORDINATOR)
    to_confirm = delivery_to("sue@example.org", item=waiting, kind=K.FEEDBACK_SUBMITTED)

    assert [answered_at(parcel_for(each, letterhead)) for each in (to_staff, to_confirm)] == [None, None]
