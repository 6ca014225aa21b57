"""How the members agree: one question to the Steering Committee, replayed from what happened, to one verdict. Pure.

The rules are the Consortium's (Martha's Rules, by its by-laws); docs/agreement.md has a row for each case. The
replay walks through what happened in its order and counts, at each instant, the seats that stand at that instant:
what was decided once stays decided, whoever resigns or joins later.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import NamedTuple

from cass_portal.announcements.agreement import (
    AGAINST,
    RATIFICATION,
    SECOND,
    SENSE,
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
        if count.decided_at is not None:
            break
        count.take(fact)
        if fact.what >= VOTED or not _goes_on(facts, place):
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


LEFT, JOINED, VOTED, ENDED = range(4)
"""What can happen, in the order in which it counts when it happens at one instant."""


class _Fact(NamedTuple):
    at: datetime
    what: int
    seat_id: int = 0
    stance: Stance | None = None


def _facts(
    seats: Iterable[SeatFact],
    votes: Iterable[VoteFact],
    *,
    opened_at: datetime,
    ended_at: datetime | None,
    clock: datetime,
) -> list[_Fact]:
    """What happened until `clock`, in its order; seats that stood at the opening joined then."""
    found = [_Fact(at, VOTED, seat_id, stance) for seat_id, stance, at in votes if at <= clock]
    for seat in seats:
        if seat.until is None or seat.until > opened_at:
            found.append(_Fact(max(seat.since or opened_at, opened_at), JOINED, seat.id))
            if seat.until is not None:
                found.append(_Fact(seat.until, LEFT, seat.id))
    if ended_at is not None:
        found.append(_Fact(ended_at, ENDED))
    return sorted((fact for fact in found if fact.at <= clock), key=itemgetter(0, 1))


def _goes_on(facts: list[_Fact], place: int) -> bool:
    """Whether another seat leaves or joins at the same instant as the one at `place`."""
    following = facts[place + 1] if place + 1 < len(facts) else None
    return following is not None and following.at == facts[place].at and following.what < VOTED


@dataclass
class _Count:
    """The state of one question while its history is walked through. `words` is what can be said in this round."""

    policy: Policy
    opened_at: datetime
    outcome: Outcome = Outcome.VOTING
    words: tuple[Stance, ...] = SENSE
    reason: str = ""
    seats: set[int] = field(default_factory=set)
    votes: dict[int, Stance] = field(default_factory=dict)
    against: set[int] = field(default_factory=set)
    objectors: set[int] = field(default_factory=set)
    is_overdue: bool = False
    is_ended: bool = False
    decided_at: datetime | None = None
    deadline: datetime | None = None
    passed: datetime | None = None

    def __post_init__(self) -> None:
        days = self.policy.ratify_days if self.is_ratification else self.policy.vote_days
        self.deadline = after_working_days(self.opened_at, days)
        self.words = RATIFICATION if self.is_ratification else SENSE

    @property
    def is_ratification(self) -> bool:
        return self.policy.way == AgreementWay.RATIFY

    @property
    def is_complete(self) -> bool:
        return len(self.votes) == len(self.seats) > 0

    @property
    def has_quorum(self) -> bool:
        return len(self.votes) * 100 > self.policy.quorum * len(self.seats)

    def wait_until(self, at: datetime) -> None:
        """Let the deadlines pass that lie before `at` or on it."""
        while self.deadline is not None and self.deadline <= at:
            self.passed, self.deadline, self.is_overdue = self.deadline, None, True
            self.decide(self.passed)

    def take(self, fact: _Fact) -> None:
        if fact.what == VOTED:
            if fact.seat_id in self.seats and fact.stance in self.words:
                self.say(fact.seat_id, fact.stance)
        elif fact.what == JOINED:
            self.seats.add(fact.seat_id)
        elif fact.what == LEFT:
            self.seats.discard(fact.seat_id)
            self.votes.pop(fact.seat_id, None)
            self.against.discard(fact.seat_id)
            self.objectors.discard(fact.seat_id)
        else:
            self.is_ended = self.outcome == Outcome.DISCUSSION

    def say(self, seat_id: int, stance: Stance) -> None:
        """In the discussion only a seat that objects can speak: it withdraws its objection."""
        if self.words is WITHDRAWING and seat_id not in self.objectors:
            return
        self.votes[seat_id] = stance
        if stance in AGAINST:
            self.against.add(seat_id)
        else:
            self.against.discard(seat_id)
        if self.words is not SECOND:
            (self.objectors.add if stance in AGAINST else self.objectors.discard)(seat_id)

    def decide(self, at: datetime) -> None:
        if self.words is WITHDRAWING:
            self.decide_discussion(at)
        elif self.words is SECOND:
            self.decide_second_vote(at)
        elif self.decided_at is None and (self.is_complete or (self.is_overdue and self.has_quorum)):
            self.decide_ratification(at) if self.is_ratification else self.decide_sense_vote(at)

    def decide_sense_vote(self, at: datetime) -> None:
        cast, against = len(self.votes), len(self.against)
        if not against:
            self.close(Outcome.AGREED, f"{self.turnout(at)} and nobody is uncomfortable.", at)
        elif against * 2 > cast:
            self.close(
                Outcome.RETURNED, f"{against} of {cast} votes are uncomfortable, which is a majority.", at
            )
        else:
            self.go_on(Outcome.DISCUSSION, WITHDRAWING, self.policy.discussion_days, at)

    def decide_discussion(self, at: datetime) -> None:
        if self.objectors and self.is_overdue:
            self.votes, self.against = {}, set()
            self.go_on(Outcome.SECOND_VOTE, SECOND, self.policy.second_vote_days, at)
        elif not self.objectors and (self.is_overdue or self.is_ended):
            if self.has_quorum:
                self.close(Outcome.AGREED, "Nobody is uncomfortable any more.", at)
            else:
                cast, seats = len(self.votes), len(self.seats)
                self.close(Outcome.RETURNED, f"Only {cast} of {seats} seats have voted for it.", at)

    def decide_second_vote(self, at: datetime) -> None:
        if not (self.is_complete or self.is_overdue):
            return
        cast = len(self.votes)
        in_favor = cast - len(self.against)
        if not self.has_quorum:
            self.close(Outcome.RETURNED, f"{self.turnout(at)}, which is too few.", at)
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

    def go_on(self, outcome: Outcome, words: tuple[Stance, ...], days: int, at: datetime) -> None:
        self.outcome, self.words, self.is_overdue = outcome, words, False
        self.deadline = after_working_days(at, days)

    def close(self, outcome: Outcome, reason: str, at: datetime) -> None:
        self.outcome, self.words, self.reason = outcome, (), reason
        self.decided_at, self.deadline = at, None

    def turnout(self, at: datetime) -> str:
        cast, seats = len(self.votes), len(self.seats)
        if cast == seats:
            return f"All {seats} seats voted" if seats > 1 else "The one seat voted"
        late = "" if at == self.passed else ", the last after the deadline,"
        return f"{cast} of {seats} seats voted{late or ' by the deadline'}"

    @property
    def present_reason(self) -> str:
        """Why nothing is decided yet."""
        cast, seats, objections = len(self.votes), len(self.seats), len(self.objectors)
        stand = f"{objections} objection{'' if objections == 1 else 's'}"
        if self.outcome == Outcome.DISCUSSION:
            return f"The members discuss {stand}." if objections else "No objection stands any more."
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
