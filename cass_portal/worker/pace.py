"""How much at a time, and how fast: limits a minute, pauses of a channel in trouble, the size of a batch."""

from collections import Counter, defaultdict, deque
from datetime import datetime, timedelta

from cass_portal.clock import now
from cass_portal.delivery.models import Channel

MINUTE = timedelta(minutes=1)
BATCH_SECONDS = 1.0
"""A batch is to take about this long: what is urgent waits for the end of one."""
SMALLEST, LARGEST = 20, 500
LONGEST_REST = 60
"""Seconds."""


class Limits:
    """Mails of the last minute, in all and by domain. Domain limit 0: none."""

    def __init__(self, *, mails: int, of_a_domain: int) -> None:
        self.mails, self.of_a_domain = mails, of_a_domain
        self._sent: deque[datetime] = deque()
        self._sent_to: dict[str, deque[datetime]] = defaultdict(deque)
        self._deferred: Counter[str] = Counter()

    def allowance(self) -> int:
        """How many mails may be sent now."""
        return self.mails - _recent(self._sent)

    def deferred(self, domain: str) -> datetime | None:
        """When a mail to `domain` may be tried, None for now. Who asks more often is told later instants."""
        if not self.of_a_domain:
            return None
        sent = self._sent_to[domain]
        if _recent(sent) < self.of_a_domain:
            self._deferred.pop(domain, None)
            return None
        minutes = 1 + self._deferred[domain] // self.of_a_domain
        self._deferred[domain] += 1
        return sent[0] + minutes * MINUTE

    def count(self, domain: str) -> None:
        self._sent.append(now())
        if self.of_a_domain:
            self._sent_to[domain].append(now())


class Rests:
    """Channels that are in trouble are left alone for a while, longer each time until something gets through."""

    def __init__(self) -> None:
        self._until: dict[Channel, datetime] = {}
        self._times: Counter[Channel] = Counter()

    def rest(self, channel: Channel) -> int:
        """For so many seconds from now on."""
        seconds = min(2 ** self._times[channel], LONGEST_REST)
        self._times[channel] += 1
        self._until[channel] = now() + timedelta(seconds=seconds)
        return int(seconds)

    def awake(self, channel: Channel) -> bool:
        return channel not in self._until or not now() < self._until[channel]

    def got_through(self, channel: Channel) -> None:
        self._times.pop(channel, None)
        self._until.pop(channel, None)


class Size:
    """So many deliveries as took about BATCH_SECONDS the last times."""

    def __init__(self) -> None:
        self.next = SMALLEST

    def took(self, number: int, seconds: float) -> None:
        """Grows by half at most, as one quick batch may be luck; shrinks at once."""
        wanted = int(number * BATCH_SECONDS / max(seconds, 0.001)) if number else SMALLEST
        self.next = max(SMALLEST, min(wanted, self.next * 3 // 2, LARGEST))


def _recent(instants: deque[datetime]) -> int:
    """How many of `instants` are less than a minute old; the others are dropped."""
    while instants and not timedelta(0) <= now() - instants[0] < MINUTE:
        instants.popleft()
    return len(instants)
