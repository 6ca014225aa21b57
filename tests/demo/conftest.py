"""The demonstration as a person starts it, stopped and started once more: the tests look at the second start."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.portals import COMMAND, Portal, asleep, awake, copy_of_filled, end, start_demonstration
from tests.packaging.servers import starting


@dataclass(frozen=True)
class Restarted:
    portal: Portal
    rows_before: dict[str, int]
    """How many rows each table had when the first start was stopped."""

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.portal.database) as connection:
            return connection.execute(query).fetchall()


def count_rows(instance: Path) -> dict[str, int]:
    with sqlite3.connect(instance / "portal.db") as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        count = "SELECT count(*) FROM {}"
        counts = {name: connection.execute(count.format(name)).fetchone()[0] for (name,) in tables}
    connection.close()
    return counts


@pytest.fixture(scope="session")
def sleeping(tmp_path_factory: Any, shared_by_workers: Path) -> Iterator[Restarted]:
    folder = tmp_path_factory.mktemp("demo")
    instance, port = copy_of_filled(shared_by_workers, folder)
    before = count_rows(instance)
    with starting(folder, COMMAND) as start:
        second = start_demonstration(start, instance, port=port)
        with asleep(second):
            yield Restarted(second, before)
        assert end(second) == 0


@pytest.fixture
def restarted(sleeping: Restarted) -> Iterator[Restarted]:
    with awake(sleeping.portal):
        yield sleeping
