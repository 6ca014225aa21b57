"""Items of different products under one heading, with what was said, discussed and done."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.db import Model, Versioned, enum_type
from cass_portal.feedback.models import Feedback
from cass_portal.languages import marked
from cass_portal.people.models import Person
from cass_portal.themes.lifecycle import ThemeState

SAID, DISCUSSED, DID = marked("You said"), marked("We discussed"), marked("We did")


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

    @property
    def is_published(self) -> bool:
        return self.state == ThemeState.PUBLISHED

    @property
    def parts(self) -> list[tuple[str, str]]:
        """Each text as HTML under its heading, in the order in which it went; empty ones are left out."""
        told = [(SAID, self.said_html), (DISCUSSED, self.discussed_html), (DID, self.did_html)]
        return [(heading, html) for heading, html in told if html]
