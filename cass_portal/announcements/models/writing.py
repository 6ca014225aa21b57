"""What goes on beside a text while it is written: who is at it, what was not saved yet, and whether its links work."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.announcements.models.documents import Edition
from cass_portal.db import Json, Model, enum_type
from cass_portal.people.models import Person


class LinkState(StrEnum):
    WAITING = "waiting"
    FINE = "fine"
    BROKEN = "broken"
    UNREACHABLE = "unreachable"
    NOT_FOLLOWED = "not_followed"


class Editing(Model):
    """One person at one text (`edition` None: a document that is not saved yet). `fields` is what the form held when
    it last changed, None when nothing is unsaved; `based_on` is the version of the edition it started from.
    """

    __tablename__ = "editing"
    __table_args__ = (sa.UniqueConstraint("person_id", "edition_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    edition_id: Mapped[int | None] = mapped_column(sa.ForeignKey("edition.id"), index=True)
    seen_at: Mapped[datetime]
    fields: Mapped[dict[str, Any] | None] = mapped_column(Json)
    based_on: Mapped[int | None]
    saved_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()
    edition: Mapped[Edition | None] = relationship()


class CheckedLink(Model):
    """One address that an edition links to, and whether it could be reached. A path is a page of the portal itself."""

    __tablename__ = "checked_link"
    __table_args__ = (sa.UniqueConstraint("edition_id", "url"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    url: Mapped[str] = mapped_column(sa.String(2000))
    state: Mapped[LinkState] = mapped_column(enum_type(LinkState), index=True)
    detail: Mapped[str | None]
    checked_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]

    edition: Mapped[Edition] = relationship(back_populates="links")

    @property
    def is_own_page(self) -> bool:
        return self.url.startswith("/")
