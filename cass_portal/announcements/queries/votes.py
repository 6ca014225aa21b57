"""Reading votes. They are for whoever may read open announcements; what the public hears is the outcome alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from cass_portal.announcements.agreement import WITH_REASON, Outcome, SeatFact, Verdict, VoteFact
from cass_portal.announcements.counting import verdict
from cass_portal.announcements.models import Announcement, Ballot, Edition, Vote
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.people.models import Seat
from cass_portal.policy import Permission, can


def verdict_of(ballot: Ballot, *, seats: Sequence[Seat] | None = None) -> Verdict:
    """What the members say as of now; of a closed ballot, what it was closed with.

    `seats` are all there are, where the caller has them at hand.
    """
    every = seats if seats is not None else all_seats()
    found = verdict(
        ballot.policy,
        [_counted(each, ballot) for each in every],
        [VoteFact(each.seat_id, each.stance, each.at) for each in ballot.votes],
        ballot.closed_at or now(),
        opened_at=ballot.opened_at,
        discussion_ended_at=ballot.discussion_ended_at,
    )
    if ballot.closed_at is None:
        return found
    return replace(
        found, outcome=ballot.outcome, reason=ballot.reason, due_at=None, decided_at=ballot.closed_at
    )


def all_seats() -> Sequence[Seat]:
    """Every seat there ever was, as it counts in votes."""
    return db.session.scalars(sa.select(Seat).options(joinedload(Seat.organization)).order_by(Seat.id)).all()


def objections_of(ballot: Ballot) -> list[Vote]:
    """What the seats that are uncomfortable, or contest it, said last; the earliest first."""
    objecting = verdict_of(ballot).objections
    said = {vote.seat_id: vote for vote in ballot.votes if vote.stance in WITH_REASON}
    return [vote for seat_id, vote in said.items() if seat_id in objecting]


def ballot_of(actor: Any, ballot_id: int) -> sa.Select[Any]:
    """The ballot, for whoever may read open announcements or votes."""
    return _readable_by(actor).where(Ballot.id == ballot_id)


def open_ballots(actor: Any) -> Sequence[Ballot]:
    """Every question the members are asked now, the first due first."""
    query = _readable_by(actor).where(Ballot.closed_at.is_(None))
    return db.session.scalars(query.order_by(Ballot.due_at, Ballot.id)).unique().all()


def ballots_waiting_for(actor: Any) -> list[Ballot]:
    """Open ballots in which a seat of `actor` has not spoken in the present round, or still objects.

    `actor` may hold the seat or stand in on it; a vote by either of them settles it for both.
    """
    if not actor.seat_ids:
        return []
    seats = all_seats()
    return [each for each in open_ballots(actor) if _waits_for_one_of(actor.seat_ids, each, seats)]


def ballots_voted_on(actor: Any, *, limit: int) -> Sequence[Ballot]:
    """Closed questions that `actor` voted on, the latest vote first."""
    last = sa.select(sa.func.max(Vote.id)).where(Vote.ballot_id == Ballot.id, Vote.person_id == actor.id)
    query = _readable_by(actor).where(last.scalar_subquery().is_not(None), Ballot.closed_at.is_not(None))
    return db.session.scalars(query.order_by(last.scalar_subquery().desc()).limit(limit)).unique().all()


def ballot_is_open() -> sa.ColumnElement[bool]:
    return Ballot.closed_at.is_(None)


def ballot_is_due(now: datetime) -> sa.ColumnElement[bool]:
    """Time alone may have changed what it came to."""
    return sa.and_(Ballot.closed_at.is_(None), Ballot.due_at <= now)


def seats_of_actor(actor: Any) -> list[Seat]:
    """The seats that `actor` may vote for today."""
    return [each for each in all_seats() if each.id in actor.seat_ids]


def _waits_for_one_of(seat_ids: frozenset[int], ballot: Ballot, seats: Sequence[Seat]) -> bool:
    found = verdict_of(ballot, seats=seats)
    asked = found.objections if found.outcome == Outcome.DISCUSSION else found.silent
    return not seat_ids.isdisjoint(asked)


def _counted(seat: Seat, ballot: Ballot) -> SeatFact:
    """A member that left after the end and came back still voted as it did."""
    came_back = ballot.closed_at is not None and seat.since is not None and seat.since > ballot.closed_at
    voted = any(each.seat_id == seat.id for each in ballot.votes) if came_back else False
    return SeatFact(seat.id) if voted else SeatFact(seat.id, seat.since, seat.until)


def _readable_by(actor: Any) -> sa.Select[Any]:
    allowed = can(actor, Permission.ANNOUNCEMENT_READ_OPEN) or can(actor, Permission.ANNOUNCEMENT_VOTE)
    return (
        sa.select(Ballot)
        .where(sa.true() if allowed else sa.false())
        .options(
            selectinload(Ballot.votes).options(joinedload(Vote.person), joinedload(Vote.seat)),
            joinedload(Ballot.edition).options(
                joinedload(Edition.announcement).joinedload(Announcement.policy),
                joinedload(Edition.edited_by),
            ),
        )
    )
