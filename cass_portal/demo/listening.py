"""Who hears of things in the demonstration: subscribers, a webhook that was given up, mail that waits in the tray."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cass_portal.clock import as_of
from cass_portal.db import db
from cass_portal.delivery.actions import suppress
from cass_portal.delivery.models import SuppressionReason
from cass_portal.directory.models import Organization
from cass_portal.hooks import actions as hooks
from cass_portal.hooks.models import HookKind
from cass_portal.mailroom.actions.receiving import receive
from cass_portal.people.models import Person
from cass_portal.subscriptions import actions
from cass_portal.subscriptions.lifecycle import EndedReason, Frequency, Matter
from cass_portal.subscriptions.models import Subscriber
from cass_portal.subscriptions.rules import rules_for, target_named

SUBSCRIBERS: tuple[tuple[str, Sequence[str], Frequency, str], ...] = (
    ("weekly.reader", ["everything"], Frequency.WEEKLY, "Europe/Berlin"),
    ("facility.news", ["product:sundials"], Frequency.IMMEDIATELY, "America/New_York"),
    ("gone", ["everything"], Frequency.DAILY, "UTC"),
)
"""Address, what about, how often, time zone. Nobody hears at once of what a visitor is likely to try."""
LETTERS = (
    """From: A reader <reader@example.org>
To: portal@example.org
Subject: Is there a list of all training dates?
Message-ID: <training-dates@example.org>

I found three courses on three pages. Is there one list?
""",
    """From: Another address <second.address@example.org>
To: portal@example.org
Subject: Re: We asked something about your feedback
Message-ID: <second-address@example.org>

It is version 4.2, on the machine with the new network.
""",
)


def listen(start: datetime, *, organizations: dict[str, Organization], lead: Person, key: str) -> None:
    """Needs everybody and everything they hear of."""
    with as_of(start - timedelta(days=40)):
        for name, targets, frequency, zone in SUBSCRIBERS:
            _subscribe(f"{name}@example.org", targets, frequency, zone)
        db.session.flush()
    with as_of(start - timedelta(days=12)):
        gone = db.session.scalars(sa.select(Subscriber).where(Subscriber.email == "gone@example.org")).one()
        actions.end_all(gone, reason=EndedReason.BOUNCED)
        suppress("gone@example.org", reason=SuppressionReason.BOUNCED, detail="550 5.1.1 no such mailbox")
    _give_up_a_webhook(start, organizations["S4PST"], lead)
    for number, letter in enumerate(LETTERS):
        with as_of(start - timedelta(hours=20 - number)):
            receive(letter.encode(), key=key)


def _subscribe(email: str, targets: Sequence[str], frequency: Frequency, zone: str) -> None:
    found: list[Any] = [named for each in targets if (named := target_named(each)) is not None]
    actions.ask(email, rules=rules_for(found, matters=Matter, frequency=frequency), time_zone=zone)
    db.session.flush()
    subscriber = db.session.scalars(sa.select(Subscriber).where(Subscriber.email == email)).one()
    actions.confirm(subscriber, asked=[each.id for each in subscriber.subscriptions])


def _give_up_a_webhook(start: datetime, organization: Organization, lead: Person) -> None:
    """Nobody answers at its address, so the demonstration never calls it."""
    with as_of(start - timedelta(days=30)):
        hook = hooks.create(
            organization, kind=HookKind.WEBHOOK, name="Ticket system", url="https://tickets.example.org/hooks/cass",
            wishes=["assignments", "replies", "verdicts"], is_local=False, by=lead,
        )  # fmt: skip
    with as_of(start - timedelta(days=6)):
        hooks.give_up(hook, reason="The host has no address.")
