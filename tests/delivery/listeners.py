"""Subscribers, their rules and what they are told of, as the tests of digests need them."""

from datetime import UTC, datetime
from itertools import count

from cass_portal import clock
from cass_portal.casework.models import ConsolidatedReply
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.actions import fan_out
from cass_portal.delivery.models import Bulletin
from cass_portal.history import EventKind, record
from cass_portal.policy import SYSTEM
from cass_portal.subscriptions.actions import _rows
from cass_portal.subscriptions.lifecycle import ALL_MATTERS, Frequency, Scope
from cass_portal.subscriptions.models import Subscriber, Subscription
from cass_portal.subscriptions.rules import Rule
from tests import factories

MONDAY = datetime(2026, 5, 4, 12, tzinfo=UTC)
number = count(1)


def subscriber(zone="UTC", **fields):
    """Somebody with an address and nothing to hear of yet."""
    defaults = {"email": f"reader{next(number)}@example.org", "created_at": now(), "idle_since": now()}
    return factories.made(Subscriber(time_zone=zone, **(defaults | fields)))


def follows(
    reader, frequency=Frequency.DAILY, about=None, *, scope=Scope.PRODUCT, matters=ALL_MATTERS
) -> Subscription:
    """A rule that runs from now on; of everything where `about` is None."""
    rule = Rule(Scope.EVERYTHING if about is None else scope, about, matters, frequency)
    [made] = _rows.begin(reader, [rule])
    return made


def said(
    at=None, *, by, kind=EventKind.ANNOUNCEMENT_PUBLISHED, announcement=None, kind_=None, **fields
) -> Bulletin:
    """Something that was published at `at`, told by the worker at once. `kind` is the event's, `kind_` the text's."""
    if kind_ is not None:
        fields["kind"] = kind_
    with clock.as_of(at or now()):
        document = announcement or factories.announcement(by=by, **fields)
        return told(record(document, kind, by=SYSTEM, edition=document.latest_edition.number))


def answered(**fields) -> Bulletin:
    """An answer that everybody may read."""
    item = factories.public_feedback(reply_released_at=now(), **fields)
    factories.made(
        ConsolidatedReply(
            feedback=item, text="It is **fixed**.", html="<p>It is <strong>fixed</strong>.</p>",
            drafted_by=factories.coordinator(), drafted_at=now(), released_at=now(),
        )
    )  # fmt: skip
    return told(record(item, EventKind.FEEDBACK_REPLY_RELEASED, by=SYSTEM))


def told(event) -> Bulletin:
    db.session.flush()
    fan_out(event)
    db.session.flush()
    return db.session.query(Bulletin).filter_by(event_id=event.id).one()
