"""A PostgreSQL cluster for one test run: found on this machine, on a free port, gone afterwards.

python3 tests/postgres.py make check      runs the command with CASS_TEST_POSTGRES_URL set
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple


class NoPostgres(Exception):
    """PostgreSQL is not installed; the message says how to get it."""


# Nothing here outlives the run, so nothing needs to survive a power cut; and no question is asked often enough to be
# compiled, which small tables that nobody analyzed yet would make look worth while.
OPTIONS = (
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c jit=off -c listen_addresses=127.0.0.1"
)


SURVIVING = "-c fsync=off -c full_page_writes=off -c listen_addresses=127.0.0.1"
"""What was committed survives the end of the server, though not that of the machine."""


def programs() -> Path | None:
    """Folder of initdb and pg_ctl, the newest version first; None when PostgreSQL is not installed."""
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    folders = sorted(debian, key=lambda folder: int(folder.parent.name), reverse=True)
    if on_path := shutil.which("initdb"):
        folders.append(Path(on_path).resolve().parent)
    return next((each for each in folders if (each / "initdb").exists() and (each / "pg_ctl").exists()), None)


class Cluster(NamedTuple):
    programs: Path
    folder: Path
    port: int
    options: str

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    def restart_at_once(self) -> None:
        """Without a goodbye to anybody."""
        stop(self.programs, self.folder)
        start(self.programs, self.folder, self.port, options=self.options)


@contextmanager
def private_cluster() -> Iterator[str]:
    """URL of an empty database, there as long as the block runs. Raises NoPostgres."""
    with cluster(OPTIONS) as made:
        yield made.url


@contextmanager
def cluster(options: str) -> Iterator[Cluster]:
    """A cluster of its own for the block. Raises NoPostgres."""
    found = programs()
    if found is None:
        raise NoPostgres("PostgreSQL is not installed: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="cass-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    port = free_port()
    try:
        initialize(found, folder / "cluster")
        start(found, folder / "cluster", port, options=options)
        yield Cluster(found, folder / "cluster", port, options)
    finally:
        stop(found, folder / "cluster")
        shutil.rmtree(folder, ignore_errors=True)


def initialize(found: Path, cluster: Path) -> None:
    locale = ("-E", "UTF8", "--locale=C.UTF-8")
    run(found / "initdb", "-D", cluster, "-U", "postgres", "-A", "trust", *locale, "--no-sync")


def start(found: Path, cluster: Path, port: int, *, options: str = OPTIONS) -> None:
    options = f"{options} -c unix_socket_directories='' -c port={port}"
    run(found / "pg_ctl", "-D", cluster, "-w", "-t", "60", "-l", cluster / "log", "-o", options, "start")


def stop(found: Path, cluster: Path) -> None:
    if (cluster / "postmaster.pid").exists():
        run(found / "pg_ctl", "-D", cluster, "-w", "-m", "immediate", "stop")


def run(*words: str | Path) -> None:
    """PostgreSQL refuses to run as root, so root becomes `postgres` first."""
    become = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    command = [*become, *map(str, words)]
    # pg_ctl leaves the server behind with our output open, so a pipe would never end: a file takes it.
    with tempfile.TemporaryFile() as said:
        if subprocess.call(command, cwd="/", stdin=subprocess.DEVNULL, stdout=said, stderr=said) != 0:
            said.seek(0)
            raise RuntimeError(f"{words[0]} failed:\n{said.read().decode(errors='replace')}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> int:
    """Exit code of the command. A stop by SIGTERM stops the cluster too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with private_cluster() as url:
            return subprocess.call(sys.argv[1:], env={**os.environ, "CASS_TEST_POSTGRES_URL": url})
    except NoPostgres as missing:
        sys.exit(str(missing))


if __name__ == "__main__":
    sys.exit(main())
