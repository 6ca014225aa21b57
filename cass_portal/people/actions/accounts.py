"""Invitation, joining, signing in and out, passwords. Passwords arrive here already hashed (see passwords.py)."""

from datetime import timedelta
from typing import Any, TypedDict, Unpack

import sqlalchemy as sa

from cass_portal import tokens
from cass_portal.clock import now
from cass_portal.db import db, is_postgresql, read_only
from cass_portal.directory.models import Organization
from cass_portal.history import Event, EventKind, record
from cass_portal.people import links, passwords, queries, sessions
from cass_portal.people.lifecycle import PERSON, PersonState
from cass_portal.people.models import MemberRole, Membership, Person, ResetRequest
from cass_portal.policy import STRANGER, SYSTEM, Permission, require

RESETS, RESETS_WITHIN = 3, timedelta(hours=6)
"""Mails with a reset link that one address gets at most, and in what time."""
RESET_BATCH = 50


class KnownAlready(Exception):
    """There is an account with this address."""


class Roles(TypedDict, total=False):
    """What an invited person may do: act for a member (as an agent unless said otherwise), or for the Consortium."""

    organization: Organization | None
    role: MemberRole
    administrator: bool
    coordinator: bool


def invite(email: str, *, name: str, by: Any, **roles: Unpack[Roles]) -> Person:
    """Make an account that its person completes by the mailed link. Raises NotPermitted, KnownAlready."""
    require(by, Permission.PEOPLE_INVITE, roles.get("organization"))
    if roles.get("administrator") or roles.get("coordinator"):
        require(by, Permission.PEOPLE_GRANT)
    return _invite(email, name=name, by=by, **roles)


def invite_as_operator(email: str, *, name: str, **roles: Unpack[Roles]) -> Person:
    """The same by whoever may run commands on the machine; no account is asked. Raises KnownAlready."""
    return _invite(email, name=name, by=SYSTEM, **roles)


def invite_again(person: Person, *, by: Any) -> None:
    """Mail a new link; the one before stops working. Raises NotPermitted, TransitionRefused."""
    require(by, Permission.PEOPLE_INVITE, person)
    PERSON.after("invite_again", person.state)
    person.invited_at = now()
    record(person, EventKind.PERSON_INVITED, by=by, again=True)


def accept_invitation(person: Person, *, name: str, password_hash: str) -> None:
    """The invited person takes the account over. Raises TransitionRefused when that has happened."""
    PERSON.after("join", person.state)
    person.name, person.password, person.joined_at = name, password_hash, now()
    record(person, EventKind.PERSON_JOINED, by=person)


def invitation_link(person: Person, *, key: str, public_url: str) -> str:
    return f"{public_url}/invitation/{links.invitation_token(person, key=key)}"


def first_administrator_link(key: str, public_url: str) -> str | None:
    """A link that makes the first administrator; None as soon as there is one. It works once, for 14 days."""
    if queries.has_administrator():
        return None
    return f"{public_url}/invitation/{links.first_administrator_token(key=key)}"


def make_first_administrator(email: str, *, name: str, password_hash: str) -> Person:
    """Whoever holds the link from the terminal becomes administrator. Raises KnownAlready."""
    _one_at_a_time()
    if queries.has_administrator():
        raise KnownAlready
    person = _new_person(email, name=name, administrator=True, coordinator=False)
    person.password, person.joined_at = password_hash, now()
    record(person, EventKind.PERSON_JOINED, by=SYSTEM, first_administrator=True)
    db.session.flush()
    return person


def sign_in(email: str, password: str) -> tuple[Person, str] | None:
    """The person and the secret of a new session; None when address and password do not fit.

    One password is compared whatever the address, before the transaction that writes: neither the answer nor
    its time tells whether the address is known, invited or switched off.
    """
    known = sa.select(Person.id, Person.password).where(
        Person.email == email, Person.active, Person.joined_at.is_not(None)
    )
    with read_only():
        found = db.session.execute(known).one_or_none()
        db.session.rollback()
    fits = passwords.matches(password, found.password if found else None)
    person = db.session.get(Person, found.id) if fits and found else None
    if person is None or not person.active or found is None or person.password != found.password:
        return None
    return person, open_session(person)


