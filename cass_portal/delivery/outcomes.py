"""What may become of a delivery that a worker held."""

from dataclasses import dataclass
from datetime import datetime

from cass_portal.clock import now
from cass_portal.delivery.models import DeliveryState
from cass_portal.patience import next_attempt_at

ERROR_LENGTH = 500
S = DeliveryState


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is noted of one delivery that was held. `next_at` None: as it was."""

    state: DeliveryState
    attempts: int
    error: str | None = None
    sent_at: datetime | None = None
    next_at: datetime | None = None


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
