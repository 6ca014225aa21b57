"""What staff write: notes among themselves with the people they mention, and the consolidated reply."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.db import Model, Versioned
from cass_portal.directory.models import Organization
from cass_portal.feedback.models import Feedback
from cass_portal.people.models import Person


class Note(Model):
    """An internal note. With an organization it is that member's and the coordinators'; without, the coordinators'.

    `for_members`: every member that has the matter reads it, too.
    """

    __tablename__ = "note"

    id: Mapped[int] = mapped_column(primary_key=True)
    feedback_id: Mapped[int] = mapped_column(sa.ForeignKey("feedback.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    organization_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"))
    at: Mapped[datetime]
    body: Mapped[str]
    body_html: Mapped[str]
    for_members: Mapped[bool] = mapped_column(default=False)

    feedback: Mapped[Feedback] = relationship()
    person: Mapped[Person] = relationship()
    organization: Mapped[Organization | None] = relationship()


class Mention(Model):
    """A person named in a note, who is told of it and finds it in My work until they have seen it."""

    __tablename__ = "mention"
    __table_args__ = (sa.UniqueConstraint("note_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    note_id: Mapped[int] = mapped_column(sa.ForeignKey("note.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    seen_at: Mapped[datetime | None]

    note: Mapped[Note] = relationship()
    person: Mapped[Person] = relationship()


class ConsolidatedReply(Versioned, Model):
    """What the stakeholder is given: the Consortium's words over the members' answers. Unreleased: a draft.

    Every release to the stakeholder is one row; `text` is empty where a single member's answer needed no words
    over it. `answers` is `{"parts": [...]}`: each answer as it was released, attributed, so that a reopened
    matter does not rewrite history. `announcement` is the one it was released together with.
    """

    __tablename__ = "consolidated_reply"

    id: Mapped[int] = mapped_column(primary_key=True)
    feedback_id: Mapped[int] = mapped_column(sa.ForeignKey("feedback.id"), index=True)
    text: Mapped[str]
    html: Mapped[str]
    drafted_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    drafted_at: Mapped[datetime]
    released_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    released_at: Mapped[datetime | None]
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    announcement_id: Mapped[int | None] = mapped_column(sa.ForeignKey("announcement.id"), index=True)

    feedback: Mapped[Feedback] = relationship(back_populates="replies")
    drafted_by: Mapped[Person] = relationship(foreign_keys=[drafted_by_id])
    released_by: Mapped[Person | None] = relationship(foreign_keys=[released_by_id])
    announcement: Mapped[Any] = relationship("Announcement", foreign_keys=[announcement_id])

    @property
    def goes_with(self) -> Any:
        """The public edition of the announcement it was released together with; None once that was withdrawn."""
        announcement = self.announcement
        if announcement is None or announcement.withdrawn_at is not None:
            return None
        return announcement.public_edition
