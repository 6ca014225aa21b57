"""First come, first served. SQLite lets one connection write at a time and makes the others try again and again,
so that now and then one of them starves; here they wait in line. Knows nothing of databases.
"""

from collections import deque
from threading import Lock


class Turns:
    """One holder at a time; `give_back` hands over to whoever has waited longest."""

    def __init__(self) -> None:
        self._mutex = Lock()
        self._waiting: deque[Lock] = deque()
        self._is_taken = False

    def take(self, *, patience: float) -> bool:
        """Wait at most `patience` seconds for the turn; whether it is ours now."""
        with self._mutex:
            if not self._is_taken:
                self._is_taken = True
                return True
            called = Lock()
            called.acquire()
            self._waiting.append(called)
        if called.acquire(timeout=patience):
            return True
        with self._mutex:
            if called not in self._waiting:
                return True  # handed over at the last moment
            self._waiting.remove(called)
            return False

    def give_back(self) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False
