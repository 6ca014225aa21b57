"""Who sends what: deliveries are held for a short while, the most urgent first."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import claim, db
from cass_portal.delivery.models import UNFINISHED, Channel, Delivery, DeliveryState, Lane

LEASE = timedelta(seconds=90)
"""How long a claimed delivery is left alone. A worker gives back after seconds what it could not send."""
S = DeliveryState


def claim_deliveries(*, limit: int, channels: Collection[Channel] = tuple(Channel)) -> list[int]:
    """Lease deliveries that are due and mark them as being sent: in the order of the lanes, the oldest first."""
    taken: list[int] = []
    for lane in Lane:
        if len(taken) < limit:
            taken += sorted(
                claim(
                    Delivery,
                    sa.and_(
                        sa.text(UNFINISHED),
                        Delivery.lane == lane,
                        Delivery.channel.in_(channels),
                        Delivery.next_at <= now(),
                    ),
                    limit=limit - len(taken),
                    lease=LEASE,
                    order_by=(Delivery.next_at, Delivery.id),
                    marks={"state": S.SENDING},
                )
            )
    return taken


def give_back(ids: Sequence[int]) -> None:
    """Give claimed deliveries back untried."""
    given_back = sa.case((Delivery.attempts > 0, S.RETRYING.value), else_=S.PENDING.value)
    _settle(ids, state=given_back)


def defer(ids: Sequence[int], *, until: datetime) -> None:
    """Give them back untried, to be claimed no sooner than `until`."""
    given_back = sa.case((Delivery.attempts > 0, S.RETRYING.value), else_=S.PENDING.value)
    _settle(ids, state=given_back, next_at=until)


def hold_back(ids: Sequence[int]) -> None:
    """Their bulletin was paused while a worker held them."""
    _settle(ids, state=S.PAUSED)


def drop(ids: Sequence[int], *, reason: str) -> None:
    """Nothing is sent, because it would no longer be true or wanted."""
    _settle(ids, state=S.SUPPRESSED, error=reason)


def _settle(ids: Sequence[int], **values: object) -> None:
    """Only what is still held: what another worker has taken over and sent stays sent."""
    if ids:
        held = sa.update(Delivery).where(Delivery.id.in_(ids), Delivery.state == S.SENDING)
        db.session.execute(
            held.values(leased_until=None, **values), execution_options={"synchronize_session": False}
        )
