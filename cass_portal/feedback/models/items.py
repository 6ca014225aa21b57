"""One matter a stakeholder raised, the links that open it and the words exchanged about it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.clock import now
from cass_portal.db import Json, Model, Versioned, enum_type
from cass_portal.directory.models import Product, Topic
from cass_portal.feedback.lifecycle import FeedbackState, Moderation, Verdict
from cass_portal.feedback.standing import GONE, Facts, standing


class FeedbackKind(StrEnum):
    PROBLEM = "problem"
    REQUEST = "request"
    QUESTION = "question"
    PRAISE = "praise"
    CONCERN = "concern"
    PROPOSAL = "proposal"
    OTHER = "other"


class StakeholderKind(StrEnum):
    """By the charter; UNSAID is “prefer not to say”."""

    USER = "user"
    DEVELOPER = "developer"
    FACILITY = "facility"
    FUNDER = "funder"
    VENDOR = "vendor"
    INDUSTRY = "industry"
    AGENCY = "agency"
    LEADER = "leader"
    UNSAID = "unsaid"


class Visibility(StrEnum):
    """From wide to narrow. PRIVATE: coordinators and assigned members. COORDINATORS: stakeholder and coordinators."""

    PUBLIC = "public"
    MEMBERS = "members"
    PRIVATE = "private"
    COORDINATORS = "coordinators"


NARROWNESS = list(Visibility)
BLOCKED = "Its address is blocked."
"""The reason to hold what comes from an address that a coordinator blocked."""


class Source(StrEnum):
    """Where the words came from; all but PORTAL and MAIL are entered by staff on behalf of somebody."""

    PORTAL = "portal"
    MAIL = "mail"
    FORUM = "forum"
    CALL = "call"
    MEETING = "meeting"
    FILE = "file"
    OTHER = "other"


class MessageKind(StrEnum):
    QUESTION = "question"
    REPLY = "reply"


class FeedbackProduct(Model):
    __tablename__ = "feedback_product"

    feedback_id: Mapped[int] = mapped_column(sa.ForeignKey("feedback.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id"), primary_key=True, index=True)


class FeedbackTopic(Model):
    __tablename__ = "feedback_topic"

    feedback_id: Mapped[int] = mapped_column(sa.ForeignKey("feedback.id"), primary_key=True)
    topic_id: Mapped[int] = mapped_column(sa.ForeignKey("topic.id"), primary_key=True, index=True)


class Feedback(Versioned, Model):
    """`author_visibility` is the stakeholder's choice and the ceiling of `visibility`, which staff may narrow.

    Public lists show it only when `visibility` is public and a coordinator agreed (`published_at`).
    `form_key_digest` makes a repeated submission of one form harmless. `reply_released_at` NULL after an
    answer means that the matter was reopened. `is_anonymous`: nothing is kept that could say who wrote it, and
    instants are rounded. `ping_email` is written to once and then forgotten. `source_note` names the thread, call or
    mail the words are from, `entered_by` who put them here. `language` is the author's, for what is written to
    them. `spam_score` is the estimate when it came in (0 to 1). `closed_at`: ended by silence; a reply reopens it.
    `outcome_due_on` is the day on which the author is asked once more whether it holds. `answers_given` are the
    answers to the questions of its products and topics: [{"question": …, "language": …, "answer": …}].
    """

    __tablename__ = "feedback"
    __table_args__ = (
        sa.Index("ix_feedback_queue", "state", "created_at", "id"),
        sa.Index("ix_feedback_answered", "reply_released_at", sqlite_where=sa.text("state = 'answered'"),
                 postgresql_where=sa.text("state = 'answered'")),
        sa.Index("ix_feedback_email", "email", sqlite_where=sa.text("email IS NOT NULL"),
                 postgresql_where=sa.text("email IS NOT NULL")),
        sa.Index("ix_feedback_waiting_since", "waiting_since",
                 sqlite_where=sa.text("waiting_since IS NOT NULL"),
                 postgresql_where=sa.text("waiting_since IS NOT NULL")),
        sa.Index("ix_feedback_outcome_due", "outcome_due_on",
                 sqlite_where=sa.text("outcome_due_on IS NOT NULL"),
                 postgresql_where=sa.text("outcome_due_on IS NOT NULL")),
        sa.Index("ix_feedback_claimed", "claimed_by_id", "claimed_until",
                 sqlite_where=sa.text("claimed_by_id IS NOT NULL"),
                 postgresql_where=sa.text("claimed_by_id IS NOT NULL")),
        sa.Index("ix_feedback_incompatibility", "state", "created_at", "id",
                 sqlite_where=sa.text("is_incompatibility = 1"),
                 postgresql_where=sa.text("is_incompatibility")),
        sa.Index("ix_feedback_to_ping", "id", sqlite_where=sa.text("ping_email IS NOT NULL"),
                 postgresql_where=sa.text("ping_email IS NOT NULL")),
        sa.Index("ix_feedback_published", "published_at", "id",
                 sqlite_where=sa.text("published_at IS NOT NULL"),
                 postgresql_where=sa.text("published_at IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(sa.String(16), unique=True)
    form_key_digest: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    subject: Mapped[str] = mapped_column(sa.String(200))
    body: Mapped[str]
    body_html: Mapped[str]
    kind: Mapped[FeedbackKind] = mapped_column(enum_type(FeedbackKind))
    stakeholder_kind: Mapped[StakeholderKind] = mapped_column(enum_type(StakeholderKind))
    name: Mapped[str | None] = mapped_column(sa.String(120))
    email: Mapped[str | None] = mapped_column(sa.String(254))
    affiliation: Mapped[str | None] = mapped_column(sa.String(200))
    author_visibility: Mapped[Visibility] = mapped_column(enum_type(Visibility))
    visibility: Mapped[Visibility] = mapped_column(enum_type(Visibility))
    announcement_id: Mapped[int | None] = mapped_column(sa.ForeignKey("announcement.id"), index=True)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    held_because: Mapped[list[str]] = mapped_column(default=list)
    moderation: Mapped[Moderation] = mapped_column(enum_type(Moderation))
    closing_reason: Mapped[str | None]
    deflected_to: Mapped[str | None]
    waiting_since: Mapped[datetime | None]
    reply_released_at: Mapped[datetime | None]
    verdict: Mapped[Verdict | None] = mapped_column(enum_type(Verdict))
    verdict_note: Mapped[str | None]
    verdict_at: Mapped[datetime | None]
    state: Mapped[FeedbackState] = mapped_column(enum_type(FeedbackState))
    language: Mapped[str] = mapped_column(sa.String(8), default="en")
    is_anonymous: Mapped[bool] = mapped_column(default=False)
    ping_email: Mapped[str | None] = mapped_column(sa.String(254))
    source: Mapped[Source] = mapped_column(enum_type(Source), default=Source.PORTAL)
    source_note: Mapped[str | None]
    entered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    spam_score: Mapped[float | None]
    answers_given: Mapped[list[dict[str, str]]] = mapped_column(Json, default=list)
    is_incompatibility: Mapped[bool] = mapped_column(default=False)
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("feedback.id"), index=True)
    split_from_id: Mapped[int | None] = mapped_column(sa.ForeignKey("feedback.id"), index=True)
    closed_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    outcome_due_on: Mapped[date | None]
    outcome_asked_at: Mapped[datetime | None]
    claimed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    claimed_until: Mapped[datetime | None]

    products: Mapped[list[Product]] = relationship(secondary="feedback_product", order_by=Product.name)
    topics: Mapped[list[Topic]] = relationship(secondary="feedback_topic", order_by=Topic.position)
    announcement: Mapped[Any] = relationship("Announcement", foreign_keys=[announcement_id])
    assignments: Mapped[list[Any]] = relationship(
        "Assignment", back_populates="feedback", order_by="Assignment.id"
    )
    replies: Mapped[list[Any]] = relationship(
        "ConsolidatedReply", back_populates="feedback", order_by="ConsolidatedReply.id"
    )
    messages: Mapped[list["Message"]] = relationship(back_populates="feedback", order_by="Message.id")
    attachments: Mapped[list[Any]] = relationship("Attachment", order_by="Attachment.id", viewonly=True)
    merged_into: Mapped["Feedback | None"] = relationship(
        foreign_keys=[merged_into_id], remote_side="Feedback.id"
    )
    split_from: Mapped["Feedback | None"] = relationship(
        foreign_keys=[split_from_id], remote_side="Feedback.id"
    )
    duplicates: Mapped[list["Feedback"]] = relationship(
        foreign_keys=[merged_into_id], order_by="Feedback.id", viewonly=True
    )
    split_off: Mapped[list["Feedback"]] = relationship(
        foreign_keys=[split_from_id], order_by="Feedback.id", viewonly=True
    )
    merges: Mapped[list[Any]] = relationship(
        "Merge", foreign_keys="Merge.feedback_id", back_populates="feedback", order_by="Merge.id"
    )
    claimed_by: Mapped[Any] = relationship("Person", foreign_keys=[claimed_by_id])
    entered_by: Mapped[Any] = relationship("Person", foreign_keys=[entered_by_id])

    @property
    def arrives_quietly(self) -> bool:
        """Nobody is written to because of it: its address is blocked, or it came with many others in one file."""
        return self.source == Source.FILE or BLOCKED in self.held_because

    @property
    def is_public(self) -> bool:
        return self.visibility == Visibility.PUBLIC and self.published_at is not None

    @property
    def is_claimed(self) -> bool:
        """Whether somebody looks after it just now."""
        return (
            self.claimed_by_id is not None and self.claimed_until is not None and self.claimed_until > now()
        )

    @property
    def organization_ids(self) -> frozenset[int]:
        """Members it is with now: what policy's “of the subject” rules read."""
        return frozenset(each.organization_id for each in self.assignments if each.state not in GONE)

    @property
    def facts(self) -> Facts:
        return Facts(
            moderation=self.moderation,
            assignments=[each.state for each in self.assignments if each.role != "informed"],
            is_waiting=self.waiting_since is not None,
            reply_released=self.reply_released_at is not None,
            verdict=self.verdict,
            closed=self.closed_at is not None,
        )

    def drop_assignments(self, *, at: datetime | None = None) -> None:
        """Nobody owes anything any more, now or since `at`: it was withdrawn, rejected or sent elsewhere."""
        for each in self.assignments:
            if each.is_open:
                each.drop(at=at or now())

    def settle(self) -> None:
        """Store what follows from the act: the state, and what the members promise. Every act ends with it."""
        self.state = standing(self.facts)
        if self.assignments and sa.inspect(self).persistent:
            self.assignments[0].keep_time()


class FollowLink(Model):
    """A bearer secret that opens one item for its author. Each mail carries one of its own; only digests are kept."""

    __tablename__ = "follow_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    feedback_id: Mapped[int] = mapped_column(sa.ForeignKey("feedback.id"), index=True)
    token_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime]

    feedback: Mapped[Feedback] = relationship()


class Message(Model):
    """Words between the stakeholder and the federation before the answer: a question, or a reply of the stakeholder."""

    __tablename__ = "message"

    id: Mapped[int] = mapped_column(primary_key=True)
    feedback_id: Mapped[int] = mapped_column(sa.ForeignKey("feedback.id"), index=True)
    kind: Mapped[MessageKind] = mapped_column(enum_type(MessageKind))
    at: Mapped[datetime]
    body: Mapped[str]
    body_html: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    organization_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"))

    feedback: Mapped[Feedback] = relationship(back_populates="messages")
    organization: Mapped[Any] = relationship("Organization")
