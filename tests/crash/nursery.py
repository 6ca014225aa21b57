"""Starts portals quickly, so that they can be killed often: imports once, then forks one for each order on stdin.

What each would do again at its start, building the application and its statements, is done before the first birth.
Orders: `worker`, `serve PORT`. Answers each with the pid of the new process, which is the portal as an operator
runs it. Run as a script, with the settings in the environment.
"""

import os
import signal
import sys
import threading

from flask import Flask

from cass_portal import create_app, migrations
from cass_portal import worker as portal_worker
from cass_portal.db import db
from cass_portal.server import serve


def migrate() -> None:
    migrations.upgrade(create_app())


def grown_up() -> Flask:
    """An application that has worked once; it holds no connection, so it can be forked."""
    app = create_app()
    portal_worker.tick(app)
    with app.app_context():
        db.engine.dispose()
    return app


def work() -> None:
    with PARENT[0].app_context():
        portal_worker.run(threading.Event())


def answer(port: str) -> None:
    serve(create_app(), host="127.0.0.1", port=int(port), with_worker=False)


PARENT: list[Flask] = []
ORDERS = {"migrate": migrate, "worker": work, "serve": answer}


def born(order: str, *arguments: str) -> int:
    """The pid of a new process that follows `order`."""
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        try:
            ORDERS[order](*arguments)
        finally:
            os._exit(0)
    return pid


def main() -> None:
    os.waitpid(born("migrate"), 0)
    PARENT.append(grown_up())
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are nobody's concern, and leave no zombie
    print("ready", flush=True)  # noqa: T201, the answers are the protocol
    for line in sys.stdin:
        print(born(*line.split()), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
