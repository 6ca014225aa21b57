"""Composing digests: a hundred thousand readers with rules of their own, and a thousand things that happened."""

import random
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.figures import Figure, at_least, median, spread
from bench.lists import Place
from bench.words import Writer
from cass_portal import migrations
from cass_portal.announcements.lifecycle import EditionState
from cass_portal.announcements.models import Announcement, AnnouncementKind, Edition
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.digests import compose_due
from cass_portal.delivery.models import Bulletin, BulletinState, Delivery, Digest, Lane
from cass_portal.directory.models import Level, Organization, Product
from cass_portal.history import Audience, Event, EventKind
from cass_portal.people.models import Person
from cass_portal.subscriptions.lifecycle import ALL_MATTERS, Frequency, Matter, Scope
from cass_portal.subscriptions.models import DigestClock, Subscriber, Subscription
from cass_portal.worker.telling import DIGESTS_AT_ONCE

DIGESTS, ITEMS = 100_000, 1_000
PRODUCTS, MEMBERS, TEXTS = 100, 10, 100
CHUNK = 50_000
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "America/Los_Angeles")


def measure(
    folder: Path, *, rounds: int, plain: float, digests: int = DIGESTS, items: int = ITEMS
) -> list[Figure]:
    """One line: digests a second, beside `plain` mails a second of a fan-out in the same run."""
    place = filled(Place(folder / "digests"), digests=digests, items=items)
    rates, cpu = [], []
    for _ in range(rounds):
        rate, seconds = compose_all(place, digests=digests)
        rates.append(rate)
        cpu.append(1000 * seconds / digests)
    return [
        at_least(
            f"composing {digests:,} digests of {items:,} items",
            median(rates),
            plain,
            0.20,
            figure=f"{median(rates):.0f}/s {spread(rates)}",
            of="fan-out",
            cpu_ms=median(cpu),
        )
    ]


def compose_all(place: Place, *, digests: int) -> tuple[float, float]:
    """Digests a second, as the worker makes them, and its processor time. Every reader gets one, as often as asked."""
    with place.opened():
        _set_back()
        started, used = time.monotonic(), time.process_time()
        while compose_due(now(), limit=DIGESTS_AT_ONCE):
            db.session.commit()
        db.session.rollback()
        took, used = time.monotonic() - started, time.process_time() - used
        made = db.session.scalar(sa.select(sa.func.count()).select_from(Digest)) or 0
    if made != digests:
        raise SystemExit(f"{made} digests instead of {digests}")
    return digests / took, used


def filled(place: Place, *, digests: int, items: int) -> Place:
    """Readers of one to three rules each; what happened was about a product or two and a member."""
    source, at = random.Random(3), now()
    with place.opened() as app:
        migrations.upgrade(app)
        _add_directory(at)
        _insert(Event, [_event(n, at) for n in range(1, items + 1)])
        _insert(Bulletin, [_bulletin(n, at, source) for n in range(1, items + 1)])
        alike = {"link_generation": 1, "created_at": at, "version": 1}
        readers = range(1, digests + 1)
        _insert(
            Subscriber,
            [
                {"id": n, "email": f"s{n}@example.org", "time_zone": ZONES[n % len(ZONES)], **alike}
                for n in readers
            ],
        )
        _insert(Subscription, [rule for n in readers for rule in _rules(n, at, source)])
        clock = {"frequency": Frequency.DAILY, "told_until": _start(at), "next_at": at}
        _insert(DigestClock, [{"subscriber_id": n, **clock} for n in readers])
    return place


def _add_directory(at: datetime) -> None:
    _insert(
        Person, [{"id": 1, "email": "author@example.org", "name": "Author", "fs_uniquifier": "bench-author"}]
    )
    core = {"level": Level.CORE, "aliases": []}
    _insert(
        Organization,
        [{"id": n, "short_name": f"M{n}", "name": f"Member {n}", **core} for n in _upto(MEMBERS)],
    )
    _insert(
        Product, [{"id": n, "key": f"p{n}", "slug": f"p{n}", "name": f"Product {n}"} for n in _upto(PRODUCTS)]
    )
    text = {
        "kind": AnnouncementKind.NEWS,
        "created_by_id": 1,
        "created_at": at,
        "first_published_at": at,
        "version": 1,
    }
    _insert(Announcement, [{"id": n, "slug": f"text-{n}", **text} for n in _upto(TEXTS)])
    words = {
        "body": "It is here.",
        "html": "<p>It is here.</p>",
        "state": EditionState.PUBLISHED,
        "number": 1,
    }
    writer = Writer(seed=1)
    dates = {"edited_by_id": 1, "edited_at": at, "published_at": at, "version": 1, **words}
    _insert(
        Edition,
        [
            {"announcement_id": n, "title": f"Text {n}", "summary": writer.text(25), **dates}
            for n in _upto(TEXTS)
        ],
    )


def _event(number: int, at: datetime) -> dict[str, Any]:
    return {
        "id": number, "kind": EventKind.ANNOUNCEMENT_PUBLISHED, "at": at, "actor_role": "system",
        "audience": Audience.PUBLIC, "detail": {}, "announcement_id": 1 + number % TEXTS, "fanned_out_at": at,
    }  # fmt: skip


def _bulletin(number: int, at: datetime, source: random.Random) -> dict[str, Any]:
    about = {
        "product": sorted(source.sample(_upto(PRODUCTS), 2)), "organization": [source.choice(_upto(MEMBERS))],
        "area": [], "topic": [], "announcement": [1 + number % TEXTS], "feedback": [],
    }  # fmt: skip
    return {
        "id": number, "event_id": number, "matter": source.choice(list(Matter)), "lane": Lane.BULK.value,
        "at": _start(at) + timedelta(seconds=number), "facets": about, "state": BulletinState.OUT, "version": 1,
    }  # fmt: skip


def _rules(number: int, at: datetime, source: random.Random) -> list[dict[str, Any]]:
    """A member, so that everybody gets something, and a product or two; some want only a few kinds of those."""
    alike = {
        "subscriber_id": number, "frequency": Frequency.DAILY, "asked_at": _start(at), "confirmed_at": _start(at),
    }  # fmt: skip
    wanted: list[tuple[Scope, int]] = [(Scope.ORGANIZATION, source.choice(_upto(MEMBERS)))]
    wanted += [(Scope.PRODUCT, each) for each in source.sample(_upto(PRODUCTS), source.randrange(3))]
    return [
        {
            "scope": scope,
            "matters": ALL_MATTERS if scope == Scope.ORGANIZATION else source.randrange(ALL_MATTERS + 1),
            "organization_id": target if scope == Scope.ORGANIZATION else None,
            "product_id": target if scope == Scope.PRODUCT else None, **alike,
        }
        for scope, target in wanted
    ]  # fmt: skip


def _start(at: datetime) -> datetime:
    """Three days before, so that a window is over in every zone."""
    return at - timedelta(days=3)


def _set_back() -> None:
    """Nothing was told, and everybody's digest is due."""
    for model in (Delivery, Digest):
        db.session.execute(sa.delete(model))
    start = db.session.scalar(sa.select(sa.func.min(Bulletin.at)))
    assert start is not None
    db.session.execute(sa.update(DigestClock).values(told_until=start, next_at=start))
    db.session.commit()


def _insert(model: Any, rows: list[dict[str, Any]]) -> None:
    for first in range(0, len(rows), CHUNK):
        db.session.execute(sa.insert(model), rows[first : first + CHUNK])
        db.session.commit()


def _upto(number: int) -> range:
    return range(1, number + 1)
