"""How somebody without an address comes back, and who else wants to hear what comes of a matter."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.db import Model, Versioned
from cass_portal.feedback.models.items import Feedback


class ReturnCode(Model):
    """Opens one item for whoever knows its seven words. Only a slow keyed hash of them is kept."""

    __tablename__ = "return_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    feedback_id: Mapped[int] = mapped_column(sa.ForeignKey("feedback.id"), unique=True)
    lookup_key: Mapped[str] = mapped_column(sa.String(64), unique=True)

    feedback: Mapped[Feedback] = relationship()


class Follower(Versioned, Model):
    """An address that said “me too” about a public item and confirmed it.

    `carried_from_id` is the item it followed before that was merged into this one; un-merging takes it back.
    """

    __tablename__ = "follower"
    __table_args__ = (sa.UniqueConstraint("feedback_id", "email"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    feedback_id: Mapped[int] = mapped_column(sa.ForeignKey("feedback.id"))
    carried_from_id: Mapped[int | None] = mapped_column(sa.ForeignKey("feedback.id"), index=True)
    email: Mapped[str | None] = mapped_column(sa.String(254))
    language: Mapped[str] = mapped_column(sa.String(8), default="en")
    asked_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    feedback: Mapped[Feedback] = relationship(foreign_keys=[feedback_id])
    carried_from: Mapped[Feedback | None] = relationship(foreign_keys=[carried_from_id])
