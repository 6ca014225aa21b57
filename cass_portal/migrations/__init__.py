"""The one migration set of both engines. Versions are numbered 0001, 0002, …, and so are their files."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from cass_portal.db import db

FOLDER = Path(__file__).parent
VERSIONS = FOLDER / "versions"
NOTHING = "0000"
SEARCH_TABLES = "feedback_search"  # FTS5 and its shadow tables, kept by cass_portal.search
SEARCH_COLUMN = "search_document"  # generated on PostgreSQL only, with the index on it


def is_ours(thing: Any, name: str | None, kind: str, _reflected: bool, _compared_with: Any) -> bool:
    """Whether alembic may compare it: search structures differ between the engines and are no part of the models."""
    if name is None:
        return True
    if kind == "table":
        return not name.startswith(SEARCH_TABLES)
    if kind == "index" and isinstance(thing, sa.Index):
        return SEARCH_COLUMN not in name and SEARCH_COLUMN not in {each.name for each in thing.columns}
    return name != SEARCH_COLUMN


def versions_of_files() -> list[str]:
    """Numbers of the version files, oldest first."""
    return sorted(path.name[:4] for path in VERSIONS.glob("[0-9]*_*.py"))


def head() -> str:
    """Number of the newest version, read from the file names: a start with nothing to do needs no alembic."""
    return max(versions_of_files(), default=NOTHING)


def current() -> str:
    """Number of the version the database stands at. Needs an application context."""
    with db.engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return NOTHING
        return connection.scalar(sa.text("SELECT version_num FROM alembic_version")) or NOTHING


def attach(app: Flask) -> None:
    """Let Flask-Migrate's commands (upgrade, downgrade, check) find this folder."""
    from flask_migrate import Migrate

    if "migrate" not in app.extensions:
        Migrate(app, db, directory=FOLDER)


def upgrade(app: Flask, *, to: str = "head") -> bool:
    """Bring the database to the newest version, in one transaction. False when it stood there already."""
    with app.app_context():
        if to == "head" and current() == head():
            return False
        attach(app)
        from flask_migrate import upgrade as run_migrations

        run_migrations(revision=to)
        return True


def downgrade(app: Flask, *, to: str) -> None:
    """Take the database back to version `to` (“base”: nothing at all)."""
    with app.app_context():
        attach(app)
        from flask_migrate import downgrade as run_migrations

        run_migrations(revision=to)


def write(app: Flask, message: str) -> None:
    """Write the next version file from what the models say and the database lacks."""
    with app.app_context():
        attach(app)
        from flask_migrate import migrate

        migrate(message=message, rev_id=f"{int(head()) + 1:04}")