def open_session(person: Person) -> str:
    """Start a session; the secret for the browser's cookie."""
    record(person, EventKind.PERSON_SIGNED_IN, by=person)
    return sessions.open_session(person)


def sign_out(person: Person, secret: str) -> None:
    """End the session of one browser."""
    sessions.end_session(person, secret)
    record(person, EventKind.PERSON_SIGNED_OUT, by=person)


def sign_out_everywhere(person: Person) -> None:
    """End every session, this one included."""
    sessions.end_all_sessions(person)
    record(person, EventKind.PERSON_SIGNED_OUT, by=person, everywhere=True)


def rename(person: Person, name: str, *, by: Any) -> None:
    """Only the person decides how they are called."""
    require(by, Permission.ACCOUNT_MANAGE)
    person.name = name
    record(person, EventKind.PERSON_CHANGED, by=by, what="name")


def change_password(person: Person, password_hash: str) -> None:
    """A new password ends every session and voids every link that was mailed before."""
    person.password, person.fs_uniquifier = password_hash, tokens.new_secret()
    sessions.end_all_sessions(person)
    record(person, EventKind.PERSON_PASSWORD_CHANGED, by=person)


def request_reset(email: str) -> None:
    """Remember that somebody asked, known address or not; the worker does the rest."""
    db.session.add(ResetRequest(email=email, requested_at=now()))


def answer_reset_requests() -> int:
    """Record a mail for each request whose address is an active person's; how many requests were looked at.

    The worker's act. Requests are taken by deleting them, so two workers never answer the same one.
    """
    oldest = (
        sa.select(ResetRequest.id)
        .order_by(ResetRequest.id)
        .limit(RESET_BATCH)
        .with_for_update(skip_locked=True)
    )
    taken = (
        sa.delete(ResetRequest)
        .where(ResetRequest.id.in_(oldest.scalar_subquery()))
        .returning(ResetRequest.email)
    )
    emails = list(db.session.scalars(taken.execution_options(synchronize_session=False)))
    for email in emails:
        _answer_reset_request(email)
    return len(emails)


def _answer_reset_request(email: str) -> None:
    mine = sa.select(Person).where(Person.email == email).with_for_update(of=Person)
    person = db.session.scalars(mine).unique().one_or_none()
    if person is None or person.state != PersonState.ACTIVE:
        return
    recent = sa.select(sa.func.count(Event.id)).where(
        Event.person_id == person.id,
        Event.kind == EventKind.PERSON_RESET_REQUESTED,
        Event.at > now() - RESETS_WITHIN,
    )
    if (db.session.scalar(recent) or 0) < RESETS:
        record(person, EventKind.PERSON_RESET_REQUESTED, by=STRANGER)
        db.session.flush()


def _invite(
    email: str,
    *,
    name: str,
    by: Any,
    organization: Organization | None = None,
    role: MemberRole = MemberRole.AGENT,
    administrator: bool = False,
    coordinator: bool = False,
) -> Person:
    person = _new_person(email, name=name, administrator=administrator, coordinator=coordinator)
    if organization is not None:
        person.memberships.append(Membership(organization=organization, role=role, started_at=now()))
    record(person, EventKind.PERSON_INVITED, by=by, acting_for=organization)
    return person


def _new_person(email: str, *, name: str, administrator: bool, coordinator: bool) -> Person:
    if queries.by_email(email) is not None:
        raise KnownAlready
    person = Person(
        email=email,
        name=name,
        active=True,
        fs_uniquifier=tokens.new_secret(),
        is_administrator=administrator,
        is_coordinator=coordinator,
        invited_at=now(),
    )
    db.session.add(person)
    return person


def _one_at_a_time() -> None:
    """Two holders of the first link at the same instant: SQLite has one writer anyway, PostgreSQL locks the table."""
    if is_postgresql():
        db.session.execute(sa.text("LOCK TABLE person IN SHARE ROW EXCLUSIVE MODE"))
