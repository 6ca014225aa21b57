"""Whether mail reaches somebody, as coordinators read it: the last message to each address counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cass_portal.clock import today
from cass_portal.delivery.models import Delivery, DeliveryState
from cass_portal.delivery.words import CAME_BACK

S = DeliveryState
WORST_FIRST: tuple[str, ...] = (
    CAME_BACK,
    S.FAILED,
    S.SUPPRESSED,
    S.RETRYING,
    S.PAUSED,
    S.PENDING,
    S.SENDING,
    S.SENT,
)
PROBLEMS: tuple[str, ...] = (CAME_BACK, S.FAILED, S.SUPPRESSED, S.RETRYING)
WORDS: dict[str, str] = {
    CAME_BACK: "Mail came back",
    S.FAILED: "Mail failed",
    S.SUPPRESSED: "Mail not sent",
    S.RETRYING: "Mail: trying again",
    S.PAUSED: "Mail held back",
    S.PENDING: "Mail on its way",
    S.SENDING: "Mail on its way",
    S.SENT: "Mail delivered",
}


@dataclass(frozen=True)
class Reach:
    """`picture` names a state's picture; `why` is what the other server or the portal said of a problem."""

    delivery: Delivery
    standing: str
    picture: str
    words: str
    why: str | None

    @property
    def is_problem(self) -> bool:
        return self.standing in PROBLEMS


def reach_of(deliveries: Iterable[Delivery]) -> list[Reach]:
    """One for each address, the worst first. What was left out counts only where nothing was sent at all."""
    last: dict[str, Delivery] = {}
    for each in sorted(deliveries, key=lambda delivery: delivery.id):
        known = last.get(each.address)
        if known is None or each.state != S.SUPPRESSED or known.state == S.SUPPRESSED:
            last[each.address] = each
    return sorted(map(_reach, last.values()), key=lambda reach: WORST_FIRST.index(reach.standing))


def _reach(delivery: Delivery) -> Reach:
    standing: str = CAME_BACK if delivery.bounced_at is not None else delivery.state
    why = _why(delivery) if standing in PROBLEMS else None
    words = WORDS[standing]
    if standing == S.RETRYING:
        words = f"{words} {_at(delivery.next_at)}"
    return Reach(delivery, standing, "delivered" if standing == S.SENT else str(standing), words, why)


def _why(delivery: Delivery) -> str | None:
    """What went wrong, without the address that servers like to repeat."""
    return f"{delivery.masked_address}: {delivery.masked(delivery.error)}" if delivery.error else None


def _at(instant: datetime) -> str:
    """“at 14:05 UTC”, with the day where that is another one."""
    day = "" if instant.date() == today() else f"on {instant.day} {instant:%B} "
    return f"{day}at {instant:%H:%M} UTC"
