import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.packaging.servers import ROOT, environment


class Nursery:
    """Portals that share one instance folder, started and killed at will."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.instance = folder / "instance"
        self.output = (folder / "output.txt").open("w")
        self.alive: set[int] = set()
        more = {f"CASS_PORTAL_{name.upper()}": value for name, value in settings.items()}
        self.process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("nursery.py")],
            env=environment(
                is_measured=False, PYTHONPATH=str(ROOT), CASS_PORTAL_INSTANCE=str(self.instance), **more
            ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.output,
            text=True,
        )
        assert self._line() == "ready", (folder / "output.txt").read_text()

    @property
    def database(self) -> Path:
        return self.instance / "portal.db"

    def start(self, order: str) -> int:
        """The pid of a new portal."""
        assert self.process.stdin is not None
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()
        pid = int(self._line())
        self.alive.add(pid)
        return pid

    def kill(self, pid: int) -> None:
        """No chance to say goodbye. Returns when it is gone."""
        os.kill(pid, signal.SIGKILL)
        self.alive.discard(pid)
        while self.runs(pid):
            time.sleep(0.005)

    def runs(self, pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True

    def close(self) -> None:
        for pid in list(self.alive):
            self.kill(pid)
        self.process.kill()
        self.process.communicate()
        self.output.close()

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@pytest.fixture
def nursery(tmp_path: Path) -> Iterator[object]:
    """nursery(**settings): a nursery with those settings, closed at the end."""
    opened: list[Nursery] = []

    def open_nursery(**settings: str) -> Nursery:
        opened.append(Nursery(tmp_path, **settings))
        return opened[-1]

    yield open_nursery
    for each in opened:
        each.close()


@pytest.fixture
def own_database(database_kind: str, request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Settings of a portal with a database of its own; on SQLite it lies in its instance folder."""
    if database_kind == "sqlite":
        yield {}
        return
    server = sa.make_url(request.getfixturevalue("postgresql_server"))
    name = f"cass_crash_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield {"database_url": server.set(database=name).render_as_string(hide_password=False)}
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
