"""Files that belong to a matter. The bytes lie in the attachment store under a random key, never under their name."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.db import Model, enum_type
from cass_portal.feedback.models.items import Feedback


class AttachmentState(StrEnum):
    """WAITING: not scanned yet, though a scanner is configured. REFUSED: it found something. REMOVED: by staff."""

    WAITING = "waiting"
    READY = "ready"
    REFUSED = "refused"
    REMOVED = "removed"


class Attachment(Model):
    """One file of a matter, or of one message, note or answer in it; readable by whoever may read that.

    `name` is None in anonymous mode; `size` in bytes; `media_type` by content. `organization_id` and `person_id`
    are those of staff who added it.
    """

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(primary_key=True)
    feedback_id: Mapped[int] = mapped_column(sa.ForeignKey("feedback.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(sa.ForeignKey("message.id"))
    note_id: Mapped[int | None] = mapped_column(sa.ForeignKey("note.id"))
    assignment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("assignment.id"))
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name: Mapped[str | None] = mapped_column(sa.String(255))
    media_type: Mapped[str] = mapped_column(sa.String(100))
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(sa.String(64))
    state: Mapped[AttachmentState] = mapped_column(enum_type(AttachmentState), index=True)
    detail: Mapped[str | None]
    added_at: Mapped[datetime]
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    organization_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"))
    leased_until: Mapped[datetime | None]

    feedback: Mapped[Feedback] = relationship(overlaps="attachments")
    message: Mapped[Any] = relationship("Message")
    organization: Mapped[Any] = relationship("Organization")
