"""Persons, what they may act for, the seats of the Steering Committee and their signed-in sessions."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from flask_security import UserMixin
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.clock import today
from cass_portal.db import Model, Versioned, enum_type
from cass_portal.directory.models import Organization
from cass_portal.people.lifecycle import PersonState


class MemberRole(StrEnum):
    LEAD = "lead"
    AGENT = "agent"


class TermKind(StrEnum):
    HOLDER = "holder"
    DELEGATE = "delegate"


class Person(UserMixin, Versioned, Model):
    """Somebody with an account. Accounts come by invitation; `password` is None until it is accepted."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    name: Mapped[str]
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(sa.String(64), unique=True)
    is_administrator: Mapped[bool] = mapped_column(default=False)
    is_coordinator: Mapped[bool] = mapped_column(default=False)
    invited_at: Mapped[datetime | None]
    joined_at: Mapped[datetime | None]

    memberships: Mapped[list["Membership"]] = relationship(
        back_populates="person", order_by="Membership.id", lazy="selectin"
    )

    terms: Mapped[list["SeatTerm"]] = relationship(order_by="SeatTerm.id", viewonly=True)

    roles = ()  # type: ignore[assignment]
    """Flask-Security asks for roles; ours are the columns above and the memberships (see policy.py)."""

    @property
    def state(self) -> PersonState:
        if not self.active:
            return PersonState.SWITCHED_OFF
        return PersonState.INVITED if self.joined_at is None else PersonState.ACTIVE

    @property
    def current_memberships(self) -> list["Membership"]:
        return [each for each in self.memberships if each.ended_at is None]

    @property
    def organization_ids(self) -> frozenset[int]:
        """Organizations this person acts for today."""
        return frozenset(each.organization_id for each in self.current_memberships)

    @property
    def led_organization_ids(self) -> frozenset[int]:
        return frozenset(e.organization_id for e in self.current_memberships if e.role == MemberRole.LEAD)

    @property
    def seat_ids(self) -> frozenset[int]:
        """Seats this person holds or stands in on today. A seat that has ended has no vote, and neither has who no
        longer acts for its member (the affiliates' seats: for any member).
        """
        return frozenset(
            each.seat_id
            for each in self.terms
            if each.runs_on(today()) and each.seat.until is None and self._acts_for(each.seat)
        )

    def _acts_for(self, seat: "Seat") -> bool:
        mine = self.organization_ids
        return bool(mine) if seat.organization_id is None else seat.organization_id in mine

    @property
    def organizations(self) -> list[Organization]:
        return [each.organization for each in self.current_memberships]


class Membership(Model):
    """A person acting for an organization, from `started_at` until `ended_at`."""

    __tablename__ = "membership"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    role: Mapped[MemberRole] = mapped_column(enum_type(MemberRole))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(back_populates="memberships")
    organization: Mapped[Organization] = relationship(lazy="joined")


class Seat(Model):
    """A seat of the Steering Committee: one per core member, one per five affiliates (organization None).

    It counts in votes from `since` (None: always) until `until`, when its member resigned.
    """

    __tablename__ = "seat"

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"), unique=True)
    label: Mapped[str]
    since: Mapped[datetime | None]
    until: Mapped[datetime | None]

    organization: Mapped[Organization | None] = relationship()
    terms: Mapped[list["SeatTerm"]] = relationship(back_populates="seat", order_by="SeatTerm.starts_on")

    def terms_on(self, day: date) -> list["SeatTerm"]:
        """Terms of the holder and of delegates that run on `day`."""
        return [term for term in self.terms if term.runs_on(day)]


class SeatTerm(Model):
    """Who held or was delegate of a seat when; both days count."""

    __tablename__ = "seat_term"

    id: Mapped[int] = mapped_column(primary_key=True)
    seat_id: Mapped[int] = mapped_column(sa.ForeignKey("seat.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    kind: Mapped[TermKind] = mapped_column(enum_type(TermKind))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]

    seat: Mapped[Seat] = relationship(back_populates="terms")
    person: Mapped[Person] = relationship()

    def runs_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


class SignInSession(Model):
    """One signed-in browser, so that signing out ends it on the server too. Only a digest of its id is kept."""

    __tablename__ = "sign_in_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    token_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()


class ResetRequest(Model):
    """Somebody asked for a new password for `email`. The worker answers and deletes it.

    A request is stored whether or not anybody has that address, so that the asker cannot tell from the
    time it takes.
    """

    __tablename__ = "reset_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254))
    requested_at: Mapped[datetime]
