"""What became of each mail, noted before the next one leaves: small writes whose commits do not wait for the disk.

Why that is enough: docs/decisions, “Notes of what was sent need not reach the disk one by one”.
"""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from cass_portal.db import BUSY_SECONDS, connect_aside, turns_of
from cass_portal.delivery.outcomes import Outcome

NOTE = (
    "UPDATE delivery SET state = {}, attempts = {}, error = {}, sent_at = {}, next_at = coalesce({}, next_at), "
    "leased_until = NULL WHERE id = {} AND state = 'sending'"
)
"""Only what is still held: what another worker took over and sent stays sent."""
CHECKPOINT_PAGES = 10_000
"""The log of SQLite is written back by whoever writes durably, rather than in the middle of a batch."""


class Notebook:
    """A connection of its own. What was noted since the last durable commit is kept, to be noted again when lost."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.kept: list[tuple[int, Outcome]] = []
        self.driver: Any = engine.dialect.dbapi
        self.is_torn = False
        """The connection broke; nobody knows which notes the database has."""
        self._write: Callable[[int, Outcome], None] | None = None
        self._close: Callable[[], None] = lambda: None

    def note(self, delivery_id: int, outcome: Outcome) -> None:
        """Raises the database's error; the note is then made by `catch_up`."""
        self.kept.append((delivery_id, outcome))
        self._try([(delivery_id, outcome)])

    def catch_up(self) -> None:
        """After a lost connection, note everything again that may be missing."""
        if self.is_torn:
            self._try(self.kept)
            self.is_torn = False

    def is_durable(self) -> None:
        """A commit that waited for the disk came after the last note, so nothing can get lost any more."""
        if not self.is_torn:
            self.kept.clear()

    def close(self) -> None:
        self._close()
        self._write, self._close = None, lambda: None

    def _try(self, notes: list[tuple[int, Outcome]]) -> None:
        try:
            if self._write is None:
                self._write = self._open()
            for each in notes:
                self._write(*each)
        except Exception:
            self.is_torn = True
            self.close()
            raise

    def _open(self) -> Callable[[int, Outcome], None]:
        return self._open_sqlite() if self.engine.dialect.name == "sqlite" else self._open_postgresql()

    def _open_sqlite(self) -> Callable[[int, Outcome], None]:
        connection = sqlite3.connect(
            str(self.engine.url.database), timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._close = connection.close
        for pragma in (
            "foreign_keys=ON",
            "synchronous=NORMAL",
            f"wal_autocheckpoint={CHECKPOINT_PAGES}",
        ):
            connection.execute(f"PRAGMA {pragma}")
        statement, turns = NOTE.format(*"??????"), turns_of(self.engine)

        def write(delivery_id: int, outcome: Outcome) -> None:
            is_ours = turns.take(patience=BUSY_SECONDS)
            try:
                connection.execute(statement, _values(delivery_id, outcome, _as_sqlite))
            finally:
                if is_ours:
                    turns.give_back()

        return write

    def _open_postgresql(self) -> Callable[[int, Outcome], None]:
        connection = connect_aside(self.engine)
        self._close = connection.close
        connection.execute("SET synchronous_commit TO OFF")
        statement = NOTE.format("%s", "%s", "%s", "%s", "%s::timestamptz", "%s")

        cursor = connection.cursor()

        def write(delivery_id: int, outcome: Outcome) -> None:
            cursor.execute(statement, _values(delivery_id, outcome, lambda instant: instant), prepare=True)

        return write


def _values(delivery_id: int, outcome: Outcome, stored: Callable[[datetime | None], Any]) -> tuple[Any, ...]:
    return (
        outcome.state.value,
        outcome.attempts,
        outcome.error,
        stored(outcome.sent_at),
        stored(outcome.next_at),
        delivery_id,
    )


def _as_sqlite(instant: datetime | None) -> str | None:
    """As SQLAlchemy stores it."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}" if instant is not None else None
