"""Items of different products under one heading, with what was said, discussed and done."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.db import Model, Versioned, enum_type
from cass_portal.feedback.models import Feedback
from cass_portal.people.models import Person


class ThemeState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class ThemeItem(Model):
    """`told_at`: its author was told of the theme, once, whatever changes later."""

    __tablename__ = "theme_item"

    theme_id: Mapped[int] = mapped_column(sa.ForeignKey("theme.id"), primary_key=True)
    feedback_id: Mapped[int] = mapped_column(sa.ForeignKey("feedback.id"), primary_key=True, index=True)
    told_at: Mapped[datetime | None]

    feedback: Mapped[Feedback] = relationship()


class Theme(Versioned, Model):
    """“You said, we discussed, we did”. The three texts are Markdown by coordinators, rendered when saved."""

    __tablename__ = "theme"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(120), unique=True)
    title: Mapped[str] = mapped_column(sa.String(120))
    said: Mapped[str]
    said_html: Mapped[str]
    discussed: Mapped[str]
    discussed_html: Mapped[str]
    did: Mapped[str]
    did_html: Mapped[str]
    state: Mapped[ThemeState] = mapped_column(enum_type(ThemeState), index=True)
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime]
    edited_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    published_at: Mapped[datetime | None]

    edited_by: Mapped[Person] = relationship()
    items: Mapped[list[ThemeItem]] = relationship(
        order_by="ThemeItem.feedback_id", cascade="all, delete-orphan"
    )
