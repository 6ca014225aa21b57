"""Instances of the portal filled to any size, generated once and kept outside the repository."""

import contextlib
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from bench import content, rows
from bench.processes import SECRET
from cass_portal import create_app, migrations
from cass_portal.clock import now
from cass_portal.config import Settings
from cass_portal.db import db
from cass_portal.directory import catalog
from cass_portal.directory.models import Level, Organization, Product
from cass_portal.people import sessions
from cass_portal.people.models import Person


def cache_folder() -> Path:
    """$CASS_BENCH_DATA, else a folder in the user's cache."""
    given = os.environ.get("CASS_BENCH_DATA")
    return Path(given) if given else Path.home() / ".cache" / "cass-portal-bench"


def instance_of(size: int) -> Path:
    """The instance with `size` matters; generated when it is missing or was made for other tables."""
    folder = cache_folder() / f"{size}-{_digest()}"
    if folder.is_dir():
        return folder
    for old in [*cache_folder().glob(f"{size}-*"), *cache_folder().glob(f"unfinished-{size}-*")]:
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
        content.add_people_and_announcements()
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
    own = [Path(__file__).with_name(name) for name in ("content.py", "rows.py", "words.py")]
    sources = [*sorted(migrations.VERSIONS.glob("*.py")), *own]
    return hashlib.sha256(b"".join(each.read_bytes() for each in sources)).hexdigest()[:12]
