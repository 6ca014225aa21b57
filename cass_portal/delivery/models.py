"""Everything that leaves the house: one row per event, channel and recipient."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.db import Model, enum_type
from cass_portal.history import Event


class DeliveryState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    RETRYING = "retrying"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


UNFINISHED = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.RETRYING)
"""Still to be handed over; a worker that died may have left it as sending."""


class Channel(StrEnum):
    EMAIL = "email"


class RecipientRole(StrEnum):
    """Why somebody gets a message; the mail's wording and links depend on it."""

    STAKEHOLDER = "stakeholder"
    COORDINATOR = "coordinator"
    MEMBER = "member"
    PERSON = "person"


class Delivery(Model):
    """`address` is copied when the recipient is decided. `message_id` is stable over retries.

    `next_at` is when it may be tried (again); `leased_until` belongs to the worker that holds it.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        sa.UniqueConstraint("event_id", "channel", "address", "role"),
        sa.Index("ix_delivery_due", "next_at", "id",
                 sqlite_where=sa.text("state IN ('pending', 'sending', 'retrying')"),
                 postgresql_where=sa.text("state IN ('pending', 'sending', 'retrying')")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"))
    channel: Mapped[Channel] = mapped_column(enum_type(Channel))
    role: Mapped[RecipientRole] = mapped_column(enum_type(RecipientRole))
    address: Mapped[str] = mapped_column(sa.String(254))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    organization_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"))
    assignment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("assignment.id"), index=True)
    state: Mapped[DeliveryState] = mapped_column(enum_type(DeliveryState))
    attempts: Mapped[int] = mapped_column(default=0)
    message_id: Mapped[str] = mapped_column(sa.String(120), unique=True)
    created_at: Mapped[datetime]
    next_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None]

    event: Mapped[Event] = relationship()
    person: Mapped[Any] = relationship("Person")
    organization: Mapped[Any] = relationship("Organization")
    assignment: Mapped[Any] = relationship("Assignment")

    @property
    def masked_address(self) -> str:
        """Enough to see which server refuses, not who a stakeholder is."""
        return f"…@{self.address.rpartition('@')[2]}"


class Heartbeat(Model):
    """When each worker last looked; /healthz reads it."""

    __tablename__ = "heartbeat"

    worker: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    at: Mapped[datetime]
