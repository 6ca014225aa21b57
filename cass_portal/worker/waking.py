"""What ends the sleep of an idle worker: the time, a stop, and on PostgreSQL every act that anybody commits."""

import logging
import threading
from typing import Any

import sqlalchemy as sa

from cass_portal.db import connect_aside, db

log = logging.getLogger(__name__)
CHANNEL = "cass_portal"
"""The database notifies it at each new event."""
LISTENING_SECONDS = 1.0
"""How soon the listener notices a stop."""
RENEWAL_SECONDS = 5.0


class Bell:
    """Waits for something to happen. Polling stays: what is missed here is seen at the next look."""

    def __init__(self, stop: threading.Event) -> None:
        self.stop, self._rung = stop, threading.Event()
        if db.engine.dialect.name == "postgresql":
            listener = threading.Thread(target=self._listen, args=(db.engine,), name="listener", daemon=True)
            guard = threading.Thread(target=self._mind_stop, name="stop", daemon=True)
            listener.start()
            guard.start()
            self._rings = True
        else:
            self._rings = False

    def wait(self, seconds: float) -> None:
        """Returns sooner when it rings or at a stop."""
        if not self._rings:
            self.stop.wait(seconds)
            return
        self._rung.wait(seconds)
        self._rung.clear()

    def _mind_stop(self) -> None:
        self.stop.wait()
        self._rung.set()

    def _listen(self, engine: sa.Engine) -> None:
        """A lost connection is made anew."""
        driver: Any = engine.dialect.dbapi
        while not self.stop.is_set():
            try:
                self._hear(engine)
            except (sa.exc.DBAPIError, driver.Error, OSError) as error:
                log.warning("the worker does not hear the database: %s", type(error).__name__)
                self.stop.wait(RENEWAL_SECONDS)

    def _hear(self, engine: sa.Engine) -> None:
        connection = connect_aside(engine)
        try:
            connection.execute(f"LISTEN {CHANNEL}")
            self._rung.set()  # for what happened while nobody listened
            while not self.stop.is_set():
                for _ in connection.notifies(timeout=LISTENING_SECONDS, stop_after=1):
                    self._rung.set()
        finally:
            connection.close()
