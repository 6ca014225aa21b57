"""How long something that failed for now waits before it is tried again. Knows nothing of what it was."""

import random
from datetime import datetime, timedelta

from cass_portal.clock import now

WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 4 * 60, 12 * 60, 24 * 60))
"""Between the eight attempts, nearly two days in all; each is lengthened at random by up to a fifth."""


def next_attempt_at(attempts: int) -> datetime | None:
    """When to try again after so many attempts; None when that was often enough."""
    return None if attempts > len(WAITS) else now() + lengthened(WAITS[attempts - 1])


def lengthened(wait: timedelta) -> timedelta:
    """So that what failed together does not come back together."""
    return wait * random.uniform(1, 1.2)  # noqa: S311, spreads retries, guards no secret
