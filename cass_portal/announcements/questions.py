"""One question to the members as pages show it: how it stands, who said what, who is silent. For whoever may vote."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cass_portal.announcements.agreement import UNDECIDED, AgreementWay, Outcome, Stance, Verdict
from cass_portal.announcements.changes import Piece, changes, changes_since
from cass_portal.announcements.counting import stances_for
from cass_portal.announcements.models import Ballot, Edition, Vote
from cass_portal.announcements.queries import (
    all_seats,
    ballots_waiting_for,
    last_published,
    verdict_of,
)
from cass_portal.people.models import Seat

ROUNDS = {
    Outcome.VOTING: "Vote",
    Outcome.DISCUSSION: "Discussion of the objections",
    Outcome.SECOND_VOTE: "Second vote",
}


@dataclass(frozen=True)
class Line:
    """One seat: what it said last in the round that counts (`stance` None: nothing yet), and by whom."""

    seat: Seat
    stance: Stance | None
    vote: Vote | None

    @property
    def name(self) -> str:
        return seat_name(self.seat)


@dataclass(frozen=True)
class Question:
    """How one ballot stands. What only its own page shows is read when it is asked for."""

    ballot: Ballot
    verdict: Verdict
    lines: tuple[Line, ...]

    @property
    def edition(self) -> Edition:
        return self.ballot.edition

    @property
    def is_open(self) -> bool:
        return self.ballot.is_open and self.verdict.outcome in UNDECIDED

    @property
    def round(self) -> str:
        if self.ballot.way == AgreementWay.RATIFY:
            return "Ratification"
        return ROUNDS.get(self.verdict.outcome, "Vote")

    @property
    def cast(self) -> int:
        return len(self.verdict.standing)

    @property
    def tallies(self) -> list[tuple[Stance, int]]:
        """How many seats said what, in the order of the words."""
        said = Counter(self.verdict.standing.values())
        return [(stance, said[stance]) for stance in Stance if said[stance]]

    @cached_property
    def objections(self) -> list[Vote]:
        """What the seats that object said last, the earliest first."""
        said = {vote.seat_id: vote for vote in self.ballot.votes if vote.stance == Stance.UNCOMFORTABLE}
        return [vote for seat_id, vote in said.items() if seat_id in self.verdict.objections]

    @cached_property
    def before(self) -> Edition | None:
        """What the public read before."""
        return last_published(self.edition)

    @cached_property
    def since_publication(self) -> list[Piece]:
        """The difference to the text that the public reads."""
        return changes(self.before, self.edition) if self.before is not None else []

    @cached_property
    def since_vote(self) -> list[Piece]:
        """From the text that was voted on to the present one: of this vote, else of the one before it."""
        if self.ballot.text_hash != self.edition.text_hash:
            return changes_since(self.ballot.text, self.edition)
        earlier = [each for each in self.edition.ballots if each.id < self.ballot.id]
        other = [each for each in earlier if each.text_hash != self.ballot.text_hash]
        return changes_since(other[-1].text, self.edition) if other else []

    def stances(self, seat: Seat) -> tuple[Stance, ...]:
        """What `seat` can say now."""
        return stances_for(self.verdict, way=self.ballot.way, seat_id=seat.id) if self.is_open else ()

    def line_of(self, seat: Seat) -> Line | None:
        return next((each for each in self.lines if each.seat.id == seat.id), None)


def seat_name(seat: Seat) -> str:
    """The member's short name; of the affiliates' seats their label."""
    return seat.organization.short_name if seat.organization is not None else seat.label


def waiting_votes(actor: Any) -> list[tuple[Ballot, list[str]]]:
    """What waits for a vote of `actor`, with the names of the seats that it waits for."""
    if not actor.seat_ids:
        return []
    seats = all_seats()
    mine = [each for each in seats if each.id in actor.seat_ids]
    return [(each, _names_asked(each, mine, seats)) for each in ballots_waiting_for(actor)]


def _names_asked(ballot: Ballot, mine: Sequence[Seat], seats: Sequence[Seat]) -> list[str]:
    found = verdict_of(ballot, seats=seats)
    asked = found.objections if found.outcome == Outcome.DISCUSSION else found.silent
    return [seat_name(seat) for seat in mine if seat.id in asked]


def ratification_of(edition: Edition) -> str | None:
    """The word for how a text that is out stands with the members; None where they were not asked to ratify it."""
    asked = [each for each in edition.ballots if each.way == AgreementWay.RATIFY]
    if not asked or asked[-1].outcome == Outcome.VOID:
        return None
    return "awaiting_ratification" if asked[-1].is_open else asked[-1].outcome.value


def question_of(ballot: Ballot, *, seats: Sequence[Seat] | None = None) -> Question:
    """`seats` are all there are, where the caller has them at hand."""
    seats = seats if seats is not None else all_seats()
    found = verdict_of(ballot, seats=seats)
    return Question(ballot=ballot, verdict=found, lines=tuple(_lines(ballot, found, seats)))


def _lines(ballot: Ballot, found: Verdict, seats: Sequence[Seat]) -> list[Line]:
    counted = found.standing.keys() | set(found.silent)
    lines = []
    for seat in seats:
        if seat.id in counted:
            stance = found.standing.get(seat.id)
            said = [each for each in ballot.votes if each.seat_id == seat.id and each.stance == stance]
            lines.append(Line(seat, stance, said[-1] if said else None))
    return sorted(lines, key=lambda line: line.name)
