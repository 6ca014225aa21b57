"""Two matters that are one, and what the portal learned from decisions."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.db import Json, Model
from cass_portal.feedback.models import Feedback
from cass_portal.people.models import Person


class Merge(Model):
    """`feedback` is a duplicate of `into`. `before` is all that undoing needs to restore it exactly."""

    __tablename__ = "merge"
    __table_args__ = (
        sa.Index("uq_merge_standing", "feedback_id", unique=True, sqlite_where=sa.text("undone_at IS NULL"),
                 postgresql_where=sa.text("undone_at IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    feedback_id: Mapped[int] = mapped_column(sa.ForeignKey("feedback.id"))
    into_id: Mapped[int] = mapped_column(sa.ForeignKey("feedback.id"), index=True)
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    before: Mapped[dict[str, Any]]
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    feedback: Mapped[Feedback] = relationship(foreign_keys=[feedback_id])
    into: Mapped[Feedback] = relationship(foreign_keys=[into_id])
    by: Mapped[Person] = relationship(foreign_keys=[by_id])


class Learned(Model):
    """What was learned of past decisions (`name`: routing or moderation), up to the event of that number.

    `data` is the model's own format; `detail` says of how many decisions and how well it does on them.
    """

    __tablename__ = "learned"

    name: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    through_event_id: Mapped[int]
    made_at: Mapped[datetime]
    detail: Mapped[dict[str, Any]] = mapped_column(Json)
    data: Mapped[bytes] = mapped_column(sa.LargeBinary)
