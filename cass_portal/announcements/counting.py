"""How the members agree: one question to the Steering Committee, replayed from what happened, to one verdict. Pure.

The rules are the Consortium's (Martha's Rules, by its by-laws); docs/agreement.md has a row for each case. The
replay walks through what happened in its order and counts, at each instant, the seats that stand at that instant:
what was decided once stays decided, whoever resigns or joins later.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from cass_portal.announcements.agreement import (
    AGAINST,
    RATIFICATION,
    SECOND,
    SENSE,
    UNDECIDED,
    WITHDRAWING,
    AgreementWay,
    Outcome,
    Policy,
    SeatFact,
    Stance,
    Verdict,
    VoteFact,
)
from cass_portal.clock import after_working_days


def verdict(
    policy: Policy,
    seats: Iterable[SeatFact],
    votes: Iterable[VoteFact],
    clock: datetime,
    *,
    opened_at: datetime,
    discussion_ended_at: datetime | None = None,
) -> Verdict:
    """What became of the question asked at `opened_at`, as of `clock`.

    Votes of one instant count in their order; of seats that leave and join at one instant only the sum counts.
    """
    count = _Count(policy, opened_at)
    facts = _facts(seats, votes, opened_at=opened_at, ended_at=discussion_ended_at, clock=clock)
    for place, fact in enumerate(facts):
        count.wait_until(fact.at)
        if count.outcome not in UNDECIDED:
            break
        count.take(fact)
        if not (fact.is_of_seats and place + 1 < len(facts) and facts[place + 1].is_of_seats_at(fact.at)):
            count.decide(fact.at)
    count.wait_until(clock)
    return count.result()


def stances_for(found: Verdict, *, way: AgreementWay, seat_id: int) -> tuple[Stance, ...]:
    """What the seat can say in the round that goes on; nothing when none does or the seat does not stand.

    In the discussion only a seat that objects can speak: it withdraws its objection.
    """
    if seat_id not in found.standing and seat_id not in found.silent:
        return ()
    if found.outcome == Outcome.DISCUSSION:
        return WITHDRAWING if seat_id in found.objections else ()
    if found.outcome == Outcome.SECOND_VOTE:
        return SECOND
    if found.outcome == Outcome.VOTING:
        return RATIFICATION if way == AgreementWay.RATIFY else SENSE
    return ()


class _Happening(StrEnum):
    """In the order in which what happens at one instant counts."""

    LEFT = "left"
    JOINED = "joined"
    VOTED = "voted"
    ENDED = "ended"


class _Fact(NamedTuple):
    at: datetime
    what: _Happening
    seat_id: int = 0
    stance: Stance | None = None

    @property
    def is_of_seats(self) -> bool:
        return self.what in (_Happening.LEFT, _Happening.JOINED)

    def is_of_seats_at(self, at: datetime) -> bool:
        return self.is_of_seats and self.at == at


def _facts(
    seats: Iterable[SeatFact],
    votes: Iterable[VoteFact],
    *,
    opened_at: datetime,
    ended_at: datetime | None,
    clock: datetime,
) -> list[_Fact]:
    """What happened until `clock`, in its order; seats that stood at the opening joined then."""
    found = [_Fact(each.at, _Happening.VOTED, each.seat_id, each.stance) for each in votes]
    for seat in seats:
        if seat.until is None or seat.until > opened_at:
            found.append(_Fact(max(seat.since or opened_at, opened_at), _Happening.JOINED, seat.id))
            if seat.until is not None:
                found.append(_Fact(seat.until, _Happening.LEFT, seat.id))
    if ended_at is not None:
        found.append(_Fact(ended_at, _Happening.ENDED))
    order = list(_Happening)
    return sorted((fact for fact in found if fact.at <= clock), key=lambda f: (f.at, order.index(f.what)))


@dataclass
class _Count:
    """The state of one question while its history is walked through."""

    policy: Policy
    opened_at: datetime
    outcome: Outcome = Outcome.VOTING
    reason: str = ""
    seats: set[int] = field(default_factory=set)
    votes: dict[int, Stance] = field(default_factory=dict)
    against: set[int] = field(default_factory=set)
    objectors: set[int] = field(default_factory=set)
    is_overdue: bool = False
    is_ended: bool = False
    decided_at: datetime | None = None
    deadline: datetime | None = None

    def __post_init__(self) -> None:
        days = self.policy.ratify_days if self.is_ratification else self.policy.vote_days
        self.deadline = after_working_days(self.opened_at, days)

    @property
    def is_ratification(self) -> bool:
        return self.policy.way == AgreementWay.RATIFY

    @property
    def is_complete(self) -> bool:
        return bool(self.seats) and len(self.votes) == len(self.seats)

    @property
    def has_quorum(self) -> bool:
        return len(self.votes) * 100 > self.policy.quorum * len(self.seats)

    def wait_until(self, at: datetime) -> None:
        """Let the deadlines pass that lie before `at` or on it."""
        while self.deadline is not None and self.deadline <= at:
            passed, self.deadline, self.is_overdue = self.deadline, None, True
            self.decide(passed)

    def take(self, fact: _Fact) -> None:
        if fact.what == _Happening.JOINED:
            self.seats.add(fact.seat_id)
        elif fact.what == _Happening.LEFT:
            self.seats.discard(fact.seat_id)
            self.votes.pop(fact.seat_id, None)
            self.against.discard(fact.seat_id)
            self.objectors.discard(fact.seat_id)
        elif fact.what == _Happening.ENDED:
            self.is_ended = self.outcome == Outcome.DISCUSSION
        elif fact.stance is not None and self.may_say(fact.seat_id, fact.stance):
            self.say(fact.seat_id, fact.stance)

    def may_say(self, seat_id: int, stance: Stance) -> bool:
        """Whether the round that goes on takes this word of this seat."""
        if seat_id not in self.seats:
            return False
        if self.outcome == Outcome.DISCUSSION:
            return seat_id in self.objectors and stance in WITHDRAWING
        if self.outcome == Outcome.SECOND_VOTE:
            return stance in SECOND
        return stance in (RATIFICATION if self.is_ratification else SENSE)

    def say(self, seat_id: int, stance: Stance) -> None:
        self.votes[seat_id] = stance
        (self.against.add if stance in AGAINST else self.against.discard)(seat_id)
        if stance in SENSE:
            (self.objectors.add if stance in AGAINST else self.objectors.discard)(seat_id)

    def decide(self, at: datetime) -> None:
        if self.outcome == Outcome.DISCUSSION:
            self.decide_discussion(at)
        elif self.outcome == Outcome.SECOND_VOTE:
            self.decide_second_vote(at)
        elif self.outcome == Outcome.VOTING and (self.is_complete or (self.is_overdue and self.has_quorum)):
            self.decide_ratification(at) if self.is_ratification else self.decide_sense_vote(at)

    def decide_sense_vote(self, at: datetime) -> None:
        cast, against = len(self.votes), len(self.against)
        if not against:
            self.close(Outcome.AGREED, f"{self.turnout} and nobody is uncomfortable.", at)
        elif against * 2 > cast:
            self.close(
                Outcome.RETURNED, f"{against} of {cast} votes are uncomfortable, which is a majority.", at
            )
        else:
            self.go_on(Outcome.DISCUSSION, self.policy.discussion_days, at)

    def decide_discussion(self, at: datetime) -> None:
        if self.objectors and self.is_overdue:
            self.votes, self.against = {}, set()
            self.go_on(Outcome.SECOND_VOTE, self.policy.second_vote_days, at)
        elif not self.objectors and (self.is_overdue or self.is_ended):
            self.close(Outcome.AGREED, "Nobody is uncomfortable any more.", at)

    def decide_second_vote(self, at: datetime) -> None:
        if not (self.is_complete or self.is_overdue):
            return
        cast = len(self.votes)
        in_favor = cast - len(self.against)
        if not self.has_quorum:
            self.close(Outcome.RETURNED, f"{self.turnout}, which is too few.", at)
        elif in_favor * 2 > cast:
            words = f"{in_favor} of {cast} votes say yes: publish over the stated objections."
            self.close(Outcome.AGREED, words, at)
        else:
            self.close(Outcome.RETURNED, f"{in_favor} of {cast} votes say yes, which is no majority.", at)

    def decide_ratification(self, at: datetime) -> None:
        cast, against = len(self.votes), len(self.against)
        if (cast - against) * 2 > cast:
            self.close(Outcome.RATIFIED, f"{cast - against} of {cast} votes ratify it.", at)
        else:
            words = f"{against} of {cast} votes contest it, so it has to be corrected or withdrawn."
            self.close(Outcome.CONTESTED, words, at)

    def go_on(self, outcome: Outcome, days: int, at: datetime) -> None:
        self.outcome, self.is_overdue = outcome, False
        self.deadline = after_working_days(at, days)

    def close(self, outcome: Outcome, reason: str, at: datetime) -> None:
        self.outcome, self.reason, self.decided_at, self.deadline = outcome, reason, at, None

    @property
    def turnout(self) -> str:
        cast, seats = len(self.votes), len(self.seats)
        if cast == seats:
            return f"All {seats} seats voted"
        return f"{cast} of {seats} seats voted by the deadline"

    @property
    def present_reason(self) -> str:
        """Why nothing is decided yet."""
        cast, seats, objections = len(self.votes), len(self.seats), len(self.objectors)
        stand = f"{objections} objection{'' if objections == 1 else 's'}"
        if self.outcome == Outcome.DISCUSSION:
            return f"The members discuss {stand}." if objections else "Every objection was withdrawn."
        if self.outcome == Outcome.SECOND_VOTE:
            return (
                f"{stand} stand{'s' if objections == 1 else ''}: {cast} of {seats} seats have said yes or no."
            )
        if self.is_overdue:
            return f"The deadline has passed and only {cast} of {seats} seats have voted; it waits for more."
        return f"{cast} of {seats} seats have voted."

    def result(self) -> Verdict:
        return Verdict(
            outcome=self.outcome,
            reason=self.reason or self.present_reason,
            due_at=self.deadline,
            standing=dict(self.votes),
            objections=tuple(sorted(self.objectors)),
            silent=tuple(sorted(self.seats - self.votes.keys())),
            seats=len(self.seats),
            decided_at=self.decided_at,
        )
