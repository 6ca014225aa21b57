"""The words of agreement: its ways, what a seat can say, what comes of it, and the policy for each kind. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from cass_portal.announcements.lifecycle import AnnouncementKind


class AgreementWay(StrEnum):
    SECOND_PERSON = "second_person"
    SENSE_VOTE = "sense_vote"
    RATIFY = "ratify"


class Stance(StrEnum):
    LIKE = "like"
    LIVE_WITH = "live_with"
    UNCOMFORTABLE = "uncomfortable"
    YES = "yes"
    NO = "no"
    RATIFY = "ratify"
    CONTEST = "contest"


class Outcome(StrEnum):
    VOTING = "voting"
    DISCUSSION = "discussion"
    SECOND_VOTE = "second_vote"
    AGREED = "agreed"
    RETURNED = "returned"
    RATIFIED = "ratified"
    CONTESTED = "contested"
    VOID = "void"


UNDECIDED = frozenset({Outcome.VOTING, Outcome.DISCUSSION, Outcome.SECOND_VOTE})
SENSE = (Stance.LIKE, Stance.LIVE_WITH, Stance.UNCOMFORTABLE)
WITHDRAWING = (Stance.LIKE, Stance.LIVE_WITH)
SECOND = (Stance.YES, Stance.NO)
RATIFICATION = (Stance.RATIFY, Stance.CONTEST)
AGAINST = frozenset({Stance.UNCOMFORTABLE, Stance.NO, Stance.CONTEST})
WITH_REASON = frozenset({Stance.UNCOMFORTABLE, Stance.CONTEST})


class Policy(NamedTuple):
    """Durations in working days; `quorum` is the percentage of seats that those voting must exceed."""

    way: AgreementWay
    vote_days: int = 5
    discussion_days: int = 2
    second_vote_days: int = 2
    ratify_days: int = 2
    quorum: int = 50


DEFAULTS = {
    AnnouncementKind.STATUS: Policy(AgreementWay.RATIFY),
    AnnouncementKind.DIRECTION: Policy(AgreementWay.SENSE_VOTE),
    AnnouncementKind.NEWS: Policy(AgreementWay.SECOND_PERSON),
    AnnouncementKind.EVENT: Policy(AgreementWay.SECOND_PERSON),
    AnnouncementKind.CALL_FOR_INPUT: Policy(AgreementWay.SENSE_VOTE),
    AnnouncementKind.YOU_SAID_WE_DID: Policy(AgreementWay.SECOND_PERSON),
}


class SeatFact(NamedTuple):
    """A seat counts from `since` (None: always) until `until` (None: still)."""

    id: int
    since: datetime | None = None
    until: datetime | None = None


class VoteFact(NamedTuple):
    seat_id: int
    stance: Stance
    at: datetime


@dataclass(frozen=True)
class Verdict:
    """What the members say as of the clock. `due_at`: when time alone may change it; None when only a vote can.

    `standing` is each seat's vote in the round that counts, `objections` the seats uncomfortable now, `silent` the
    seats without a vote in that round; `for_it` of `seats` agreed.
    """

    outcome: Outcome
    reason: str
    due_at: datetime | None
    standing: dict[int, Stance]
    objections: tuple[int, ...]
    silent: tuple[int, ...]
    seats: int
    decided_at: datetime | None

    @property
    def for_it(self) -> int:
        return sum(stance not in AGAINST for stance in self.standing.values())
