"""Many subscribers and one announcement in a portal that is about to be killed often."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from cass_portal import create_app
from cass_portal.clock import now
from cass_portal.config import Settings
from cass_portal.db import db
from cass_portal.history import EventKind, record
from cass_portal.policy import SYSTEM
from cass_portal.subscriptions.lifecycle import ALL_MATTERS, Frequency, Scope
from cass_portal.subscriptions.models import Subscriber, Subscription
from tests import factories

MESSAGE_ID = re.compile(rb"^Message-ID: <([0-9a-f]{32})@", re.MULTILINE)


class MailList:
    """`recipients` subscribers to everything; `publish` gives them something to hear."""

    def __init__(self, settings: Settings, recipients: int) -> None:
        self.app = create_app(settings)
        self.recipients = recipients
        with self.app.app_context():
            numbers = range(1, recipients + 1)
            db.session.execute(sa.insert(Subscriber), [
                {"id": each, "email": f"s{each}@example.org", "created_at": now()} for each in numbers
            ])  # fmt: skip
            rule = {
                "scope": Scope.EVERYTHING, "matters": ALL_MATTERS, "frequency": Frequency.IMMEDIATELY,
                "asked_at": now(), "confirmed_at": now(),
            }  # fmt: skip
            db.session.execute(sa.insert(Subscription), [{"subscriber_id": each, **rule} for each in numbers])
            db.session.commit()

    def publish(self) -> None:
        with self.app.app_context():
            document = factories.announcement(by=factories.coordinator())
            record(document, EventKind.ANNOUNCEMENT_PUBLISHED, by=SYSTEM, edition=1)
            db.session.commit()

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with self.app.app_context(), db.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query))]

    def forget_connections(self) -> None:
        """The server they led to is gone."""
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def expire_leases(self) -> None:
        """As if the time of those who were killed were over."""
        with self.app.app_context():
            for table in ("event", "delivery"):
                held = (
                    f"UPDATE {table} SET leased_until = '2000-01-01 00:00:00' WHERE leased_until IS NOT NULL"
                )
                db.session.execute(sa.text(held))
            db.session.commit()

    def unfinished(self) -> int:
        """Mails and events that still have to go out; -1 while deliveries are still to be made."""
        (spread,) = self.ask("SELECT count(*) FROM bulletin WHERE state = 'out'")
        (unsent,) = self.ask("SELECT count(*) FROM delivery WHERE state <> 'sent'")
        return int(unsent[0]) if spread[0] else -1

    def wait_until_sent(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self.unfinished() and time.monotonic() < until:
            time.sleep(0.05)
        assert self.unfinished() == 0

    def check(self, mails: list[tuple[str, bytes]], *, repeats: int) -> int:
        """Everybody got it, under the one Message-ID that is stored, and at most `repeats` got it again; how many."""
        stored = dict(self.ask("SELECT address, message_id FROM delivery WHERE role = 'subscriber'"))
        taken = Counter((address, MESSAGE_ID.search(content)[1].decode()) for address, content in mails)  # type: ignore[index]
        expected = {f"s{each}@example.org" for each in range(1, self.recipients + 1)}
        assert set(stored) == expected
        assert set(taken) == set(stored.items())
        again = sum(taken.values()) - len(taken)
        assert again <= repeats
        return again


@contextmanager
def mail_list(settings: Settings, recipients: int) -> Iterator[MailList]:
    made = MailList(settings, recipients)
    try:
        yield made
    finally:
        with made.app.app_context():
            db.session.remove()
            db.engine.dispose()
