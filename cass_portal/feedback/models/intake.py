"""What is asked and said on the way in: questions and notices of products and topics, senders known before."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.db import Model, Versioned, enum_type
from cass_portal.directory.models import Product, Topic


class PromptKind(StrEnum):
    """QUESTION asks one thing more; NOTICE says something; TRACKER points to a better place and lets go on;
    STOP shows the private path instead of the form."""

    QUESTION = "question"
    NOTICE = "notice"
    TRACKER = "tracker"
    STOP = "stop"


class Prompt(Versioned, Model):
    """Shown with the form when feedback is about its product or topic; with neither, always. `text` is Markdown."""

    __tablename__ = "prompt"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int | None] = mapped_column(sa.ForeignKey("product.id"), index=True)
    topic_id: Mapped[int | None] = mapped_column(sa.ForeignKey("topic.id"), index=True)
    kind: Mapped[PromptKind] = mapped_column(enum_type(PromptKind))
    text: Mapped[str]
    html: Mapped[str]
    url: Mapped[str | None]
    position: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    product: Mapped[Product | None] = relationship()
    topic: Mapped[Topic | None] = relationship()


class SenderMark(StrEnum):
    TRUSTED = "trusted"
    BLOCKED = "blocked"


class Sender(Versioned, Model):
    """What a coordinator decided about an address: trusted ones skip moderation, blocked ones are not taken."""

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
