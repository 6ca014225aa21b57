"""How alembic runs: the same metadata on both engines, one transaction, batches where SQLite needs them."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

from cass_portal.db import UTCDateTime, db
from cass_portal.migrations import is_ours

ONE_AT_A_TIME = 0x43415353  # the advisory lock two processes meet at that start on the same PostgreSQL


def render_item(kind: str, thing: Any, _context: AutogenContext) -> str | Literal[False]:
    """Name our own column types as the models do."""
    if kind == "type" and isinstance(thing, UTCDateTime):
        return "UTCDateTime()"
    if kind == "type" and isinstance(thing, sa.JSON):
        return "Json"
    return False


def serialize(connection: sa.Connection) -> None:
    """Let one process migrate at a time. On SQLite the transaction does, as it begins with a write lock."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ONE_AT_A_TIME)))


def enforce_foreign_keys(connection: sa.Connection, state: str) -> None:
    """Switch enforcement outside of any transaction, where alone SQLite listens.

    A table is rebuilt by dropping it, which would delete the rows that point to it (SQLite, ALTER TABLE, §7).
    """
    if connection.dialect.name == "sqlite":
        connection.connection.execute(f"PRAGMA foreign_keys={state}")


def require_whole(connection: sa.Connection) -> None:
    """Raises RuntimeError, which rolls everything back, when a version left a reference to nothing."""
    if connection.dialect.name == "sqlite":
        broken = connection.execute(sa.text("PRAGMA foreign_key_check")).fetchall()
        if broken:
            raise RuntimeError(f"the migration left references to rows that do not exist: {broken[:5]}")


def run() -> None:
    with db.engine.connect() as connection:
        enforce_foreign_keys(connection, "OFF")
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            include_object=is_ours,
            render_item=render_item,
            render_as_batch=True,
            compare_type=True,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            serialize(connection)
            context.run_migrations()
            require_whole(connection)
        enforce_foreign_keys(connection, "ON")


run()
