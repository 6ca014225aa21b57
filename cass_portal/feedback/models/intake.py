"""What is asked and said on the way in: questions and notices of products and topics, senders known before."""

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.db import Model, Versioned, enum_type
from cass_portal.directory.models import Product, Topic
from cass_portal.languages import DEFAULT


class PromptKind(StrEnum):
    """QUESTION asks one thing more; NOTICE says something; TRACKER points to a better place and lets go on;
    STOP shows the private path instead of the form."""

    QUESTION = "question"
    NOTICE = "notice"
    TRACKER = "tracker"
    STOP = "stop"


class Said(NamedTuple):
    """A prompt's words, and which language they are in."""

    text: str
    html: str
    language: str


class Prompt(Versioned, Model):
    """Shown with the form when feedback is about its product or topic; with neither, always.

    `text` is Markdown in English; `translations` has the same by language, for those somebody wrote:
    {"es": {"text": …, "html": …}}.
    """

    __tablename__ = "prompt"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int | None] = mapped_column(sa.ForeignKey("product.id"), index=True)
    topic_id: Mapped[int | None] = mapped_column(sa.ForeignKey("topic.id"), index=True)
    kind: Mapped[PromptKind] = mapped_column(enum_type(PromptKind))
    text: Mapped[str]
    html: Mapped[str]
    translations: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    url: Mapped[str | None]
    position: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    product: Mapped[Product | None] = relationship()
    topic: Mapped[Topic | None] = relationship()

    @property
    def others(self) -> dict[str, str]:
        """Its texts in other languages than English, as they were written."""
        return {code: each["text"] for code, each in self.translations.items()}

    def said_in(self, language: str) -> Said:
        """In that language where somebody wrote it, else in English."""
        other = self.translations.get(language)
        return Said(**other, language=language) if other else Said(self.text, self.html, DEFAULT)


class SenderMark(StrEnum):
    TRUSTED = "trusted"
    BLOCKED = "blocked"


class Sender(Versioned, Model):
    """What a coordinator decided about an address: what trusted ones confirm is not held, all of blocked ones is."""

    __tablename__ = "sender"
    __table_args__ = (
        sa.Index("uq_sender_standing", "address", unique=True, sqlite_where=sa.text("ended_at IS NULL"),
                 postgresql_where=sa.text("ended_at IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(sa.String(254))
    mark: Mapped[SenderMark] = mapped_column(enum_type(SenderMark))
    reason: Mapped[str]
    since: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]
