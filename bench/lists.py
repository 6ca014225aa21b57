"""Instances with subscribers, announcements for them, and workers that send: everything a fan-out is measured with."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from bench.processes import LEFT_OUT, ROOT, SECRET, Server
from bench.sink import Sink
from bench.words import Writer
from cass_portal import create_app, migrations
from cass_portal.announcements import actions
from cass_portal.announcements.lifecycle import ProductLevel, Stage
from cass_portal.announcements.models import AnnouncementKind, Edition
from cass_portal.clock import now
from cass_portal.config import Settings
from cass_portal.db import db
from cass_portal.directory.models import Level, Organization, Product, Stewardship
from cass_portal.people.models import Person
from cass_portal.subscriptions.lifecycle import ALL_MATTERS, Frequency, Scope
from cass_portal.subscriptions.models import Subscriber, Subscription

CHUNK = 50_000
_numbers = count(1)


@dataclass(frozen=True)
class Place:
    """An instance, on its own SQLite or on `database`."""

    instance: Path
    database: str = ""

    def settings(self, relay: Sink) -> dict[str, str]:
        """Environment of a process that sends to the sink as fast as it can."""
        return {
            "CASS_PORTAL_INSTANCE": str(self.instance),
            "CASS_PORTAL_DATABASE_URL": self.database,
            "CASS_PORTAL_SECRET_KEY": SECRET,
            "CASS_PORTAL_SMTP_URL": f"smtp://127.0.0.1:{relay.port}",
            "CASS_PORTAL_BOUNCE_ADDRESS": "bounces@example.org",
            "CASS_PORTAL_REPLY_ADDRESS": "reply@example.org",
            "CASS_PORTAL_MAILS_PER_MINUTE": "100000000",
            "CASS_PORTAL_RATE_LIMITS": "false",
        }

    @contextlib.contextmanager
    def opened(self) -> Iterator[Flask]:
        app = create_app(Settings(instance=self.instance, database_url=self.database, secret_key=SECRET))
        with app.app_context():
            yield app
            db.session.remove()
            db.engine.dispose()


def filled(place: Place, *, subscribers: int) -> Place:
    """Two coordinators, a member with a product, and so many who want to hear of everything at once."""
    with place.opened() as app:
        migrations.upgrade(app)
        member = Organization(short_name="BENCH", name="A member", level=Level.CORE)
        product = Product(key="bench", slug="bench", name="Bench")
        product.stewardships = [Stewardship(organization=member, position=0)]
        people = [
            Person(
                email=f"{name}@example.org", name=name.title(), fs_uniquifier=f"bench-{name}", joined_at=now(),
                is_coordinator=True,
            )
            for name in ("author", "second")
        ]  # fmt: skip
        db.session.add_all([product, *people])
        db.session.commit()
        for start in range(1, subscribers + 1, CHUNK):
            _add_subscribers(range(start, min(start + CHUNK, subscribers + 1)))
    return place


def _add_subscribers(numbers: range) -> None:
    at = now()
    alike = {"time_zone": "UTC", "link_generation": 1, "created_at": at, "version": 1}
    people = [{"id": n, "email": f"s{n}@example.org", **alike} for n in numbers]
    rule = {
        "scope": Scope.EVERYTHING, "matters": ALL_MATTERS, "frequency": Frequency.IMMEDIATELY, "asked_at": at,
        "confirmed_at": at,
    }  # fmt: skip
    db.session.execute(sa.insert(Subscriber), people)
    db.session.execute(sa.insert(Subscription), [{"subscriber_id": n, **rule} for n in numbers])
    db.session.commit()


def agreed_announcement(place: Place, title: str = "News of the members") -> str:
    """The slug of a text that makes a mail of some 5 kB and only has to be published."""
    with place.opened():
        author, second = _coordinators()
        writer = Writer(seed=3)
        document = actions.create(
            kind=AnnouncementKind.NEWS, by=author, title=f"{title} {next(_numbers)}", summary=writer.text(15),
            body="\n\n".join(writer.text(60) for _ in range(2)), organizations=[_member()], products=[],
        )  # fmt: skip
        edition = document.latest_edition
        db.session.flush()
        actions.request_sign_off(edition, by=author)
        actions.sign_off(edition, text_hash=edition.text_hash, by=second)
        db.session.commit()
        return document.slug


def publish(place: Place, slug: str) -> None:
    with place.opened():
        edition = db.session.scalars(
            sa.select(Edition).join(Edition.announcement).where(Edition.announcement.has(slug=slug))
        ).one()
        actions.publish(edition, by=_coordinators()[1])
        db.session.commit()


def publish_urgent(place: Place, title: str) -> None:
    """A status notice of an outage, published at once."""
    with place.opened():
        author = _coordinators()[0]
        product = db.session.scalars(sa.select(Product)).first()
        document = actions.create(
            kind=AnnouncementKind.STATUS, by=author, title=title, summary="Do not build today.", body="It is broken.",
            organizations=[_member()], products=[product], levels={product: ProductLevel.OUTAGE},
            stage=Stage.INVESTIGATING,
        )  # fmt: skip
        db.session.flush()
        actions.publish_at_once(document.latest_edition, reason="It is broken now.", by=author)
        db.session.commit()


@contextlib.contextmanager
def workers(place: Place, relay: Sink, *, number: int = 1) -> Iterator[list[Server]]:
    """`cass-portal worker`, so many times; stopped afterwards."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(LEFT_OUT)}
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "cass_portal.cli", "worker"],
            cwd=ROOT,
            env={**kept, **place.settings(relay)},
        )
        for _ in range(number)
    ]
    try:
        yield [Server(each, "", 0.0) for each in started]
    finally:
        for each in started:
            each.send_signal(signal.SIGTERM)
        for each in started:
            each.wait(60)


def _coordinators() -> list[Person]:
    return list(
        db.session.scalars(sa.select(Person).where(Person.is_coordinator).order_by(Person.id)).unique()
    )


def _member() -> Organization:
    return db.session.scalars(sa.select(Organization).where(Organization.short_name == "BENCH")).one()
