"""Tools of the queue: saved views, texts to begin with, macros, who is at a matter, acts on many at once."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.casework.lifecycle import Outcome
from cass_portal.db import Json, Model, Versioned, enum_type
from cass_portal.directory.models import Organization
from cass_portal.feedback.models import Feedback
from cass_portal.people.models import Person


class SavedView(Versioned, Model):
    """A list of the queue or the inbox under a name: for one person, or for everybody of an organization.

    With neither, it is every coordinator's. `query` are the words of the address, as the page reads them.
    `is_default`: the person's page opens with it; one of each page at most.
    """

    __tablename__ = "saved_view"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    organization_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    page: Mapped[str] = mapped_column(sa.String(16))
    name: Mapped[str] = mapped_column(sa.String(80))
    query: Mapped[dict[str, Any]]
    position: Mapped[int] = mapped_column(default=0)
    is_default: Mapped[bool] = mapped_column(default=False)


class ReplyTemplate(Versioned, Model):
    """A text to begin an answer with, bound to an outcome; of one organization or, without, of the coordinators."""

    __tablename__ = "reply_template"

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    outcome: Mapped[Outcome | None] = mapped_column(enum_type(Outcome))
    text: Mapped[str]
    ended_at: Mapped[datetime | None]

    organization: Mapped[Organization | None] = relationship()


class Macro(Versioned, Model):
    """Several acts under one button: `steps` is [{"act": …, …}]; of one organization or of the coordinators."""

    __tablename__ = "macro"

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    steps: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    ended_at: Mapped[datetime | None]

    organization: Mapped[Organization | None] = relationship()


class AtWork(Model):
    """Somebody looks at a matter now; forgotten when not seen for a while."""

    __tablename__ = "at_work"
    __table_args__ = (sa.UniqueConstraint("feedback_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    feedback_id: Mapped[int] = mapped_column(sa.ForeignKey("feedback.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    seen_at: Mapped[datetime]

    feedback: Mapped[Feedback] = relationship()
    person: Mapped[Person] = relationship()


class BulkAct(Model):
    """One act that was done to many matters at once, so that it can be undone: `done` is what was done to which.

    [{"reference": …, "subject": …, "said": …, "version": …, "before": {…}}]; `refused` says which were left alone
    and why. `version` is the matter's after the act: who changed it since keeps it from being undone.
    """

    __tablename__ = "bulk_act"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    act: Mapped[str] = mapped_column(sa.String(32))
    terms: Mapped[dict[str, Any]]
    done: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    refused: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()
