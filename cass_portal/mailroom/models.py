"""Mail that came in, and what became of it. What nobody recognized waits in a tray for a person."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.db import Model, Versioned, enum_type
from cass_portal.delivery.models import Delivery


class MailKind(StrEnum):
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    REPLY = "reply"
    FEEDBACK = "feedback"
    PROBE = "probe"
    UNSUBSCRIBE = "unsubscribe"
    AUTOMATIC = "automatic"
    UNRECOGNIZED = "unrecognized"


class MailState(StrEnum):
    """DONE: it did what it was meant to. TRAY: a person looks at it. SETTLED: a person did."""

    DONE = "done"
    TRAY = "tray"
    SETTLED = "settled"


class InboundMail(Versioned, Model):
    """`digest` makes a message that comes twice harmless. `text` is what the sender wrote, without what was quoted.

    `raw` is kept while it is in the tray and forgotten some weeks later; `reason` says why it is there.
    """

    __tablename__ = "inbound_mail"
    __table_args__ = (
        sa.Index("ix_inbound_mail_tray", "id", sqlite_where=sa.text("state = 'tray'"),
                 postgresql_where=sa.text("state = 'tray'")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    received_at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[MailKind] = mapped_column(enum_type(MailKind))
    state: Mapped[MailState] = mapped_column(enum_type(MailState))
    sender: Mapped[str]
    recipient: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    attachments: Mapped[list[str]] = mapped_column(default=list)
    reason: Mapped[str | None]
    raw: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    delivery_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("delivery.id", ondelete="SET NULL"), index=True
    )
    feedback_id: Mapped[int | None] = mapped_column(sa.ForeignKey("feedback.id", ondelete="SET NULL"))
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    settlement: Mapped[str | None]

    delivery: Mapped[Delivery | None] = relationship()
    feedback: Mapped[Any] = relationship("Feedback")
    settled_by: Mapped[Any] = relationship("Person")


class Bounce(Model):
    """One report that a mail did not arrive, or was not wanted; counted against the thresholds."""

    __tablename__ = "bounce"
    __table_args__ = (sa.Index("ix_bounce_address", "address", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mail_id: Mapped[int] = mapped_column(sa.ForeignKey("inbound_mail.id"), index=True)
    delivery_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("delivery.id", ondelete="SET NULL"), index=True
    )
    address: Mapped[str] = mapped_column(sa.String(254))
    is_hard: Mapped[bool]
    is_complaint: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str | None] = mapped_column(sa.String(16))
    detail: Mapped[str]
    at: Mapped[datetime]


class Probe(Model):
    """One mail a day to each listener address; it has to come back."""

    __tablename__ = "probe"
    __table_args__ = (sa.UniqueConstraint("address", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(sa.String(254))
    day: Mapped[date]
    asked_at: Mapped[datetime]
    arrived_at: Mapped[datetime | None]
    alerted_at: Mapped[datetime | None]
