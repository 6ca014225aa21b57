"""Everything that leaves the house: one row per cause, channel and recipient; and what holds it up.

A cause is an event or a digest. A bulletin is an event that subscribers are told of.
"""

import re
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.clock import now
from cass_portal.db import Json, Model, Versioned, enum_type
from cass_portal.history import Event
from cass_portal.hooks.models import Webhook
from cass_portal.subscriptions.lifecycle import Frequency, Matter
from cass_portal.subscriptions.models import Subscriber, Subscription

_ADDRESSES = re.compile(r"[^\s<>@…:;,(\"']{1,64}@([\w.-]+)")


class DeliveryState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    RETRYING = "retrying"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    PAUSED = "paused"


UNFINISHED = "state IN ('pending', 'sending', 'retrying')"
"""Still to be handed over; a worker that died may have left it as sending. Condition of the index of what is due."""
UNSENT = "state <> 'sent'"
"""The few that a person may want to look at, among the many that arrived. Condition of an index, too."""


class Channel(StrEnum):
    EMAIL = "email"
    WEBHOOK = "webhook"
    SLACK = "slack"
    MATTERMOST = "mattermost"
    MATRIX = "matrix"


class Lane(IntEnum):
    """What goes first. A lower lane is empty before a higher one is looked at."""

    PERSONAL = 0
    """Meant for one reader: confirmations, questions, answers, hooks."""
    URGENT = 1
    """To subscribers, of a status notice that is no maintenance."""
    BULK = 2
    DIGEST = 3


class RecipientRole(StrEnum):
    """Why somebody gets a message; the mail's wording and links depend on it."""

    STAKEHOLDER = "stakeholder"
    COORDINATOR = "coordinator"
    MEMBER = "member"
    REPRESENTATIVE = "representative"
    PERSON = "person"
    SUBSCRIBER = "subscriber"
    HOOK = "hook"
    LISTENER = "listener"
    """An address that proves that mail arrives."""
    ONCE = "once"
    """An address that was left for this one mail, and is erased from its row when that is settled."""


class BulletinState(StrEnum):
    """WAITING: no delivery yet. SPREADING: deliveries are being made. OUT: all are made."""

    WAITING = "waiting"
    SPREADING = "spreading"
    OUT = "out"
    PAUSED = "paused"
    CANCELLED = "cancelled"


