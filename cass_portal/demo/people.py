"""The demonstration's people: everybody a page can be about, all at example.org."""

import secrets
from dataclasses import dataclass, field
from typing import NamedTuple

import sqlalchemy as sa

from cass_portal.clock import now, today
from cass_portal.db import db
from cass_portal.directory.models import Organization
from cass_portal.people.models import MemberRole, Membership, Person, Seat, SeatTerm, TermKind

NAMES = (
    "Amara Bo Chen Dalia Emil Farah Goran Hana Ines Jonas Kemal "
    "Lucia Maya Noor Oskar Priya Quinn Rosa Selim Tove Umar"
)


class Sitting(NamedTuple):
    seat: Seat
    holder: Person


@dataclass
class Cast:
    """Who acts in the stories: coordinators in order, and each member's lead, agent and seat by short name."""

    coordinators: list[Person]
    leads: dict[str, Person] = field(default_factory=dict)
    agents: dict[str, Person] = field(default_factory=dict)
    seats: dict[str, Sitting] = field(default_factory=dict)


def invite_everybody(organizations: list[Organization]) -> Cast:
    _person("admin", "Alex Administrator", is_administrator=True)
    cast = Cast(
        [
            _person(f"coordinator{n}", f"{name} Coordinator", is_coordinator=True)
            for n, name in ((1, "Robin"), (2, "Sam"), (3, "Toni"))
        ]
    )
    names = iter(NAMES.split())
    for organization in organizations:
        short = organization.short_name
        cast.leads[short] = _member("lead", f"{next(names)} Lead", organization, MemberRole.LEAD)
        cast.agents[short] = _member("agent", f"{next(names)} Agent", organization, MemberRole.AGENT)
        holder = _member("seat", f"{next(names)} Representative", organization, MemberRole.AGENT)
        cast.seats[short] = Sitting(_seat(organization, holder), holder)
    return cast


def everybody() -> list[Person]:
    """In the order of the “sign in as” list: administrators, coordinators, then members."""
    order = (Person.is_administrator.desc(), Person.is_coordinator.desc(), Person.id)
    return list(
        db.session.scalars(
            sa.select(Person).where(Person.active, Person.joined_at.is_not(None)).order_by(*order)
        )
    )


def words_for(person: Person) -> str:
    """“Robin Coordinator, coordinator” or “Bo Agent, agent of S4PST”."""
    roles = [
        word
        for word, held in (("administrator", person.is_administrator), ("coordinator", person.is_coordinator))
        if held
    ]
    roles += [f"{m.role} of {m.organization.short_name}" for m in person.memberships if m.ended_at is None]
    return f"{person.name}, {' and '.join(roles)}"


def _member(role: str, name: str, organization: Organization, kind: MemberRole) -> Person:
    person = _person(f"{role}.{organization.short_name.lower()}", f"{name} ({organization.short_name})")
    person.memberships.append(Membership(organization=organization, role=kind, started_at=now()))
    return person


def _person(local_part: str, name: str, **roles: bool) -> Person:
    person = Person(
        email=f"{local_part}@example.org",
        name=name,
        fs_uniquifier=secrets.token_hex(16),
        invited_at=now(),
        joined_at=now(),
        **roles,
    )
    db.session.add(person)
    return person


def _seat(organization: Organization, holder: Person) -> Seat:
    seat = db.session.scalar(sa.select(Seat).where(Seat.organization_id == organization.id))
    if seat is None:
        seat = Seat(organization=organization, label=f"{organization.short_name} seat")
        db.session.add(seat)
    db.session.add(SeatTerm(seat=seat, person=holder, kind=TermKind.HOLDER, starts_on=today()))
    return seat
