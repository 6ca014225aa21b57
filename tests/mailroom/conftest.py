from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.models import Channel, Delivery, DeliveryState, RecipientRole
from cass_portal.history import Event, EventKind, record
from cass_portal.mailroom.actions import receive
from cass_portal.mailroom.models import InboundMail
from cass_portal.policy import SYSTEM
from tests import factories
from tests.delivery.conftest import outbox
from tests.mailroom.letters import KEY

__all__ = ["outbox"]
number = count(1)


@pytest.fixture
def received(app: Any) -> Callable[..., InboundMail]:
    """received(raw): the mail as it was taken in, committed."""

    def receive_one(raw: bytes, **options: Any) -> InboundMail:
        mail = receive(raw, key=KEY, **options)
        db.session.commit()
        return mail

    return receive_one


def sent(
    subject: Any, *, address: str, role: RecipientRole = RecipientRole.STAKEHOLDER, **fields: Any
) -> Delivery:
    """A mail about `subject` that went to `address` an hour ago."""
    kind = fields.pop("kind", EventKind.FEEDBACK_ASKED)
    event = record(subject, kind, by=SYSTEM, assignment=fields.get("assignment"))
    event.fanned_out_at = now()
    db.session.flush()
    at = now() - timedelta(hours=1)
    defaults = {
        "event": event, "channel": Channel.EMAIL, "role": role, "address": address, "state": DeliveryState.SENT,
        "message_id": f"{next(number):032x}", "created_at": at, "next_at": at, "sent_at": at,
    }  # fmt: skip
    delivery = factories.made(Delivery(**(defaults | fields)))
    db.session.commit()
    return delivery


def acts() -> list[tuple[str, str]]:
    """(kind, actor) of what happened beside our own notifications, oldest first."""
    events = db.session.scalars(sa.select(Event).where(Event.fanned_out_at.is_(None)).order_by(Event.id))
    return [(event.kind.value, event.actor_role) for event in events]
