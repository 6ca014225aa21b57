"""The demonstration as a person starts it, stopped and started once more: the tests look at the second start."""

import signal
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.journeys.portals import Portal, start_demonstration
from tests.packaging.servers import starting


@dataclass(frozen=True)
class Restarted:
    portal: Portal
    rows_before: dict[str, int]
    """How many rows each table had when the first start was stopped."""

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.portal.database) as connection:
            return connection.execute(query).fetchall()


def count_rows(portal: Portal) -> dict[str, int]:
    with sqlite3.connect(portal.database) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        count = "SELECT count(*) FROM {}"
        counts = {name: connection.execute(count.format(name)).fetchone()[0] for (name,) in tables}
    connection.close()
    return counts


@pytest.fixture(scope="session")
def restarted(tmp_path_factory: Any) -> Iterator[Restarted]:
    folder = tmp_path_factory.mktemp("demo")
    with starting(folder, [sys.executable, "-m", "cass_portal.cli"]) as start:
        first = start_demonstration(start, folder / "instance")
        first.outbox.skip()
        assert first.server.stop(signal.SIGTERM) == 0
        before = count_rows(first)
        port = int(first.address.rpartition(":")[2])  # the mails of the first start hold its address
        second = start_demonstration(start, folder / "instance", port=port)
        yield Restarted(second, before)
        assert second.server.stop(signal.SIGTERM) == 0
