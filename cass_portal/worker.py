"""The background work: publish what is due → settle votes → tell who must know → deliver → tidy. As many workers as
you like.

Each step claims its rows with a lease and commits before it works, so two workers never do the same thing and a
killed one's work is taken up again. No mail leaves inside a transaction; a crash after a mail was taken and
before that is stored repeats this one mail, with the same Message-ID.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy.exc import DBAPIError

from cass_portal.announcements import actions as announcements
from cass_portal.announcements import background as texts
from cass_portal.announcements.models import Ballot, Edition
from cass_portal.announcements.queries import ballot_is_due, ballot_is_open, is_due
from cass_portal.clock import now
from cass_portal.db import claim, db, read_only, release
from cass_portal.delivery import actions, queries
from cass_portal.delivery.calls.background import Calls
from cass_portal.delivery.channels import Carrier, Parcel, open_channels
from cass_portal.delivery.contents import NothingToSay
from cass_portal.delivery.letterhead import AddressRefused, letterhead_of
from cass_portal.delivery.messages import parcel_for
from cass_portal.delivery.models import Channel, Delivery
from cass_portal.feedback.actions import purge_unconfirmed
from cass_portal.history import Event, last_event_number
from cass_portal.hooks import actions as hooks
from cass_portal.outbound import fetch_by
from cass_portal.people.actions import answer_reset_requests
from cass_portal.people.models import ResetRequest
from cass_portal.policy import SYSTEM
from cass_portal.status import actions as status
from cass_portal.status import queries as notices
from cass_portal.website import background as web_site

log = logging.getLogger(__name__)
EVENTS_AT_ONCE = 50
DELIVERIES_AT_ONCE = 20
ROWS_AT_ONCE = 50
PUBLISH_LEASE = timedelta(minutes=1)
SENDING_TIME = timedelta(minutes=2)
"""After this long a batch is cut short, so that its leases cannot run out while a slow relay still talks."""
ZERO, MINUTE = timedelta(0), timedelta(minutes=1)
HEARTBEAT_SECONDS = 10
BALLOT_SECONDS = 60
TIDY_SECONDS = 3600
WEB_SITE_SECONDS = 5
LONGEST_PAUSE = 30.0

T = TypeVar("T")
Channels = Mapping[Channel, Carrier[Any]]


def run(stop: threading.Event) -> None:
    """Work until `stop` is set. What fails is logged and tried again, ever more patiently. Needs an app context."""
    app = cast("Flask", current_app._get_current_object())  # type: ignore[attr-defined]
    settings = app.extensions["settings"]
    failures = 0
    with open_channels(settings) as channels:
        worker = Worker(app, channels, stop)
        while not stop.is_set():
            busy = worker.tick()
            failures = failures + 1 if worker.failure else 0
            if not busy or failures:
                stop.wait(
                    min(settings.worker_seconds * 2**failures, max(LONGEST_PAUSE, settings.worker_seconds))
                )
        worker.close()


def tick(app: Flask) -> bool:
    """One round of the work there is now; whether there was any. Raises what went wrong, after the whole round."""
    with open_channels(app.extensions["settings"]) as channels:
        worker = Worker(app, channels, threading.Event())
        busy = worker.tick()
        worker.close()
    if worker.failure is not None:
        raise worker.failure
    return busy


class Worker:
    """One worker: its channels, its name in the heartbeat, and when it last did what."""

    def __init__(self, app: Flask, channels: Channels, stop: threading.Event) -> None:
        self.app, self.channels, self.stop = app, channels, stop
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.letterhead = letterhead_of(app)
        self.calls = Calls(channels, self.letterhead)
        self.mails_per_minute: int = app.extensions["settings"].mails_per_minute
        self.sent_at: list[datetime] = []
        self.done_at: dict[str, float] = {}
        self.failure: Exception | None = None

    def tick(self) -> bool:
        """Each step has a session of its own, and one that fails does not keep the others from running."""
        busy, self.failure = False, None
        steps = (
            self.beat, self.publish_due, self.settle_ballots, self.mind_notices, self.answer_resets,
            self.fan_out, self.make_calls, self.deliver, self.check_links, self.tell_web_site, self.tidy,
        )  # fmt: skip
        for step in steps:
            if self.stop.is_set():
                break
            with self.app.app_context(), self.going_on(step.__name__):
                busy = step() or busy
        return busy

    @contextmanager
    def going_on(self, what: str) -> Iterator[None]:
        """Whatever goes wrong inside is logged and undone; the rest of the work goes on."""
        try:
            yield
        except Exception as error:
            log.exception("the worker failed: %s", what)
            self.failure = error
            with suppress(DBAPIError):  # a connection that died cannot be rolled back either
                db.session.rollback()

    def beat(self) -> bool:
        if self.is_time("beat", HEARTBEAT_SECONDS):
            actions.beat(self.name)
            db.session.commit()
        return False

    def publish_due(self) -> bool:
        """Announcements whose time has come; one that fails is tried again when its lease has run out."""
        return self.work_off(
            Edition, is_due(now()), Edition.publish_at, lambda each: announcements.publish(each, by=SYSTEM)
        )

    def settle_ballots(self) -> bool:
        """Votes whose time is up; from time to time every open one, as seats leave and join and must be reminded."""
        if not self.is_time("ballots", BALLOT_SECONDS):
            return self.work_off(Ballot, ballot_is_due(now()), Ballot.due_at, announcements.settle)
        before = last_event_number(db.engine)
        for act in (announcements.settle, announcements.remind):
            self.work_off(Ballot, ballot_is_open(), Ballot.due_at, act)
        return last_event_number(db.engine) > before

    def work_off(
        self, model: Any, condition: sa.ColumnElement[bool], order_by: Any, act: Callable[[Any], object]
    ) -> bool:
        """Do `act` for each row that fulfills `condition`, each in a transaction of its own; whether there was one."""
        if not peek(lambda: db.session.scalar(sa.select(model.id).where(condition).limit(1)) is not None):
            return False
        claimed = claim(model, condition, limit=ROWS_AT_ONCE, lease=PUBLISH_LEASE, order_by=order_by)
        db.session.commit()
        for row_id in claimed:
            with self.going_on(f"{act.__name__} {model.__tablename__} {row_id}"):
                act(db.session.get_one(model, row_id))
                release(model, row_id)
                db.session.commit()
        return bool(claimed)

    def mind_notices(self) -> bool:
        """Maintenance that the clock starts or ends, and open notices of which nobody has said anything for hours."""
        waiting = peek(lambda: notices.in_need_of_care(now()))
        if not waiting:
            return False
        claimed = claim(
            Edition, notices.out_now(waiting), limit=10, lease=PUBLISH_LEASE, order_by=Edition.published_at
        )
        db.session.commit()
        for edition_id in claimed:
            with self.going_on(f"minding the notice of edition {edition_id}"):
                announcement = db.session.get_one(Edition, edition_id).announcement
                while status.follow_clock(announcement) is not None:
                    db.session.commit()
                status.remind(announcement)
                release(Edition, edition_id)
                db.session.commit()
        return bool(claimed)

    def answer_resets(self) -> bool:
        """Requests for a new password become events, for addresses that somebody has."""
        if not peek(lambda: db.session.scalar(sa.select(ResetRequest.id).limit(1)) is not None):
            return False
        answered = answer_reset_requests()
        db.session.commit()
        return bool(answered)

    def fan_out(self) -> bool:
        if not peek(queries.events_wait):
            return False
        claimed = actions.claim_events(limit=EVENTS_AT_ONCE)
        db.session.commit()
        for event_id in claimed:
            with self.going_on(f"fanning out event {event_id}"):
                actions.fan_out(db.session.get_one(Event, event_id))
                db.session.commit()
        return bool(claimed)

    def make_calls(self) -> bool:
        """Webhooks and chats; a slow one is not waited for."""
        return self.calls.work(self.going_on)

    def close(self) -> None:
        """Note what is still under way."""
        with self.app.app_context():
            self.calls.close(self.going_on)

    def deliver(self) -> bool:
        limit = min(DELIVERIES_AT_ONCE, self.allowance())
        if limit <= 0 or not peek(queries.deliveries_wait):
            return False
        claimed = actions.claim_deliveries(limit=limit, channels=(Channel.EMAIL,))
        db.session.commit()
        until = now() + SENDING_TIME
        for delivery_id in claimed:
            with self.going_on(f"delivery {delivery_id}"):
                if self.stop.is_set() or now() > until:
                    actions.release(db.session.get_one(Delivery, delivery_id))
                else:
                    self.deliver_one(db.session.get_one(Delivery, delivery_id))
                db.session.commit()
        return bool(claimed)

    def deliver_one(self, delivery: Delivery) -> None:
        """Write it, commit, send it, note what became of it. The last commit is the caller's."""
        parcel = self.written(delivery)
        if parcel is None:
            return
        channel = self.channels[delivery.channel]
        db.session.commit()  # A private link counts before anybody can hold it, and no transaction is open below.
        self.sent_at.append(now())
        for _, error in channel.send_all([parcel]):
            if error is None:
                actions.mark_sent(delivery)
            else:
                actions.mark_failed(delivery, str(error), permanent=error.permanent)

    def written(self, delivery: Delivery) -> Parcel | None:
        """The mail; None where there is none to send, which is then noted on the delivery."""
        try:
            with db.session.begin_nested():
                return parcel_for(delivery, self.letterhead)
        except NothingToSay as reason:
            actions.mark_suppressed(delivery, str(reason))
        except AddressRefused as reason:
            actions.mark_failed(delivery, str(reason), permanent=True)
        except DBAPIError:
            raise
        except Exception as error:
            log.exception("delivery %s cannot be written", delivery.id)
            actions.mark_failed(
                delivery, f"the mail cannot be written: {type(error).__name__}", permanent=False
            )
        return None

    def allowance(self) -> int:
        """How many mails may be sent now without passing MAILS_PER_MINUTE."""
        self.sent_at = [moment for moment in self.sent_at if ZERO <= now() - moment < MINUTE]
        return self.mails_per_minute - len(self.sent_at)

    def check_links(self) -> bool:
        """Outside links of the texts that are being written."""
        return texts.check_links(fetch_by(self.app.extensions["settings"]))

    def tell_web_site(self) -> bool:
        """Pull requests for what was published, and what became of them."""
        if not self.is_time("tell web site", WEB_SITE_SECONDS):
            return False
        return web_site.work(self.app.extensions["settings"], self.going_on)

    def tidy(self) -> bool:
        """What nobody confirmed in time, or came back to, is forgotten."""
        if self.is_time("tidy", TIDY_SECONDS):
            purge_unconfirmed(now())
            hooks.forget_attempts(now())
            announcements.forget_unsaved(now())
            db.session.commit()
        return False

    def is_time(self, what: str, seconds: float) -> bool:
        """Whether `what` was not done for `seconds`; from now on it was."""
        moment = time.monotonic()
        if moment - self.done_at.get(what, -seconds) < seconds:
            return False
        self.done_at[what] = moment
        return True


def peek(waits: Callable[[], T]) -> T:
    """Look in a read-only transaction, so that an idle worker never holds up who writes."""
    with read_only():
        found = waits()
        db.session.rollback()
    return found
