"""The status board: a thousand products with ninety days of notices beside one product, in statements and in time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from bench.figures import Figure, median
from cass_portal import create_app, migrations
from cass_portal.announcements.lifecycle import AnnouncementKind, EditionState, ProductLevel, Stage
from cass_portal.announcements.models import Announcement, Edition
from cass_portal.clock import now
from cass_portal.config import Settings
from cass_portal.db import db
from cass_portal.directory.models import Level, Organization, Product, Stewardship
from cass_portal.people.models import Person
from cass_portal.status.models import LevelChange, StatusUpdate

PATH = "/status/"
MANY, DAYS, A_DAY, OPEN = 1_000, 90, 5, 12
"""Products; days with so many notices each, of which the last few are still open."""


def measure(folder: Path, *, rounds: int, many: int = MANY) -> list[Figure]:
    """Lines of the table. `folder` is for the instances; the page cache is off."""
    with _portal(folder / "one", products=1) as app:
        few_statements, few = _asked(app), _milliseconds(app, rounds=10 * rounds)
    with _portal(folder / "many", products=many) as app:
        statements, taken = _asked(app), _milliseconds(app, rounds=rounds)
    return [
        Figure("status board, 1 product", f"{few_statements} statements, {few:.1f} ms"),
        Figure(
            f"status board, {many:,} products, {DAYS} days",
            f"{statements} statements, {taken:.0f} ms",
            f"{statements / few_statements:.2f} × 1, {taken / few:.0f} × 1 in time",
            "≤ 1.00 ×",
            statements <= few_statements,
        ),
    ]


@contextmanager
def _portal(instance: Path, *, products: int) -> Iterator[Flask]:
    app = create_app(Settings(instance=instance, page_cache=0, public_url="http://localhost"))
    migrations.upgrade(app)
    with app.app_context():
        _fill(products)
        db.session.commit()
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def _fill(count: int) -> None:
    members = [
        Organization(short_name=f"M{n}", name=f"Member {n}", level=Level.CORE) for n in range(min(count, 7))
    ]
    products = [_product(number, members) for number in range(count)]
    author = Person(email="author@example.org", name="Author", fs_uniquifier="author", is_coordinator=True)
    db.session.add_all([*members, *products, author])
    db.session.flush()
    total = DAYS * A_DAY if count > 1 else 1
    for number in range(total):
        _notice(number, total, products[number * 7 % count], author)


def _product(number: int, members: list[Organization]) -> Product:
    product = Product(key=f"product-{number}", slug=f"product-{number}", name=f"Product {number}")
    product.stewardships = [Stewardship(organization=members[number % len(members)], position=0)]
    return product


def _notice(number: int, total: int, product: Product, author: Person) -> None:
    """Open for a day, with three updates; the last ones go on."""
    at = now() - timedelta(days=DAYS * (total - number) / total)
    stages = (
        Stage.IDENTIFIED,
        Stage.MONITORING,
        Stage.MONITORING if number >= total - OPEN else Stage.RESOLVED,
    )
    announcement = Announcement(
        slug=f"notice-{number}",
        kind=AnnouncementKind.STATUS,
        created_by=author,
        created_at=at,
        first_published_at=at,
    )
    text: dict[str, Any] = {
        "title": f"Notice {number}",
        "summary": "Something is slow.",
        "body": "x",
        "html": "<p>x</p>",
    }
    edition = Edition(
        announcement=announcement, number=1, state=EditionState.PUBLISHED, edited_by=author, edited_at=at,
        published_at=at, stage=Stage.INVESTIGATING, **text,
    )  # fmt: skip
    edition.affect([product], {product: ProductLevel.OUTAGE})
    db.session.add(announcement)
    for step, stage in enumerate(stages, start=1):
        update = StatusUpdate(
            announcement=announcement,
            stage=stage,
            body="x",
            html="<p>x</p>",
            at=at + timedelta(hours=8 * step),
        )
        update.changes = [LevelChange(product=product, level=ProductLevel.DEGRADED)]
        if stage == Stage.RESOLVED:
            update.changes = []
        db.session.add(update)


def _asked(app: Flask) -> int:
    """How many statements the page makes."""
    seen: list[str] = []

    def listen(*given: Any) -> None:
        seen.append(given[2])

    sa.event.listen(db.engine, "before_cursor_execute", listen)
    assert app.test_client().get(PATH).status_code == 200
    sa.event.remove(db.engine, "before_cursor_execute", listen)
    return sum(statement.startswith("SELECT") for statement in seen)


def _milliseconds(app: Flask, *, rounds: int) -> float:
    """Of processor time, the median of the rounds."""
    client, taken = app.test_client(), []
    for _ in range(rounds):
        begin = time.process_time()
        client.get(PATH)
        taken.append(1000 * (time.process_time() - begin))
    return median(taken)
