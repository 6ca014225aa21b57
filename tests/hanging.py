"""An end to what would go on for minutes. It tells what hangs from what does not, and measures nothing."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

CPU_SECONDS = 10
"""A hundred times what any of it takes; what the machine does beside it does not count."""


@contextmanager
def no_hanging() -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise AssertionError(f"still at it after {CPU_SECONDS} seconds of computing")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
