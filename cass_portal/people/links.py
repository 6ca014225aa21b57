"""Links that let somebody in without a password: invitation, first administrator, new password.

They are signed, expire and are stored nowhere. A stamp ties each to the state of the account it was made for:
what it allows happens once, and a newer link voids the older.
"""

from datetime import timedelta
from typing import Any

from cass_portal import tokens
from cass_portal.db import db
from cass_portal.people import queries
from cass_portal.people.lifecycle import PersonState
from cass_portal.people.models import Person

INVITATION_LASTS = timedelta(days=14)
RESET_LASTS = timedelta(hours=2)


def invitation_token(person: Person, *, key: str) -> str:
    return tokens.sign(key, tokens.INVITATION, [person.id, _stamp(person, tokens.INVITATION)])


def invited_person(token: str, *, key: str) -> Person | None:
    """Who may join by `token`; None when it is forged, expired, used, or replaced by a newer one."""
    person = _person(token, tokens.INVITATION, key=key, lasts=INVITATION_LASTS)
    return person if person and person.state == PersonState.INVITED else None


def reset_token(person: Person, *, key: str) -> str:
    return tokens.sign(key, tokens.PASSWORD_RESET, [person.id, _stamp(person, tokens.PASSWORD_RESET)])


def resetting_person(token: str, *, key: str) -> Person | None:
    """Who may choose a new password by `token`; None when it is forged, expired or used."""
    person = _person(token, tokens.PASSWORD_RESET, key=key, lasts=RESET_LASTS)
    return person if person and person.state == PersonState.ACTIVE else None


def first_administrator_token(*, key: str) -> str:
    return tokens.sign(key, tokens.FIRST_ADMINISTRATOR, [])


def makes_first_administrator(token: str, *, key: str) -> bool:
    """Whether `token` is good for the first administrator: not expired, and nobody is one yet."""
    signed = tokens.read(key, tokens.FIRST_ADMINISTRATOR, token, max_age=_seconds(INVITATION_LASTS))
    return signed == [] and not queries.has_administrator()


def _person(token: str, purpose: str, *, key: str, lasts: timedelta) -> Person | None:
    payload: Any = tokens.read(key, purpose, token, max_age=_seconds(lasts))
    if payload is None:
        return None
    person_id, stamp = payload
    person = db.session.get(Person, person_id)
    return person if person and stamp == _stamp(person, purpose) else None


def _stamp(person: Person, purpose: str) -> str:
    """Changes whenever links made before must not work any more; tells nothing about the account."""
    invited = person.invited_at.isoformat() if person.invited_at and purpose == tokens.INVITATION else ""
    return tokens.digest(f"{purpose} {person.fs_uniquifier} {invited}")[:32]


def _seconds(duration: timedelta) -> int:
    return int(duration.total_seconds())
