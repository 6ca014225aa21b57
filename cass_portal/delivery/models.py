"""Everything that leaves the house: one row per event, channel and recipient."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.clock import now
from cass_portal.db import Model, enum_type
from cass_portal.history import Event


class DeliveryState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    RETRYING = "retrying"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


UNFINISHED = "state IN ('pending', 'sending', 'retrying')"
"""Still to be handed over; a worker that died may have left it as sending. Condition of the index of what is due."""
UNSENT = "state <> 'sent'"
"""The few that a person may want to look at, among the many that arrived. Condition of an index, too."""


class Channel(StrEnum):
    EMAIL = "email"


class RecipientRole(StrEnum):
    """Why somebody gets a message; the mail's wording and links depend on it."""

    STAKEHOLDER = "stakeholder"
    COORDINATOR = "coordinator"
    MEMBER = "member"
    REPRESENTATIVE = "representative"
    PERSON = "person"


class Delivery(Model):
    """`address` is copied when the recipient is decided. `message_id` is stable over retries.

    `next_at` is when it may be tried (again); `leased_until` belongs to the worker that holds it.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        sa.UniqueConstraint("event_id", "channel", "address", "role"),
        sa.Index("ix_delivery_due", "next_at", "id",
                 sqlite_where=sa.text(UNFINISHED), postgresql_where=sa.text(UNFINISHED)),
        sa.Index("ix_delivery_unsent", "id", sqlite_where=sa.text(UNSENT), postgresql_where=sa.text(UNSENT)),
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

    @classmethod
    def is_due(cls) -> sa.ColumnElement[bool]:
        """Written out, not bound: SQLite uses a partial index only for the condition it was made with."""
        return sa.and_(sa.text(UNFINISHED), cls.next_at <= now())

    @classmethod
    def is_in(cls, state: DeliveryState) -> sa.ColumnElement[bool]:
        """Condition for a list by state; finds the rare ones without walking those that arrived."""
        condition = cls.state == state
        return condition if state == DeliveryState.SENT else sa.and_(sa.text(UNSENT), condition)

    @property
    def masked_address(self) -> str:
        """Enough to see which server refuses, not who a stakeholder is."""
        return f"…@{self.address.rpartition('@')[2]}"


class Heartbeat(Model):
    """When each worker last looked; /healthz reads it."""

    __tablename__ = "heartbeat"

    worker: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    at: Mapped[datetime]
