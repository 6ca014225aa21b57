"""Seats of the Steering Committee: one per core member. A holder may have delegates for a time."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from cass_portal.clock import today
from cass_portal.db import db
from cass_portal.directory.models import Organization
from cass_portal.history import EventKind, record
from cass_portal.people.models import Person, Seat, SeatTerm, TermKind
from cass_portal.policy import Permission, require


class SeatRefused(ValueError):
    """The term cannot be given; the message says why, in words for the administrator."""


def ensure_seats(organizations: Iterable[Organization]) -> None:
    """Give each of these core members its seat where it has none. Called by the import, which records its own event."""
    taken = set(db.session.scalars(sa.select(Seat.organization_id)))
    for organization in organizations:
        if organization.id not in taken:
            db.session.add(Seat(organization=organization, label=f"Seat of {organization.short_name}"))


def give_term(
    seat: Seat, person: Person, *, kind: TermKind, starts_on: date, ends_on: date | None, by: Any
) -> SeatTerm:
    """Name a holder or a delegate; a new holder ends the term of the one before. Raises NotPermitted, SeatRefused."""
    require(by, Permission.SEAT_MANAGE, seat)
    _refuse_unfit(seat, person, kind=kind, starts_on=starts_on, ends_on=ends_on)
    if kind == TermKind.HOLDER:
        _end_holders_before(seat, starts_on)
    term = SeatTerm(person=person, kind=kind, starts_on=starts_on, ends_on=ends_on)
    seat.terms.append(term)
    db.session.flush()
    record(
        seat.organization or person, EventKind.SEAT_CHANGED, by=by, person=person.id, term=kind, seat=seat.id
    )
    return term


def end_term(term: SeatTerm, *, on: date, by: Any) -> None:
    """`on` is the last day. A term that has not begun by then is taken back. Raises NotPermitted."""
    require(by, Permission.SEAT_MANAGE, term.seat)
    record(
        term.seat.organization or term.person, EventKind.SEAT_CHANGED, by=by,
        person=term.person_id, term=term.kind, seat=term.seat_id, ended_on=on.isoformat(),
    )  # fmt: skip
    if term.starts_on > on:
        db.session.delete(term)
    else:
        term.ends_on = on


def _refuse_unfit(
    seat: Seat, person: Person, *, kind: TermKind, starts_on: date, ends_on: date | None
) -> None:
    if ends_on is not None and ends_on < starts_on:
        raise SeatRefused("The last day is before the first.")
    if kind == TermKind.DELEGATE and ends_on is None:
        raise SeatRefused("A delegate stands in for a time: give the last day.")
    if ends_on is not None and ends_on < today():
        raise SeatRefused("The last day has passed.")
    if seat.organization_id is not None and seat.organization_id not in person.organization_ids:
        raise SeatRefused("Only somebody who acts for the organization can sit on its seat.")


def _end_holders_before(seat: Seat, starts_on: date) -> None:
    for term in list(seat.terms):
        if term.kind != TermKind.HOLDER or (term.ends_on is not None and term.ends_on < starts_on):
            continue
        if term.starts_on >= starts_on:
            seat.terms.remove(term)
            db.session.delete(term)
        else:
            term.ends_on = starts_on - timedelta(days=1)
