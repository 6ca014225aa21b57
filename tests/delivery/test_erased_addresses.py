"""When a subscriber is erased, no mail that was ever written to them keeps the address."""

from datetime import timedelta

import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.actions import fan_out
from cass_portal.delivery.models import Delivery
from cass_portal.history import Event
from cass_portal.subscriptions import actions
from cass_portal.subscriptions.lifecycle import EndedReason
from tests.subscriptions.rows import EMAIL, rule, subscribed

OTHER = "other@example.org"


def addresses():
    """Of every mail so far, once all events are told."""
    for event in db.session.scalars(sa.select(Event).where(Event.fanned_out_at.is_(None)).order_by(Event.id)):
        fan_out(event)
    db.session.commit()
    return set(db.session.scalars(sa.select(Delivery.address)))


def test_an_erased_address_stands_on_no_mail(app, time_machine):
    reader, _ = subscribed(rule()), subscribed(rule(), email=OTHER)
    actions.ask_for_link(EMAIL)
    actions.end_all(reader, reason=EndedReason.UNSUBSCRIBED)
    before = addresses()

    time_machine.move_to(now() + timedelta(days=29), tick=False)
    actions.forget_idle(now())

    assert before == {EMAIL, OTHER}
    assert addresses() == {OTHER}
