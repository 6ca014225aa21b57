"""Sends the mails that are due, the most urgent first, a short batch at a time.

A batch is claimed in one durable commit. What became of each mail is noted before the content of the next one leaves,
so a worker that dies repeats one mail at most; what it held is taken up when its lease ends.
"""

import logging
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, closing
from datetime import datetime
from typing import Any, cast

from flask import Flask
from sqlalchemy.exc import DBAPIError

from cass_portal.db import db, peek
from cass_portal.delivery import actions, queries
from cass_portal.delivery import outcomes as became
from cass_portal.delivery.bulletins import standing_pause
from cass_portal.delivery.channels import Carrier, ChannelError, Parcel
from cass_portal.delivery.letterhead import letterhead_of
from cass_portal.delivery.models import Channel
from cass_portal.delivery.outcomes import Outcome
from cass_portal.worker import held as holding
from cass_portal.worker.duty import Duty
from cass_portal.worker.held import Held
from cass_portal.worker.notes import Notebook
from cass_portal.worker.pace import Limits, Rests, Size
from cass_portal.worker.writing import Writer

log = logging.getLogger(__name__)
BATCH_SECONDS = 2.0
"""After this long a batch is cut short: something urgent may have come, or a pause."""
SPELL_SECONDS = 1.0
"""Batches follow each other for this long before the other steps have their turn."""
MAIL = Channel.EMAIL


def make_calls(worker: Duty) -> bool:
    """Webhooks and chats; a slow one is not waited for."""
    return worker.calls.work(worker.going_on)


def deliver(worker: Duty) -> bool:
    """Mails."""
    return worker.sender.work(worker.going_on)


class Sender:
    """What one worker knows of sending from one batch to the next."""

    def __init__(self, app: Flask, channels: Mapping[Channel, Carrier[Any]], stop: threading.Event) -> None:
        settings = app.extensions["settings"]
        self.channels, self.stop = channels, stop
        self.writer = Writer(letterhead_of(app))
        self.limits = Limits(mails=settings.mails_per_minute, of_a_domain=settings.domain_mails_per_minute)
        self.rests, self.size = Rests(), Size()
        self.unsettled: Batch | None = None
        """A batch whose end the database did not take."""
        with app.app_context():
            self.notebook = Notebook(db.engine)

    def work(self, going_on: Callable[[str], AbstractContextManager[None]]) -> bool:
        """Some batches; whether there was anything to send."""
        self._make_up()
        until, worked = time.monotonic() + SPELL_SECONDS, False
        while not self.stop.is_set() and self._may_send() and peek(_something_is_due):
            had_some = True  # also where it broke: the rest of the mails may be all right
            with going_on("a batch of mails"):
                had_some = self._batch()
                worked = worked or had_some
            if not had_some or time.monotonic() > until:
                break
        return worked

    def close(self) -> None:
        self.notebook.close()

    def _may_send(self) -> bool:
        return self.rests.awake(MAIL) and self.limits.allowance() > 0

    def _make_up(self) -> None:
        """What could not be noted while the database was away, before anybody takes over what we held."""
        self.notebook.catch_up()
        if self.unsettled is not None:
            self.unsettled.settle()

    def _batch(self) -> bool:
        """Claim, send, settle; False when others were quicker."""
        self._make_up()
        rows = holding.claim(limit=min(self.size.next, self.limits.allowance()))
        db.session.commit()
        began, batch = time.monotonic(), Batch(self, rows)
        self.unsettled = batch
        try:
            batch.send()
        except Exception as error:
            if not isinstance(error, (DBAPIError, self.notebook.driver.Error)):
                batch.blame(error)
            raise
        finally:
            batch.settle()
        if batch.tried:
            self.size.took(batch.tried, time.monotonic() - began)
        return bool(rows)


class Batch:
    def __init__(self, sender: Sender, rows: list[Held]) -> None:
        self.sender = sender
        self.left = {each.id: each for each in rows}
        """Held and not settled, in the order in which they are sent."""
        self.until = time.monotonic() + BATCH_SECONDS
        self.deferred: dict[datetime, list[int]] = defaultdict(list)
        self.counted: Counter[str] = Counter()
        self.tried = 0
        self.handed_over: list[int] = []

    def send(self) -> None:
        outcomes = self.sender.channels[MAIL].send_all(self._parcels())
        with closing(cast("Generator[tuple[Parcel, ChannelError | None]]", outcomes)):
            for parcel, failure in outcomes:
                if failure is not None and failure.is_untried:
                    self._rest(failure)
                    return
                self._note(parcel.delivery_id, self._outcome(parcel.delivery_id, failure))
                self.tried += 1
                if failure is not None and failure.concerns_all:
                    self._rest(failure)
                    return
                if failure is None:
                    self.sender.rests.got_through(MAIL)
                if self.sender.stop.is_set():
                    return

    def blame(self, error: Exception) -> None:
        """The way out broke at one of the mails it had: they wait, so that the others get their turn."""
        for delivery_id in self.handed_over:
            if delivery_id in self.left:
                words = f"it cannot be sent: {type(error).__name__}"
                outcome = became.failed(self.left[delivery_id].attempts, words, permanent=False)
                self._note(delivery_id, outcome)

    def settle(self) -> None:
        """Give back what was not tried, and count the rest: the durable commit that covers the notes before it."""
        db.session.rollback()
        actions.give_back(list(self.left))
        for until, ids in self.deferred.items():
            actions.defer(ids, until=until)
        actions.count(MAIL, self.counted)
        db.session.commit()
        self.sender.notebook.is_durable()
        self.sender.unsettled = None

    def _parcels(self) -> Iterator[Parcel]:
        """Written one after the other as they are asked for, until the time is up."""
        for held in list(self.left.values()):
            if self.sender.stop.is_set() or time.monotonic() > self.until:
                return
            later = self.sender.limits.deferred(held.domain)
            if later is not None:
                self.deferred[later].append(held.id)
                del self.left[held.id]
                continue
            written = self.sender.writer.write(held)
            if isinstance(written, Outcome):
                self._note(held.id, written)
                continue
            self.sender.limits.count(held.domain)
            self.handed_over = [*self.handed_over[-1:], held.id]
            yield written

    def _outcome(self, delivery_id: int, failure: ChannelError | None) -> Outcome:
        attempts = self.left[delivery_id].attempts
        if failure is None:
            return became.sent(attempts)
        return became.failed(attempts, str(failure), permanent=failure.permanent)

    def _note(self, delivery_id: int, outcome: Outcome) -> None:
        """Nothing waits for it any more, even if the note has to be made again."""
        del self.left[delivery_id]
        self.counted[outcome.counted_as] += 1
        self.sender.notebook.note(delivery_id, outcome)

    def _rest(self, failure: ChannelError) -> None:
        seconds = self.sender.rests.rest(MAIL)
        log.warning("mail rests for %d seconds: %s", seconds, failure)


def _something_is_due() -> bool:
    return standing_pause() is None and queries.deliveries_wait((MAIL,))
