"""Coverage switched off for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

import coverage


@contextmanager
def unmeasured() -> Iterator[None]:
    """Inside, nothing counts for the coverage, and Python is twice as fast."""
    measuring = coverage.Coverage.current()
    if measuring is None or not measuring._started:  # no public name; only ever nested in another one
        yield
        return
    measuring.stop()
    try:
        yield
    finally:
        measuring.start()
