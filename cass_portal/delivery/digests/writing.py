"""Composed digests and the clocks set on, written as sets of rows."""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from cass_portal.db import db, is_postgresql
from cass_portal.delivery.models import Channel, Delivery, DeliveryState, Digest, Lane, RecipientRole
from cass_portal.subscriptions.models import DigestClock

if TYPE_CHECKING:
    from cass_portal.delivery.digests.composing import Clock


class Made(NamedTuple):
    clock: "Clock"
    starts_at: datetime
    ends_at: datetime
    bulletins: list[int]
    rule_id: int


class Setting(NamedTuple):
    told_until: datetime
    next_at: datetime | None


def write_digests(made: Sequence[Made], at: datetime) -> None:
    """A digest and its delivery for each."""
    if not made:
        return
    numbered = list(zip(_new_numbers(len(made)), made, strict=True))
    db.session.execute(
        sa.insert(_digest),
        [
            {
                "id": number, "subscriber_id": each.clock.subscriber_id, "frequency": each.clock.frequency,
                "starts_at": each.starts_at, "ends_at": each.ends_at, "bulletins": each.bulletins, "made_at": at,
            }
            for number, each in numbered
        ],
    )  # fmt: skip
    db.session.execute(
        sa.insert(_delivery).values(
            lane=Lane.DIGEST.value, channel=Channel.EMAIL, role=RecipientRole.SUBSCRIBER,
            state=DeliveryState.PENDING, attempts=0, created_at=at, next_at=at,
        ),
        [
            {
                "digest_id": number, "address": each.clock.email, "subscriber_id": each.clock.subscriber_id,
                "subscription_id": each.rule_id, "message_id": secrets.token_hex(16),
            }
            for number, each in numbered
        ],
    )  # fmt: skip


def set_on(settings: Iterable[tuple[int, Setting]]) -> None:
    """Clocks that are set to the same are written together."""
    alike: dict[Setting, list[int]] = defaultdict(list)
    for clock_id, setting in settings:
        alike[setting].append(clock_id)
    for setting, clocks in alike.items():
        db.session.execute(sa.update(_clock).where(_clock.c.id.in_(clocks)).values(**setting._asdict()))


def _new_numbers(count: int) -> list[int]:
    """Numbers for that many digests, for their deliveries to name. On SQLite nobody else writes meanwhile."""
    if is_postgresql():
        sequence = sa.func.pg_get_serial_sequence("digest", "id")
        return list(
            db.session.scalars(
                sa.select(sa.func.nextval(sequence)).select_from(sa.func.generate_series(1, count))
            )
        )
    last = db.session.scalar(sa.select(sa.func.coalesce(sa.func.max(_digest.c.id), 0))) or 0
    return list(range(last + 1, last + 1 + count))


_digest: Any = Digest.__table__
_delivery: Any = Delivery.__table__
_clock: Any = DigestClock.__table__
