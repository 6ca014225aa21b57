"""What may become of a delivery that a worker held."""

import re
from dataclasses import dataclass
from datetime import datetime

from cass_portal.clock import now
from cass_portal.delivery.models import DeliveryState
from cass_portal.patience import next_attempt_at

ERROR_LENGTH = 500
S = DeliveryState
_CODE = re.compile(r"\b([1-5])\d\d\b")
"""What the other side answers with, in mail (RFC 5321 §4.2) as on the web."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is noted of one delivery that was held. `next_at` None: as it was."""

    state: DeliveryState
    attempts: int
    error: str | None = None
    sent_at: datetime | None = None
    next_at: datetime | None = None

    @property
    def counted_as(self) -> str:
        """What metrics count it as: its state, and of a failure its class, from the other side's code."""
        if self.state not in (S.FAILED, S.RETRYING):
            return self.state.value
        code = _CODE.search(self.error or "")
        return f"{self.state.value}_{code[1]}xx" if code else f"{self.state.value}_other"


def sent(attempts: int) -> Outcome:
    """The other side took it, after `attempts` that failed."""
    return Outcome(S.SENT, attempts + 1, sent_at=now())


def suppressed(attempts: int, reason: str) -> Outcome:
    """Nothing is sent, because it would no longer be true or wanted."""
    return Outcome(S.SUPPRESSED, attempts, error=reason[:ERROR_LENGTH])


def failed(attempts: int, reason: str, *, permanent: bool) -> Outcome:
    """Tried again later, unless that cannot help or was tried often enough."""
    next_at = None if permanent else next_attempt_at(attempts + 1)
    state = S.FAILED if next_at is None else S.RETRYING
    return Outcome(state, attempts + 1, error=reason[:ERROR_LENGTH], next_at=next_at)
