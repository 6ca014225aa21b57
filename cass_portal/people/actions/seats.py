"""Seats of the Steering Committee: one per core member, one per five affiliates.

A holder may have delegates for a time.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cass_portal.clock import now, today
from cass_portal.db import db
from cass_portal.directory.models import Organization
from cass_portal.history import EventKind, record
from cass_portal.people.models import Person, Seat, SeatTerm, TermKind
from cass_portal.policy import Permission, require


class SeatRefused(ValueError):
    """The term cannot be given; the message says why, in words for the administrator."""


def ensure_seats(organizations: Iterable[Organization]) -> None:
    """Exactly the core members, `organizations`, have a seat each. Called by the import, which records its own event.

    One that joined or came back votes from now on, one that left until now; the first ones always did.
    """
    core, at = {each.id: each for each in organizations}, now()
    known = {seat.organization_id: seat for seat in db.session.scalars(sa.select(Seat))}
    for organization_id, seat in known.items():
        if organization_id is not None and organization_id not in core and seat.until is None:
            _end(seat, at)
    for organization_id, organization in core.items():
        if organization_id not in known:
            since = at if known else None
            label = f"Seat of {organization.short_name}"
            db.session.add(Seat(organization=organization, label=label, since=since))
        elif known[organization_id].until is not None:
            known[organization_id].since, known[organization_id].until = at, None


def add_seat(label: str, *, by: Any) -> Seat:
    """One more seat of the affiliates (they have one for every five of them); it votes from now on.

    Raises NotPermitted, SeatRefused.
    """
    require(by, Permission.SEAT_MANAGE)
    if db.session.scalar(sa.select(Seat.id).where(Seat.label == label, Seat.until.is_(None))) is not None:
        raise SeatRefused("There is a seat of this name already.")
    seat = Seat(label=label, since=now())
    db.session.add(seat)
    db.session.flush()
    record(by, EventKind.SEAT_CHANGED, by=by, seat=seat.id, label=label, what="added")
    return seat


def end_seat(seat: Seat, *, by: Any) -> None:
    """A seat of the affiliates votes no more; what it voted stays. Raises NotPermitted, SeatRefused."""
    require(by, Permission.SEAT_MANAGE, seat)
    if seat.organization_id is not None:
        raise SeatRefused("The seat of a core member ends when the catalog says that it left.")
    if seat.until is not None:
        raise SeatRefused("The seat has ended already.")
    _end(seat, now())
    record(by, EventKind.SEAT_CHANGED, by=by, seat=seat.id, label=seat.label, what="ended")


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


def leave_seat(person: Person, organization_id: int) -> None:
    """Today is the last day of the person's terms on the organization's seat. The caller records why."""
    for term in list(person.terms):
        if term.seat.organization_id == organization_id:
            _end_term(term, today())


def _end(seat: Seat, at: datetime) -> None:
    """Nobody sits on it after today; who did when stays known."""
    seat.until = at
    for term in list(seat.terms):
        _end_term(term, at.date())


def _end_term(term: SeatTerm, last_day: date) -> None:
    if term.starts_on > last_day:
        term.seat.terms.remove(term)
        db.session.delete(term)
    elif term.ends_on is None or term.ends_on > last_day:
        term.ends_on = last_day


def _refuse_unfit(
    seat: Seat, person: Person, *, kind: TermKind, starts_on: date, ends_on: date | None
) -> None:
    if seat.until is not None:
        raise SeatRefused("The seat has ended.")
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
