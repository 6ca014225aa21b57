"""What coverage looks at, and how it is switched off for a while: Python is twice as fast without it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath

import coverage

UNMEASURED = frozenset({
    "bench", "crash", "demo", "design", "house", "journeys", "security",
    "announcements/test_agreement_sequences.py", "announcements/test_changes.py", "announcements/test_counting.py",
    "announcements/test_views.py",
    "delivery/test_digest_sequences.py", "delivery/test_hostile.py", "delivery/test_mails.py",
    "delivery/test_views.py", "delivery/test_vote_mails.py",
    "directory/test_catalog.py",
    "feedback/test_browsing.py", "feedback/test_coming_back.py", "feedback/test_following.py",
    "feedback/test_giving.py", "feedback/test_lifecycle.py", "feedback/test_sequences.py",
    "feedback/test_standing.py", "feedback/test_threats.py",
    "foundations/test_text.py", "foundations/test_workdays.py",
    "hooks/test_concerns.py",
    "mailroom/test_reading.py",
    "packaging/test_run.py",
    "people/test_sign_in.py",
    "status/test_actions.py", "status/test_queries.py", "status/test_spans.py",
    "worker/test_many_workers.py",
})  # fmt: skip
"""Folders and files of tests/ that pass through what the others pass through as well: measured each by itself, those
files were 40 % of the time and added 0.6 % of all branches to the others. Leaving out can only make the figure smaller.
"""
FOR_PROCESSES = "COVERAGE_PROCESS"
_put_away: dict[str, str] = {}


def for_processes() -> dict[str, str]:
    """By what a process that is started is measured, even where the test itself is not."""
    return _put_away | {name: value for name, value in os.environ.items() if name.startswith(FOR_PROCESSES)}


def is_worth_measuring(path: PurePath) -> bool:
    """`path` is below tests/."""
    return UNMEASURED.isdisjoint({path.parts[0], path.as_posix()})


@contextmanager
def unmeasured() -> Iterator[None]:
    """Inside, nothing counts for the coverage, not even what is started as a process."""
    measuring = coverage.Coverage.current()
    if measuring is None or not measuring._started:  # no public name; only ever nested in another one
        yield
        return
    names = [name for name in os.environ if name.startswith(FOR_PROCESSES)]
    taken = {name: os.environ.pop(name) for name in names}
    _put_away.update(taken)
    measuring.stop()
    try:
        yield
    finally:
        measuring.start()
        os.environ.update(taken)
