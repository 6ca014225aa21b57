"""The address left for one mail is anybody's: it gets one, of an answer, whoever left it however often."""

import pytest
import sqlalchemy as sa

from cass_portal.casework import actions as casework
from cass_portal.casework.rejections import RejectionKind
from cass_portal.db import db
from cass_portal.delivery.actions import pinging
from cass_portal.delivery.models import Delivery
from cass_portal.feedback.models import SenderMark
from tests import factories
from tests.feedback.pages import give, stored
from tests.feedback.test_without_a_trace import answer, instance, left_for_one_mail, work

__all__ = ["instance"]


def pinged():
    """Addresses of mails made now, and whether each tells of an answer."""
    pinging.ping()
    db.session.commit()
    assert not any(each.ping_email for each in stored() if each.state not in ("held", "new"))
    made = db.session.scalars(sa.select(Delivery).where(Delivery.role == "once").order_by(Delivery.id))
    return [(each.address, each.event.detail["answered"]) for each in made]


def test_an_address_is_kept_once_however_often_it_is_left(client):
    answers = [give(client, subject=f"s{each}", ping_email="once@example.org").location for each in range(3)]

    assert {each.partition("?")[2] for each in answers} == {"received=1"}
    assert [each.ping_email for each in stored()] == ["once@example.org", None, None]


def test_one_mail_is_made_for_an_address_that_was_left_twice_at_the_same_moment(client):
    by = factories.coordinator()
    several = [left_for_one_mail(client, subject=f"s{each}") for each in range(3)]
    for each in several:
        each.ping_email = "once@example.org"
        answer(each, by)
    for count in range(3):
        assert pinged() == [("once@example.org", True)], count


@pytest.mark.parametrize(("kind", "count"), [("spam", 0), ("abuse", 0), ("off_topic", 1)])
def test_what_is_rejected_as_unwanted_writes_to_nobody(app, client, instance, kind, count):
    item = left_for_one_mail(client)
    casework.reject(item, reason="No.", kind=RejectionKind(kind), by=factories.coordinator())
    db.session.commit()

    assert pinged() == [("once@example.org", False)] * count
    work(app)
    mails = [each.read_text() for each in instance.rglob("*.eml")]
    written = [each for each in mails if "once@example.org" in each]
    assert len(written) == count
    for each in written:
        assert "There is news for you" in each
        assert "There is one." not in each


def test_a_blocked_address_is_never_written_to(client):
    by = factories.coordinator()
    item = left_for_one_mail(client)
    casework.mark_address("once@example.org", SenderMark.BLOCKED, reason="It asked for that", by=by)
    answer(item, by)

    assert pinged() == []
    assert left_for_one_mail(client, subject="Another").ping_email is None
