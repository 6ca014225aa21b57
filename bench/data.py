"""Instances of the portal filled to any size, generated once and kept outside the repository."""

import contextlib
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from bench import rows
from bench.processes import SECRET
from bench.words import Writer
from cass_portal import create_app, migrations
from cass_portal.announcements.lifecycle import EditionState
from cass_portal.announcements.models import Announcement, AnnouncementKind, Edition
from cass_portal.clock import now
from cass_portal.config import Settings
from cass_portal.db import db
from cass_portal.directory import catalog
from cass_portal.directory.models import Level, Organization, Product
from cass_portal.people import sessions
from cass_portal.people.models import MemberRole, Membership, Person
from cass_portal.text import markdown_to_html

ANNOUNCEMENTS = 30


def cache_folder() -> Path:
    """$CASS_BENCH_DATA, else a folder in the user's cache."""
    given = os.environ.get("CASS_BENCH_DATA")
    return Path(given) if given else Path.home() / ".cache" / "cass-portal-bench"


def instance_of(size: int) -> Path:
    """The instance with `size` matters; generated when it is missing or was made for other tables."""
    folder = cache_folder() / f"{size}-{_digest()}"
    if folder.is_dir():
        return folder
    for old in cache_folder().glob(f"*{size}-*"):
        shutil.rmtree(old)
    print(f"Generating {size:,} matters into {folder} (once) …", flush=True)
    started = time.monotonic()
    unfinished = folder.with_name(f"unfinished-{folder.name}")
    unfinished.mkdir(parents=True, mode=0o700)
    with opened(unfinished) as app:
        migrations.upgrade(app)
        catalog.seed_bundled()
        members = list(db.session.scalars(sa.select(Organization.id).where(Organization.level == Level.CORE)))
        products = list(db.session.scalars(sa.select(Product.id).where(Product.published)))
        _add_people_and_announcements()
    rows.fill(unfinished / "portal.db", size, members=members, products=products)
    unfinished.rename(folder)
    print(f"… took {time.monotonic() - started:.0f} s.", flush=True)
    return folder


def copy_of(instance: Path, folder: Path) -> Path:
    """A copy in `folder`, which must not exist; for measures that write."""
    return Path(shutil.copytree(instance, folder))


@contextlib.contextmanager
def opened(instance: Path) -> Iterator[Flask]:
    """The application on `instance` in this process, its context pushed."""
    app = create_app(Settings(instance=instance, secret_key=SECRET))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def cookie_of(instance: Path, name: str) -> str:
    """The cookie of a signed-in person, made without the form: a password hash is slow on purpose."""
    with opened(instance) as app:
        person = (
            db.session.scalars(sa.select(Person).where(Person.email == f"{name}@example.org")).unique().one()
        )
        content = {"_user_id": person.fs_uniquifier, "_fresh": True, "_permanent": True}
        content |= {"sid": sessions.open_session(person), "seen_at": int(now().timestamp())}
        db.session.commit()
        signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        return f"{app.config['SESSION_COOKIE_NAME']}={signer.dumps(content)}"


def _digest() -> str:
    """Changes with the tables and with the generator."""
    own = [Path(__file__).with_name(name) for name in ("data.py", "rows.py", "words.py")]
    sources = [*sorted(migrations.VERSIONS.glob("*.py")), *own]
    return hashlib.sha256(b"".join(each.read_bytes() for each in sources)).hexdigest()[:12]


def _add_people_and_announcements() -> None:
    """A coordinator, an agent with matters, an agent of a member to which nothing was routed."""
    busy = db.session.scalars(sa.select(Organization).where(Organization.level == Level.CORE)).first()
    quiet = Organization(short_name="QUIET", name="A member without matters", level=Level.CORE)
    coordinator = _person("coordinator", is_coordinator=True)
    for name, organization in (("agent", busy), ("quiet", quiet)):
        membership = Membership(organization=organization, role=MemberRole.AGENT, started_at=now())
        _person(name).memberships.append(membership)
    writer = Writer(seed=2)
    for number in range(1, ANNOUNCEMENTS + 1):
        _add_announcement(number, coordinator, writer)
    db.session.commit()


def _person(name: str, **fields: Any) -> Person:
    person = Person(
        email=f"{name}@example.org",
        name=name.title(),
        fs_uniquifier=f"bench-{name}",
        joined_at=now(),
        **fields,
    )
    db.session.add(person)
    return person


def _add_announcement(number: int, by: Person, writer: Writer) -> None:
    at = now() - timedelta(days=number)
    body = "\n\n".join(writer.text(100) for _ in range(10))
    document = Announcement(
        slug=f"bench-{number}",
        kind=AnnouncementKind.NEWS,
        created_by=by,
        created_at=at,
        first_published_at=at,
    )
    edition = Edition(
        announcement=document,
        number=1,
        state=EditionState.PUBLISHED,
        title=f"Announcement {number}",
        summary=writer.text(20),
        body=body,
        html=markdown_to_html(body),
        organizations=[],
        products=[],
        edited_by=by,
        edited_at=at,
        published_at=at,
        published_by=by,
    )
    edition.agreed_hash = edition.text_hash
    db.session.add_all([document, edition])
