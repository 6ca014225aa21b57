"""Signed-in browsers, known to the server so that signing out ends them there too."""

from datetime import timedelta

import sqlalchemy as sa

from cass_portal import tokens
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.people.models import Person, SignInSession

KEPT = timedelta(days=30)
"""How long sessions that are over stay in the table."""


def open_session(person: Person) -> str:
    """Start a session of `person`; the secret that the browser keeps in its cookie as `sid`."""
    secret = tokens.new_secret()
    old = (SignInSession.person_id == person.id, SignInSession.started_at < now() - KEPT)
    db.session.execute(sa.delete(SignInSession).where(*old))
    db.session.add(SignInSession(person=person, token_digest=tokens.digest(secret), started_at=now()))
    return secret


def person_of(uniquifier: str, secret: str | None, *, absolute: timedelta) -> Person | None:
    """Who holds the cookie with `uniquifier` and `secret`; None when that session is over for any reason."""
    if not secret:
        return None
    mine = sa.select(Person).where(Person.fs_uniquifier == uniquifier, Person.active)
    opened = mine.join(SignInSession, SignInSession.person_id == Person.id).where(
        SignInSession.token_digest == tokens.digest(secret), *_open_since(absolute)
    )
    return db.session.scalars(opened).unique().one_or_none()


def open_sessions(person: Person, *, absolute: timedelta) -> list[SignInSession]:
    """The person's signed-in browsers, newest first. For the person alone."""
    query = sa.select(SignInSession).where(SignInSession.person_id == person.id, *_open_since(absolute))
    return list(db.session.scalars(query.order_by(SignInSession.id.desc())))


def end_session(person: Person, secret: str) -> None:
    _end(SignInSession.person_id == person.id, SignInSession.token_digest == tokens.digest(secret))


def end_all_sessions(person: Person) -> None:
    _end(SignInSession.person_id == person.id)


def _open_since(absolute: timedelta) -> tuple[sa.ColumnElement[bool], ...]:
    return (SignInSession.ended_at.is_(None), SignInSession.started_at > now() - absolute)


def _end(*which: sa.ColumnElement[bool]) -> None:
    open_ones = sa.update(SignInSession).where(*which, SignInSession.ended_at.is_(None))
    db.session.execute(open_ones.values(ended_at=now()))
