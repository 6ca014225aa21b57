"""Reads of the people room. Each says who may see what it returns."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from cass_portal.clock import today
from cass_portal.db import db
from cass_portal.directory.lifecycle import Level
from cass_portal.directory.models import Organization
from cass_portal.paging import beyond, first_of
from cass_portal.people.models import Membership, Person, Seat, SeatTerm

PEOPLE_PER_PAGE = 50


def visible_people(viewer: Any) -> sa.Select[Person]:
    """Coordinators and administrators see everybody; members see who acts for their own organizations."""
    query = sa.select(Person).order_by(Person.name, Person.id)
    if viewer.is_administrator or viewer.is_coordinator:
        return query
    return query.where(Person.memberships.any(_current(viewer.organization_ids)))


def people_after(viewer: Any, last_id: int | None) -> tuple[list[Person], int | None]:
    """One page of the list by name after the person `last_id`, and the id to go on from (None at the end)."""
    query = visible_people(viewer)
    last = db.session.scalars(query.where(Person.id == last_id)).unique().one_or_none() if last_id else None
    if last is not None:
        query = query.where(beyond((Person.name, Person.id), (last.name, last.id)))
    found, has_more = first_of(query, size=PEOPLE_PER_PAGE)
    return found, found[-1].id if has_more else None


def membership_of(person: Person, membership_id: int) -> sa.Select[Membership]:
    """A current membership of `person`; for whoever may see the person."""
    return sa.select(Membership).where(
        Membership.id == membership_id, Membership.person_id == person.id, Membership.ended_at.is_(None)
    )


def organizations_to_staff(viewer: Any) -> list[Organization]:
    """Organizations whose people `viewer` manages: all present members, or those the viewer leads."""
    query = (
        sa.select(Organization).where(Organization.level != Level.FORMER).order_by(Organization.short_name)
    )
    if not viewer.is_administrator:
        query = query.where(Organization.id.in_(viewer.led_organization_ids))
    return list(db.session.scalars(query))


def by_email(email: str) -> Person | None:
    """For the house alone: whether an address is known is told to nobody."""
    return db.session.scalars(sa.select(Person).where(Person.email == email)).unique().one_or_none()


def coordinators() -> list[Person]:
    """Everybody who acts as a coordinator now."""
    return _joined(Person.is_coordinator.is_(True))


def administrators() -> list[Person]:
    """Everybody who administers the portal now."""
    return _joined(Person.is_administrator.is_(True))


def has_administrator() -> bool:
    """Whether an administrator has joined and is active."""
    one = (
        sa.select(Person.id)
        .where(Person.is_administrator, Person.active, Person.joined_at.is_not(None))
        .limit(1)
    )
    return db.session.scalar(one) is not None


def people_of(organization: Organization) -> list[Person]:
    """Everybody who acts for `organization` now and has joined."""
    return _joined(Person.memberships.any(_current({organization.id})))


def acting_now(organization_ids: set[int]) -> set[tuple[int, int]]:
    """Ids of each person who acts for one of the organizations and can sign in, with that organization's."""
    query = sa.select(Membership.person_id, Membership.organization_id).join(Membership.person)
    rows = db.session.execute(query.where(_current(organization_ids), Person.active))
    return {(person_id, organization_id) for person_id, organization_id in rows}


def seats() -> list[Seat]:
    """Every seat with its terms, by the organization's short name. For everybody at the desk."""
    return list(db.session.scalars(_seats().order_by(Organization.short_name, Seat.label)).unique())


def seat(seat_id: int) -> sa.Select[Seat]:
    return _seats().where(Seat.id == seat_id)


def open_term(seat_id: int, term_id: int) -> sa.Select[SeatTerm]:
    """A term of the seat that has not ended."""
    still = sa.or_(SeatTerm.ends_on.is_(None), SeatTerm.ends_on >= today())
    return sa.select(SeatTerm).where(SeatTerm.id == term_id, SeatTerm.seat_id == seat_id, still)


def candidates(seat: Seat) -> list[Person]:
    """Who can sit on `seat`: everybody who acts for its organization, or for any affiliate."""
    if seat.organization is not None:
        return people_of(seat.organization)
    affiliate = Membership.organization.has(Organization.level == Level.AFFILIATE)
    return _joined(Person.memberships.any(sa.and_(Membership.ended_at.is_(None), affiliate)))


def seats_of(person: Person) -> list[Seat]:
    """Seats that `person` holds or stands in for today."""
    day = today()
    running = (SeatTerm.starts_on <= day, sa.or_(SeatTerm.ends_on.is_(None), SeatTerm.ends_on >= day))
    query = _seats().where(Seat.terms.any(sa.and_(SeatTerm.person_id == person.id, *running)))
    return list(db.session.scalars(query).unique())


def representatives(seat_ids: Collection[int] | None = None) -> list[Person]:
    """Holders and running delegates of the seats that stand today, or of those among `seat_ids`."""
    day = today()
    running = (SeatTerm.starts_on <= day, sa.or_(SeatTerm.ends_on.is_(None), SeatTerm.ends_on >= day))
    asked = sa.true() if seat_ids is None else SeatTerm.seat_id.in_(seat_ids)
    standing = SeatTerm.seat.has(Seat.until.is_(None))
    found = _joined(Person.terms.any(sa.and_(*running, standing, asked)))
    return [each for each in found if each.seat_ids & (each.seat_ids if seat_ids is None else set(seat_ids))]


def _seats() -> sa.Select[Seat]:
    terms = sa.orm.selectinload(Seat.terms).joinedload(SeatTerm.person)
    return (
        sa.select(Seat).outerjoin(Seat.organization).options(sa.orm.contains_eager(Seat.organization), terms)
    )


def _joined(condition: sa.ColumnElement[bool]) -> list[Person]:
    query = sa.select(Person).where(condition, Person.active, Person.joined_at.is_not(None))
    return list(db.session.scalars(query.order_by(Person.name, Person.id)).unique())


def _current(organization_ids: Any) -> sa.ColumnElement[bool]:
    return sa.and_(Membership.ended_at.is_(None), Membership.organization_id.in_(organization_ids))
