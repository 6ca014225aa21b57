"""`cass-portal run`: the web server and the worker in one process, started and stopped together.

granian by itself would run a parent and a child for each worker. One process with threads starts faster,
holds less memory and leaves no orphan when it is killed.
"""

import os
import socket
import stat
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from flask import Flask
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import MTServer

GRACE_SECONDS = 3  # for requests in flight and for the worker's current batch, once a stop was asked for
HEADER_SECONDS = 10  # for a client to send its headers, so that slow ones cannot hold every connection
# Seconds of silence before the kernel asks, between its questions, and how many may stay without answer.
VANISHED_AFTER = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}
THREADS = 16  # requests answered at the same time; the writers among them share commits


class PortTaken(Exception):
    """Somebody listens there already; the message is a sentence for the person at the terminal."""


class ThreadedServer(MTServer):
    """granian's threaded server. It means it for Pythons without the GIL; one worker runs as well with it."""

    def _check_gil(self) -> None:
        """Nothing to refuse: there is one worker."""


def require_free_port(host: str, port: int) -> None:
    """Raises PortTaken. granian shares its port (SO_REUSEPORT): a second one would take half the requests."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise PortTaken(f"Cannot listen on {host}:{port}, {reason}. PORT=… chooses another.") from None


def serve(app: Flask, *, host: str, port: int, with_worker: bool) -> None:
    """Answer requests until SIGINT or SIGTERM, then finish what runs and end the process."""
    server = ThreadedServer(
        "cass_portal",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,  # “auto” waits for the first byte without the limit below
        blocking_threads=THREADS,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000),
        log_level=LogLevels.error,
        log_dictconfig={"formatters": {}, "handlers": {}, "loggers": {}},  # what it says goes through ours
        workers_kill_timeout=GRACE_SECONDS,
    )
    if with_worker:
        stop, worker = worker_thread(app)
        server.on_startup(worker.start)
        server.on_shutdown(stop.set)
        server.on_shutdown(lambda: worker.join(GRACE_SECONDS))
    threading.Thread(target=notice_vanished_clients, args=(port,), daemon=True).start()
    server.serve(target_loader=lambda: app, wrap_loader=False)
    leave_at_once()


def notice_vanished_clients(port: int) -> None:
    """Let the kernel end connections whose client is gone: one that vanished in mid-request would keep its thread.

    granian has no setting for it and opens its socket where Python does not see it; connections inherit what is
    set on the listening one, which appears a moment after the start.
    """
    for _ in range(100):
        for each in Path("/dev/fd").iterdir():
            with suppress(OSError):
                if _keeps_alive(int(each.name), port):
                    return
        time.sleep(0.1)


def _keeps_alive(number: int, port: int) -> bool:
    """Set it when file `number` is the socket that listens on `port`. Nothing else is opened a second time:
    closing a copy of a file of SQLite's would release the locks this process holds on it.
    """
    if not stat.S_ISSOCK(os.fstat(number).st_mode):
        return False
    with socket.socket(fileno=os.dup(number)) as found:
        if not found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) or found.getsockname()[1] != port:
            return False
        found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in VANISHED_AFTER.items():
            if hasattr(socket, option):
                found.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    return True


def worker_thread(app: Flask) -> tuple[threading.Event, threading.Thread]:
    from cass_portal.worker import run

    stop = threading.Event()

    def work() -> None:
        with app.app_context():
            run(stop)

    return stop, threading.Thread(target=work, name="worker")


def leave_at_once() -> None:
    """End the process here. granian's threads outlive `serve`: one may hold a half-sent request, and one that
    asks for Python while that is being taken down aborts the process.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
