"""Whom things are told to: requests become events, events deliveries and bulletins, bulletins and windows mails."""

import time

import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db, peek
from cass_portal.delivery import actions, bulletins, digests, queries
from cass_portal.delivery.queries import figures
from cass_portal.history import Event
from cass_portal.mailroom import background as mailroom
from cass_portal.people.actions import answer_reset_requests
from cass_portal.people.models import ResetRequest
from cass_portal.subscriptions.actions import answer_requests
from cass_portal.subscriptions.models import SubscriptionRequest
from cass_portal.worker.duty import Duty

EVENTS_AT_ONCE = 50
SPELL_SECONDS = 1.0
"""So long one step goes on before the others have their turn: what is urgent waits in between."""
DIGESTS_AT_ONCE = 1_000


def answer_resets(_: Duty) -> bool:
    """Requests for a new password become events, for addresses that somebody has."""
    if not peek(lambda: db.session.scalar(sa.select(ResetRequest.id).limit(1)) is not None):
        return False
    answered = answer_reset_requests()
    db.session.commit()
    return bool(answered)


def answer_subscribers(_: Duty) -> bool:
    """Requests to subscribe become events: an address is asked, or sent its link."""
    if not peek(lambda: db.session.scalar(sa.select(SubscriptionRequest.id).limit(1)) is not None):
        return False
    answered = answer_requests()
    db.session.commit()
    return bool(answered)


def read_mail(worker: Duty) -> bool:
    """What came in, where a maildir holds it."""
    return mailroom.read_folder(worker.app.extensions["settings"])


def fan_out(worker: Duty) -> bool:
    if not peek(queries.events_wait):
        return False
    claimed = actions.claim_events(limit=EVENTS_AT_ONCE)
    db.session.commit()
    for event_id in claimed:
        with worker.going_on(f"fanning out event {event_id}"):
            actions.fan_out(db.session.get_one(Event, event_id))
            db.session.commit()
    return bool(claimed)


def spread(_: Duty) -> bool:
    """Deliveries of bulletins, until enough of them wait or others have to have their turn."""
    if not peek(bulletins.some_are_unfinished):
        return False
    began, worked = time.monotonic(), False
    while time.monotonic() - began < SPELL_SECONDS and actions.spread() is not None:
        db.session.commit()
        worked = True
    db.session.rollback()
    return worked


def compose_digests(_: Duty) -> bool:
    """Digests whose window is over."""
    if peek(figures.digest_due_at) is None:
        return False
    composed = digests.compose_due(now(), limit=DIGESTS_AT_ONCE)
    db.session.commit()
    return bool(composed)
