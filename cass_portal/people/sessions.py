"""Signed-in browsers, known to the server so that signing out ends them there too."""

from datetime import timedelta

import sqlalchemy as sa

from cass_portal import tokens
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.people.models import Person, SignInSession


def open_session(person: Person) -> str:
    """Start a session of `person`; the secret that the browser keeps in its cookie as `sid`."""
    secret = tokens.new_secret()
    db.session.add(SignInSession(person=person, token_digest=tokens.digest(secret), started_at=now()))
    return secret


def is_open(person: Person, secret: str | None, *, absolute: timedelta) -> bool:
    """Whether the browser that holds `secret` is signed in as `person`: not ended, not older than `absolute`."""
    if not secret or not person.active:
        return False
    found = sa.select(SignInSession.id).where(
        SignInSession.token_digest == tokens.digest(secret),
        SignInSession.person_id == person.id,
        SignInSession.ended_at.is_(None),
        SignInSession.started_at > now() - absolute,
    )
    return db.session.scalar(found) is not None


def end_session(secret: str) -> None:
    _end(SignInSession.token_digest == tokens.digest(secret))


def end_all_sessions(person: Person) -> None:
    """Sign `person` out everywhere."""
    _end(SignInSession.person_id == person.id)


def _end(which: sa.ColumnElement[bool]) -> None:
    open_ones = sa.update(SignInSession).where(which, SignInSession.ended_at.is_(None))
    db.session.execute(open_ones.values(ended_at=now()))
