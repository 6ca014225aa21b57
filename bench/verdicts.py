"""Counting a vote: 1,000 seats and 10,000 votes beside 10 seats and 100 votes."""

import itertools
import time
from datetime import UTC, datetime, timedelta

from bench.figures import Figure, median
from cass_portal.announcements.agreement import DEFAULTS, SENSE, SeatFact, VoteFact
from cass_portal.announcements.counting import verdict
from cass_portal.announcements.lifecycle import AnnouncementKind

SMALL, LARGE = 10, 1_000
VOTES_A_SEAT = 10
GOAL_MS, GOAL_RATIO = 50, 300
POLICY = DEFAULTS[AnnouncementKind.DIRECTION]
OPENED = datetime(2026, 3, 2, tzinfo=UTC)


def measure(*, rounds: int) -> list[Figure]:
    """Lines of the table. A hundred times the votes may cost three hundred times as much."""
    small, large = _median(SMALL, rounds=100 * rounds), _median(LARGE, rounds=2 * rounds)
    ratio = large / small
    met = large <= GOAL_MS and ratio <= GOAL_RATIO
    shown, goal = f"{ratio:.0f} × {SMALL} seats", f"≤ {GOAL_MS} ms, {GOAL_RATIO} ×"
    return [
        Figure(f"verdict, {SMALL} seats, {SMALL * VOTES_A_SEAT} votes", f"{small:.3g} ms"),
        Figure(
            f"verdict, {LARGE:,} seats, {LARGE * VOTES_A_SEAT:,} votes", f"{large:.3g} ms", shown, goal, met
        ),
    ]


def _median(seats: int, *, rounds: int) -> float:
    """Milliseconds. One seat keeps silent, so that every vote is walked through before the deadline decides."""
    facts = [SeatFact(number) for number in range(seats)]
    voting = itertools.islice(itertools.cycle(range(seats - 1)), seats * VOTES_A_SEAT)
    words = itertools.cycle(SENSE)
    votes = [
        VoteFact(seat, next(words), OPENED + timedelta(seconds=place)) for place, seat in enumerate(voting)
    ]
    taken = []
    for _ in range(rounds):
        begin = time.process_time()
        verdict(POLICY, facts, votes, OPENED + timedelta(days=30), opened_at=OPENED)
        taken.append(1000 * (time.process_time() - begin))
    return median(taken)
