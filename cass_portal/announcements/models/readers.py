"""Readers from outside, let in by an unguessable link: to check the facts of an unpublished edition, or preview it."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.announcements.models.documents import Edition
from cass_portal.db import Model, enum_type
from cass_portal.people.models import Person


class ReaderLinkKind(StrEnum):
    FACT_CHECK = "fact_check"
    PREVIEW = "preview"


class ReaderLink(Model):
    """`label` says whom it was made for. Only its secret's digest is kept. It ends with the edition's publication."""

    __tablename__ = "reader_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"), index=True)
    kind: Mapped[ReaderLinkKind] = mapped_column(enum_type(ReaderLinkKind))
    label: Mapped[str] = mapped_column(sa.String(120))
    token_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    edition: Mapped[Edition] = relationship()
    created_by: Mapped[Person] = relationship()
    comments: Mapped[list["ReaderComment"]] = relationship(back_populates="link", order_by="ReaderComment.id")

    @property
    def is_open(self) -> bool:
        """Whether it still opens the text: nobody ended it, and the edition is neither public nor given up."""
        return self.ended_at is None and self.edition.is_open


class ReaderComment(Model):
    """What a reader from outside said of one text. Plain text. `form_key_digest` makes a repeated sending harmless."""

    __tablename__ = "reader_comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int] = mapped_column(sa.ForeignKey("reader_link.id"), index=True)
    text_hash: Mapped[str] = mapped_column(sa.String(64))
    body: Mapped[str]
    at: Mapped[datetime]
    form_key_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)

    link: Mapped[ReaderLink] = relationship(back_populates="comments")

    @property
    def is_about_older_text(self) -> bool:
        return self.text_hash != self.link.edition.text_hash