class Bulletin(Versioned, Model):
    """An event that subscribers are told of, and how far telling them has come.

    `facets` are ids of what it is about when it happened: {"organization": […], "area": […], "product": […],
    "topic": […], "announcement": […], "feedback": […]}. `cursor` is the last subscriber for whom a delivery was made,
    `recipients` how many there are so far. `sent` and `unsent` are counted when its deliveries are forgotten.
    """

    __tablename__ = "bulletin"
    __table_args__ = (
        sa.Index("ix_bulletin_unfinished", "lane", "id",
                 sqlite_where=sa.text("state IN ('waiting', 'spreading')"),
                 postgresql_where=sa.text("state IN ('waiting', 'spreading')")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"), unique=True)
    matter: Mapped[Matter] = mapped_column(enum_type(Matter))
    lane: Mapped[int]
    at: Mapped[datetime] = mapped_column(index=True)
    facets: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[BulletinState] = mapped_column(enum_type(BulletinState), default=BulletinState.WAITING)
    cursor: Mapped[int] = mapped_column(default=0)
    recipients: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    """When it was paused or cancelled, or its last delivery was made."""
    forgotten_at: Mapped[datetime | None]
    sent: Mapped[int | None]
    unsent: Mapped[int | None]

    event: Mapped[Event] = relationship()


class Digest(Model):
    """One mail over a window [starts_at, ends_at): the bulletins in it, oldest first. Forgotten after some weeks."""

    __tablename__ = "digest"
    __table_args__ = (sa.UniqueConstraint("subscriber_id", "frequency", "starts_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(sa.ForeignKey("subscriber.id"))
    frequency: Mapped[Frequency] = mapped_column(enum_type(Frequency))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    bulletins: Mapped[list[int]] = mapped_column(Json, default=list)
    made_at: Mapped[datetime] = mapped_column(index=True)

    subscriber: Mapped[Subscriber] = relationship()


class Delivery(Model):
    """`address` is copied when the recipient is decided. `message_id` is stable over retries.

    `next_at` is when it may be tried (again); `leased_until` belongs to the worker that holds it. Of list mail,
    `subscription` is the rule it came by. `bounced_at`: it was sent, and came back.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        sa.UniqueConstraint("event_id", "channel", "address", "role"),
        sa.CheckConstraint("(event_id IS NULL) <> (digest_id IS NULL)", name="one_cause"),
        sa.Index("ix_delivery_due", "lane", "next_at", "id",
                 sqlite_where=sa.text(UNFINISHED), postgresql_where=sa.text(UNFINISHED)),
        sa.Index("ix_delivery_unsent_of", "event_id", "state",
                 sqlite_where=sa.text(UNSENT), postgresql_where=sa.text(UNSENT)),
        sa.Index("ix_delivery_unsent", "id", sqlite_where=sa.text(UNSENT), postgresql_where=sa.text(UNSENT)),
        sa.Index("ix_delivery_to_webhook", "webhook_id", "id",
                 sqlite_where=sa.text("webhook_id IS NOT NULL"), postgresql_where=sa.text("webhook_id IS NOT NULL")),
        sa.Index("ix_delivery_bounced", "event_id", sqlite_where=sa.text("bounced_at IS NOT NULL"),
                 postgresql_where=sa.text("bounced_at IS NOT NULL")),
        sa.Index("ix_delivery_once", "id", sqlite_where=sa.text("role = 'once' AND address <> ''"),
                 postgresql_where=sa.text("role = 'once' AND address <> ''")),
        {"sqlite_autoincrement": True},  # its addresses lie in mailboxes: no number is ever given again
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int | None] = mapped_column(sa.ForeignKey("event.id"))
    digest_id: Mapped[int | None] = mapped_column(sa.ForeignKey("digest.id"), unique=True)
    lane: Mapped[int] = mapped_column(default=Lane.PERSONAL, server_default=sa.text("0"))
    channel: Mapped[Channel] = mapped_column(enum_type(Channel))
    role: Mapped[RecipientRole] = mapped_column(enum_type(RecipientRole))
    address: Mapped[str] = mapped_column(sa.String(254))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    organization_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"))
    assignment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("assignment.id"), index=True)
    subscriber_id: Mapped[int | None] = mapped_column(sa.ForeignKey("subscriber.id"))
    subscription_id: Mapped[int | None] = mapped_column(sa.ForeignKey("subscription.id"))
    webhook_id: Mapped[int | None] = mapped_column(sa.ForeignKey("webhook.id"))
    state: Mapped[DeliveryState] = mapped_column(enum_type(DeliveryState))
    attempts: Mapped[int] = mapped_column(default=0)
    message_id: Mapped[str] = mapped_column(sa.String(120), unique=True)
    created_at: Mapped[datetime]
    next_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
    error: Mapped[str | None]

    event: Mapped[Event] = relationship()
    """None for a digest."""
    digest: Mapped[Digest | None] = relationship()
    subscriber: Mapped[Subscriber | None] = relationship()
    subscription: Mapped[Subscription | None] = relationship()
    webhook: Mapped[Webhook | None] = relationship()
    person: Mapped[Any] = relationship("Person")
    organization: Mapped[Any] = relationship("Organization")
    assignment: Mapped[Any] = relationship("Assignment")

    @property
    def subject(self) -> Any:
        """What its history belongs to: the subscriber of list mail, else what the event happened to."""
        return self.subscriber or self.event.subject

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
        """Enough to see which server refuses, not who a stakeholder is. Of a hook, the host."""
        return f"…@{self.address.rpartition('@')[2]}"

    def masked(self, said: str) -> str:
        """What a server said, without who it was about: this address however it is written, and any other one."""
        name = re.escape(self.address.rpartition("@")[0] or self.address)
        without = _ADDRESSES.sub(r"…@\1", said)
        return re.sub(rf"(?<![\w…]){name}(?![\w@])", "…", without, flags=re.IGNORECASE)


class Heartbeat(Model):
    """When each worker last looked; /healthz reads it."""

    __tablename__ = "heartbeat"

    worker: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    at: Mapped[datetime]


class SuppressionReason(StrEnum):
    BOUNCED = "bounced"
    COMPLAINT = "complaint"
    BY_STAFF = "by_staff"


class Suppression(Versioned, Model):
    """An address that is not written to: after a complaint no list mail, else none at all. Kept after its release."""

    __tablename__ = "suppression"
    __table_args__ = (
        sa.Index("uq_suppression_standing", "address", unique=True,
                 sqlite_where=sa.text("released_at IS NULL"), postgresql_where=sa.text("released_at IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(sa.String(254))
    reason: Mapped[SuppressionReason] = mapped_column(enum_type(SuppressionReason))
    detail: Mapped[str]
    since: Mapped[datetime]
    released_at: Mapped[datetime | None]
    released_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    released_by: Mapped[Any] = relationship("Person")


class Tally(Model):
    """How many ended how, ever: what metrics count. Rows are forgotten, this is not."""

    __tablename__ = "tally"

    channel: Mapped[Channel] = mapped_column(enum_type(Channel), primary_key=True)
    outcome: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    count: Mapped[int] = mapped_column(sa.BigInteger, default=0)


class SendingPause(Model):
    """The switch for everything that leaves: while a row has no `ended_at`, nothing does."""

    __tablename__ = "sending_pause"

    id: Mapped[int] = mapped_column(primary_key=True)
    reason: Mapped[str]
    began_at: Mapped[datetime]
    began_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]

    began_by: Mapped[Any] = relationship("Person")
