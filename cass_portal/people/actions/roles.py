"""What a person may act for. A changed role ends the person's sessions, so that a stolen one gains nothing by it."""

from typing import Any

import sqlalchemy as sa

from cass_portal import tokens
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import Organization
from cass_portal.history import EventKind, record
from cass_portal.people import sessions
from cass_portal.people.actions.seats import leave_seat
from cass_portal.people.lifecycle import PERSON
from cass_portal.people.models import MemberRole, Membership, Person
from cass_portal.policy import Permission, require


class LastAdministrator(Exception):
    """Without this person nobody could manage the portal any more."""


def grant(person: Person, *, administrator: bool, coordinator: bool, by: Any) -> None:
    """Set the two roles of the Consortium. Raises NotPermitted, LastAdministrator."""
    require(by, Permission.PEOPLE_GRANT)
    if person.is_administrator and not administrator:
        _require_another_administrator(person)
    person.is_administrator, person.is_coordinator = administrator, coordinator
    _changed(person, by=by, what="roles", administrator=administrator, coordinator=coordinator)


def add_membership(person: Person, organization: Organization, *, role: MemberRole, by: Any) -> None:
    """Let `person` act for `organization`; another role there ends with it. Raises NotPermitted."""
    require(by, Permission.PEOPLE_INVITE, organization)
    for each in person.current_memberships:
        if each.organization_id == organization.id:
            each.ended_at = now()
    person.memberships.append(Membership(organization=organization, role=role, started_at=now()))
    db.session.flush()
    _changed(person, by=by, acting_for=organization, what="membership", role=role)


def end_membership(membership: Membership, *, by: Any) -> None:
    """The person no longer acts for the organization, nor sits on its seat; what they did stays theirs.

    Raises NotPermitted.
    """
    require(by, Permission.PEOPLE_INVITE, membership.organization)
    membership.ended_at = now()
    leave_seat(membership.person, membership.organization_id)
    _changed(membership.person, by=by, acting_for=membership.organization, what="membership ended")


def switch_off(person: Person, *, by: Any) -> None:
    """Nobody can sign in to the account until it is switched on again.

    Raises NotPermitted, LastAdministrator, TransitionRefused.
    """
    require(by, Permission.PEOPLE_GRANT)
    PERSON.after("switch_off", person.state)
    if person.is_administrator:
        _require_another_administrator(person)
    person.active, person.fs_uniquifier = False, tokens.new_secret()
    sessions.end_all_sessions(person)
    record(person, EventKind.PERSON_CHANGED, by=by, what="switched off")


def switch_on(person: Person, *, by: Any) -> None:
    """Raises NotPermitted, TransitionRefused."""
    require(by, Permission.PEOPLE_GRANT)
    PERSON.after("switch_on", person.state)
    person.active = True
    record(person, EventKind.PERSON_CHANGED, by=by, what="switched on")


def _changed(person: Person, *, by: Any, acting_for: Organization | None = None, **detail: Any) -> None:
    if person.id != by.id:
        sessions.end_all_sessions(person)
    record(person, EventKind.PERSON_CHANGED, by=by, acting_for=acting_for, **detail)


def _require_another_administrator(person: Person) -> None:
    """The rows are locked, so that two administrators cannot remove each other at the same instant."""
    fit = sa.select(Person.id).where(Person.is_administrator, Person.active, Person.joined_at.is_not(None))
    if set(db.session.scalars(fit.order_by(Person.id).with_for_update())) <= {person.id}:
        raise LastAdministrator
