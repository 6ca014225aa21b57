"""Links that let a representative vote from a mail, without a password. They die with the vote."""

from datetime import timedelta
from typing import Any

from cass_portal import tokens
from cass_portal.announcements.models import Ballot
from cass_portal.db import db
from cass_portal.people.lifecycle import PersonState
from cass_portal.people.models import Person, Seat

VOTE_LASTS = timedelta(days=90)
"""Longer than any vote; what ends the link is the end of the vote."""


def vote_token(ballot: Ballot, seat: Seat, person: Person, key: str) -> str:
    return tokens.sign(key, tokens.VOTE, [ballot.id, seat.id, person.id])


def voter_of(token: str, key: str) -> tuple[Ballot, Seat, Person] | None:
    """Who votes for which seat by `token`.

    None when it is forged or expired, the vote has ended, or the person no longer sits on the seat.
    """
    named = named_by(token, key)
    if named is None:
        return None
    ballot, seat, person = named
    return (ballot, seat, person) if ballot.is_open and sits_on(seat, person) else None


def sits_on(seat: Seat, person: Person) -> bool:
    """Whether the person of a link holds the seat today, or stands in on it, with an account that works."""
    return person.state == PersonState.ACTIVE and seat.id in person.seat_ids


def named_by(token: str, key: str) -> tuple[Ballot, Seat, Person] | None:
    """What `token` was signed for, whether or not it may still vote; None when it is forged or expired."""
    signed: Any = tokens.read(key, tokens.VOTE, token, max_age=int(VOTE_LASTS.total_seconds()))
    if signed is None:
        return None
    ballot_id, seat_id, person_id = signed
    ballot, seat = db.session.get(Ballot, ballot_id), db.session.get(Seat, seat_id)
    person = db.session.get(Person, person_id)
    return (ballot, seat, person) if ballot is not None and seat is not None and person is not None else None
