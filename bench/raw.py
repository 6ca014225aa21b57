"""What the disk and the database allow: one-row durable inserts by one writer, with no web around them."""

import sqlite3
import tempfile
import time
from pathlib import Path

ROW_BYTES = 1024


def inserts_per_second(folder: Path, *, seconds: float) -> float:
    """Transactions of one row of 1 kB a second, WAL with synchronous FULL, on the disk of `folder`."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        connection = sqlite3.connect(Path(place) / "raw.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE row(id INTEGER PRIMARY KEY, at REAL, body TEXT)")
        count, started = 0, time.monotonic()
        while time.monotonic() < started + seconds:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO row(at, body) VALUES (?, ?)", (time.time(), "x" * ROW_BYTES))
            connection.execute("COMMIT")
            count += 1
        took = time.monotonic() - started
        connection.close()
        return count / took
