"""Who wants to hear of what: an address, and its rules. Nothing here says what was sent."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.db import Model, Versioned, enum_type
from cass_portal.subscriptions.lifecycle import ALL_MATTERS, TARGETED, EndedReason, Frequency, Matter, Scope

RUNNING = "confirmed_at IS NOT NULL AND ended_at IS NULL"
"""Condition of the index that a fan-out walks; a subscription that nobody confirmed gets nothing."""


class Subscriber(Versioned, Model):
    """One address, lower case; None once it was erased. `time_zone` is an IANA name, digests go by it.

    `language` is the one they subscribed in, for what is written to them alone.

    `link_generation` counts up to make every link that was mailed before stop working.
    """

    __tablename__ = "subscriber"
    __table_args__ = (
        sa.Index("ix_subscriber_idle", "idle_since", sqlite_where=sa.text("idle_since IS NOT NULL"),
                 postgresql_where=sa.text("idle_since IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(sa.String(254), unique=True)
    time_zone: Mapped[str] = mapped_column(sa.String(64), default="UTC")
    language: Mapped[str] = mapped_column(sa.String(8), default="en")
    link_generation: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    idle_since: Mapped[datetime | None]
    """Since when no subscription runs; the address is erased some time after. None while one does."""
    erased_at: Mapped[datetime | None]

    subscriptions: Mapped[list["Subscription"]] = relationship(
        back_populates="subscriber", order_by="Subscription.id"
    )


class Subscription(Model):
    """A rule: scope × matters × frequency. Never changed but by ending it; a change is an end and a new rule.

    `matters` is the sum of Matter.bit. What was asked for together has one `asked_at`, and one link confirms it.
    """

    __tablename__ = "subscription"
    __table_args__ = (
        sa.CheckConstraint(
            " + ".join(f"CASE WHEN {each}_id IS NULL THEN 0 ELSE 1 END" for each in TARGETED)
            + " = CASE WHEN scope = 'everything' THEN 0 ELSE 1 END",
            name="one_target",
        ),
        sa.Index("ix_subscription_running", "frequency", "subscriber_id",
                 sqlite_where=sa.text(RUNNING), postgresql_where=sa.text(RUNNING)),
        sa.Index("ix_subscription_feedback_id", "feedback_id", sqlite_where=sa.text("feedback_id IS NOT NULL"),
                 postgresql_where=sa.text("feedback_id IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(sa.ForeignKey("subscriber.id"), index=True)
    scope: Mapped[Scope] = mapped_column(enum_type(Scope))
    organization_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"))
    area_id: Mapped[int | None] = mapped_column(sa.ForeignKey("area.id"))
    product_id: Mapped[int | None] = mapped_column(sa.ForeignKey("product.id"))
    topic_id: Mapped[int | None] = mapped_column(sa.ForeignKey("topic.id"))
    announcement_id: Mapped[int | None] = mapped_column(sa.ForeignKey("announcement.id"))
    feedback_id: Mapped[int | None] = mapped_column(sa.ForeignKey("feedback.id"))
    matters: Mapped[int] = mapped_column(default=ALL_MATTERS)
    frequency: Mapped[Frequency] = mapped_column(enum_type(Frequency))
    asked_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[EndedReason | None] = mapped_column(enum_type(EndedReason))

    subscriber: Mapped[Subscriber] = relationship(back_populates="subscriptions")
    organization: Mapped[Any] = relationship("Organization")
    area: Mapped[Any] = relationship("Area")
    product: Mapped[Any] = relationship("Product")
    topic: Mapped[Any] = relationship("Topic")
    announcement: Mapped[Any] = relationship("Announcement")
    feedback: Mapped[Any] = relationship("Feedback")

    @property
    def target(self) -> Any:
        """The row it is about; None for everything."""
        return None if self.scope == Scope.EVERYTHING else getattr(self, self.scope.value)

    @property
    def target_id(self) -> int | None:
        return None if self.scope == Scope.EVERYTHING else getattr(self, f"{self.scope.value}_id")

    @property
    def is_running(self) -> bool:
        return self.confirmed_at is not None and self.ended_at is None

    @property
    def kinds(self) -> frozenset[Matter]:
        return frozenset(each for each in Matter if self.matters & each.bit)


class DigestClock(Model):
    """How far a subscriber was told in digests of one frequency; the next window begins there, whatever happened."""

    __tablename__ = "digest_clock"
    __table_args__ = (sa.UniqueConstraint("subscriber_id", "frequency"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(sa.ForeignKey("subscriber.id"))
    frequency: Mapped[Frequency] = mapped_column(enum_type(Frequency))
    told_until: Mapped[datetime]
    next_at: Mapped[datetime | None] = mapped_column(index=True)
    """When the next window ends; None while no rule of this frequency runs."""

    subscriber: Mapped[Subscriber] = relationship()


class SubscriptionRequest(Model):
    """Somebody asked for mails to `email`, or for the link there. The worker answers and deletes it.

    It is stored whether or not anybody is known at that address, so that the asker cannot tell from the time it takes.
    `wish`: names of what it is about, sum of matters, frequency and time zone; empty for the link alone.
    """

    __tablename__ = "subscription_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254))
    wish: Mapped[dict[str, Any]] = mapped_column(default=dict)
    requested_at: Mapped[datetime]
