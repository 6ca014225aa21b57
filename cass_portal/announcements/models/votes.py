"""Who agreed to what: sign-offs by a second person, votes of the Steering Committee, and the policy behind them."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.announcements.agreement import AgreementWay, Outcome, Policy, Stance
from cass_portal.announcements.lifecycle import AnnouncementKind, SignOffStance
from cass_portal.announcements.models.documents import Edition
from cass_portal.db import Json, Model, Versioned, enum_type
from cass_portal.people.models import Person, Seat


class SignOff(Model):
    """What one person said to one text. Kept for good; it counts while `text_hash` is the edition's.

    Agreeing and sending back come before publication; withdraw, reinstate and keep (neither) after it.
    """

    __tablename__ = "sign_off"

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    stance: Mapped[SignOffStance] = mapped_column(enum_type(SignOffStance))
    text_hash: Mapped[str] = mapped_column(sa.String(64))
    remark: Mapped[str | None]
    at: Mapped[datetime]

    edition: Mapped[Edition] = relationship(back_populates="sign_offs")
    person: Mapped[Person] = relationship()


class AgreementPolicy(Versioned, Model):
    """How announcements of one kind are agreed, where an administrator changed it (else agreement.DEFAULTS).

    Durations are working days. `quorum` is the percentage of seats that must be exceeded by those voting.
    """

    __tablename__ = "agreement_policy"

    kind: Mapped[AnnouncementKind] = mapped_column(enum_type(AnnouncementKind), primary_key=True)
    way: Mapped[AgreementWay] = mapped_column(enum_type(AgreementWay))
    vote_days: Mapped[int]
    discussion_days: Mapped[int]
    second_vote_days: Mapped[int]
    ratify_days: Mapped[int]
    quorum: Mapped[int]

    @property
    def terms(self) -> Policy:
        return Policy(*(getattr(self, name) for name in Policy._fields))


class Ballot(Versioned, Model):
    """One question to the Steering Committee about one text: a sense vote before publication or a ratification after.

    Opened with the policy of that day, which later changes do not touch. `outcome` is what counting.verdict said
    last; `due_at` is when time alone may change it. `seats` and `for_it` are counted when it closes. `text` is what
    was voted on (changes.saying), so that the difference can be shown when an edit has voided the votes.
    """

    __tablename__ = "ballot"
    __table_args__ = (
        sa.Index("uq_ballot_open", "edition_id", unique=True,
                 sqlite_where=sa.text("closed_at IS NULL"), postgresql_where=sa.text("closed_at IS NULL")),
        sa.Index("ix_ballot_due", "due_at", sqlite_where=sa.text("closed_at IS NULL"),
                 postgresql_where=sa.text("closed_at IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"), index=True)
    way: Mapped[AgreementWay] = mapped_column(enum_type(AgreementWay))
    text_hash: Mapped[str] = mapped_column(sa.String(64))
    text: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    vote_days: Mapped[int]
    discussion_days: Mapped[int]
    second_vote_days: Mapped[int]
    ratify_days: Mapped[int]
    quorum: Mapped[int]
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    discussion_ended_at: Mapped[datetime | None]
    outcome: Mapped[Outcome] = mapped_column(enum_type(Outcome))
    reason: Mapped[str]
    due_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    seats: Mapped[int | None]
    for_it: Mapped[int | None]
    leased_until: Mapped[datetime | None]

    edition: Mapped[Edition] = relationship(back_populates="ballots")
    opened_by: Mapped[Person | None] = relationship()
    votes: Mapped[list["Vote"]] = relationship(back_populates="ballot", order_by="Vote.id")

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def policy(self) -> Policy:
        return Policy(*(getattr(self, name) for name in Policy._fields))


class Vote(Model):
    """What one seat said, by holder or delegate. Kept for good; of one seat's votes in a round the last stands."""

    __tablename__ = "vote"

    id: Mapped[int] = mapped_column(primary_key=True)
    ballot_id: Mapped[int] = mapped_column(sa.ForeignKey("ballot.id"), index=True)
    seat_id: Mapped[int] = mapped_column(sa.ForeignKey("seat.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    stance: Mapped[Stance] = mapped_column(enum_type(Stance))
    reason: Mapped[str | None]
    at: Mapped[datetime]

    ballot: Mapped[Ballot] = relationship(back_populates="votes")
    seat: Mapped[Seat] = relationship()
    person: Mapped[Person] = relationship()
