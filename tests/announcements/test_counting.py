"""How the members agree: each row of the table in docs/agreement.md, and what holds for every vote there can be."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cass_portal.announcements.agreement import (
    AGAINST,
    DEFAULTS,
    RATIFICATION,
    SECOND,
    SENSE,
    UNDECIDED,
    AgreementWay,
    Outcome,
    Policy,
    SeatFact,
    Stance,
    VoteFact,
)
from cass_portal.announcements.counting import stances_for, verdict
from cass_portal.announcements.lifecycle import AnnouncementKind
from cass_portal.clock import after_working_days
from tests.house.source import ROOT

pytestmark = pytest.mark.once
S = Stance
OPENED = datetime(2026, 3, 2, 10, tzinfo=UTC)
"""A Monday."""
POLICY = DEFAULTS[AnnouncementKind.DIRECTION]
RATIFY = DEFAULTS[AnnouncementKind.STATUS]
SEVEN = tuple(SeatFact(number) for number in range(1, 8))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DEADLINE = after_working_days(OPENED, 5)
ONE_AGAINST = {1: S.UNCOMFORTABLE, **dict.fromkeys(range(2, 8), S.LIKE)}
DISCUSSED_FROM = OPENED + 7 * HOUR
SECOND_FROM = after_working_days(DISCUSSED_FROM, 2)
SECOND_END = after_working_days(SECOND_FROM, 2)


def said(stances, *, at=OPENED):
    """One vote an hour, in the order given, the first an hour after `at`."""
    return [
        VoteFact(seat, stance, at + (place + 1) * HOUR)
        for place, (seat, stance) in enumerate(stances.items())
    ]


def all_of(stance, *seats):
    return dict.fromkeys(seats, stance)


def counted(votes, *, seats=SEVEN, clock=None, policy=POLICY, ended_at=None):
    """The verdict when everything was said, or at `clock`."""
    latest = max([OPENED, *(vote.at for vote in votes), *([ended_at] if ended_at else [])])
    return verdict(policy, seats, votes, clock or latest, opened_at=OPENED, discussion_ended_at=ended_at)


def left(seat, at):
    return tuple(each._replace(until=at) if each.id == seat else each for each in SEVEN)


def joined(at):
    return (*SEVEN, SeatFact(8, since=at))


def second(yes, no):
    """One seat objects, the discussion runs out, and these seats answer the second vote."""
    answers = all_of(S.YES, *yes) | all_of(S.NO, *no)
    return said(ONE_AGAINST) + said(answers, at=SECOND_FROM)


WITHDRAWN = [*said(ONE_AGAINST), VoteFact(1, S.LIVE_WITH, DISCUSSED_FROM + HOUR)]
LIKED = all_of(S.LIKE, *range(1, 8))
CASES = {
    "everybody is content": lambda: counted(said(all_of(S.LIKE, 1, 2, 3, 4, 5) | all_of(S.LIVE_WITH, 6, 7))),
    "one seat is missing": lambda: counted(said(all_of(S.LIKE, 1, 2, 3, 4, 5, 6))),
    "most have voted by the deadline": lambda: counted(said(all_of(S.LIKE, 1, 2, 3, 4)), clock=DEADLINE),
    "too few have voted by the deadline": lambda: counted(said(all_of(S.LIKE, 1, 2, 3)), clock=DEADLINE),
    "exactly half have voted by the deadline": lambda: counted(
        said(all_of(S.LIKE, 1, 2, 3)), seats=SEVEN[:6], clock=DEADLINE
    ),
    "nobody votes": lambda: counted([], clock=DEADLINE + 30 * DAY),
    "a late vote makes the majority": lambda: counted(
        [*said(all_of(S.LIKE, 1, 2, 3)), VoteFact(4, S.LIKE, DEADLINE + DAY)]
    ),
    "most are uncomfortable": lambda: counted(
        said(all_of(S.UNCOMFORTABLE, 1, 2, 3, 4) | all_of(S.LIKE, 5, 6, 7))
    ),
    "most of few are uncomfortable": lambda: counted(
        said({1: S.LIKE} | all_of(S.UNCOMFORTABLE, 2, 3, 4)), clock=DEADLINE
    ),
    "the votes are tied": lambda: counted(
        said(all_of(S.LIKE, 1, 2) | all_of(S.UNCOMFORTABLE, 3, 4)), clock=DEADLINE
    ),
    "one is uncomfortable": lambda: counted(said(ONE_AGAINST)),
    "the last objector withdraws": lambda: counted(WITHDRAWN),
    "the discussion runs out without an objection": lambda: counted(WITHDRAWN, clock=SECOND_FROM),
    "a coordinator ends the discussion": lambda: counted(WITHDRAWN, ended_at=DISCUSSED_FROM + 2 * HOUR),
    "a seat without an objection speaks in the discussion": lambda: counted(
        [*said(ONE_AGAINST), VoteFact(2, S.UNCOMFORTABLE, DISCUSSED_FROM + HOUR)]
    ),
    "an objection stands": lambda: counted(said(ONE_AGAINST), clock=SECOND_FROM),
    "a majority says yes": lambda: counted(second(yes=(2, 3, 4, 5), no=(1, 6, 7))),
    "the second vote is tied": lambda: counted(second(yes=(2, 3, 4), no=(1, 5, 6)), clock=SECOND_END),
    "a majority says no": lambda: counted(second(yes=(2, 3, 4), no=(1, 5, 6, 7))),
    "too few answer the second vote": lambda: counted(second(yes=(2, 3, 4), no=()), clock=SECOND_END),
    "a first answer in the second vote": lambda: counted(
        [*said(ONE_AGAINST), VoteFact(2, S.LIKE, SECOND_FROM + HOUR)]
    ),
    "a member resigns before it voted": lambda: counted(
        said(all_of(S.LIKE, 1, 2, 3, 4, 5, 6)), seats=left(7, OPENED + DAY), clock=OPENED + DAY
    ),
    "a member resigns after it voted": lambda: counted(
        said(all_of(S.LIKE, 1, 2, 3, 4, 5)), seats=left(1, OPENED + DAY), clock=OPENED + DAY
    ),
    "the objector resigns": lambda: counted(
        said(ONE_AGAINST), seats=left(1, OPENED + DAY), clock=OPENED + DAY
    ),
    "a member resigns in the second vote": lambda: counted(
        second(yes=(2, 3, 4), no=(1, 5, 6)), seats=left(7, SECOND_FROM + DAY), clock=SECOND_FROM + DAY
    ),
    "a member joins while others vote": lambda: counted(said(LIKED), seats=joined(OPENED + 6.5 * HOUR)),
    "a member joins in the discussion": lambda: counted(
        said(ONE_AGAINST), seats=joined(DISCUSSED_FROM + HOUR), clock=SECOND_FROM
    ),
    "one leaves as another joins": lambda: counted(
        said(all_of(S.LIKE, 1, 2, 3, 4, 5, 6)),
        seats=(*left(7, OPENED + DAY), SeatFact(8, since=OPENED + DAY)), clock=OPENED + DAY,
    ),
    "most of those who voted resign in the discussion": lambda: counted(
        said(all_of(S.UNCOMFORTABLE, 1, 2) | all_of(S.LIKE, 3, 4)),
        seats=(*(each._replace(until=DEADLINE + DAY) for each in SEVEN[:3]), *SEVEN[3:]),
        clock=DEADLINE + 2 * DAY,
    ),
    "a member joins after the end": lambda: counted(
        said(LIKED), seats=joined(OPENED + DAY), clock=OPENED + 30 * DAY
    ),
    "a member resigns after the end": lambda: counted(
        said(LIKED), seats=left(1, OPENED + DAY), clock=OPENED + 30 * DAY
    ),
    "holder and delegate both vote": lambda: counted(
        [VoteFact(1, S.UNCOMFORTABLE, OPENED), *said(LIKED)]
    ),
    "the delegate has the last word": lambda: counted(
        [VoteFact(1, S.LIKE, OPENED), *said(ONE_AGAINST)]
    ),
    "a vote after the end": lambda: counted([*said(LIKED), VoteFact(1, S.UNCOMFORTABLE, OPENED + DAY)]),
    "a seat that ended before": lambda: counted(
        said(all_of(S.LIKE, 1, 2, 3, 4, 5, 6, 9)), seats=(*SEVEN, SeatFact(9, until=OPENED - DAY))
    ),
    "there is one seat": lambda: counted(said({1: S.LIKE}), seats=SEVEN[:1]),
    "there is no seat": lambda: counted([], seats=(), clock=DEADLINE),
    "most ratify": lambda: counted(
        said({1: S.CONTEST} | all_of(S.RATIFY, 2, 3, 4, 5, 6, 7)), policy=RATIFY
    ),
    "most ratify by the deadline": lambda: counted(
        said({1: S.CONTEST} | all_of(S.RATIFY, 2, 3, 4)), policy=RATIFY, clock=OPENED + 2 * DAY
    ),
    "most contest": lambda: counted(
        said(all_of(S.RATIFY, 1, 2, 3) | all_of(S.CONTEST, 4, 5, 6, 7)), policy=RATIFY
    ),
    "the ratification is tied": lambda: counted(
        said(all_of(S.RATIFY, 1, 2) | all_of(S.CONTEST, 3, 4)), policy=RATIFY, clock=OPENED + 2 * DAY
    ),
    "too few ratify": lambda: counted(
        said(all_of(S.RATIFY, 1, 2, 3)), policy=RATIFY, clock=OPENED + 2 * DAY
    ),
}  # fmt: skip


def table():
    """The documented cases: name → outcome, sentence."""
    page = (ROOT / "docs" / "agreement.md").read_text()
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line[:1] == "|"
    ]
    return {row[0]: (row[2], row[3]) for row in rows if len(row) == 4 and row[0] not in ("case", "---")}


TABLE = table()


WAYS = {
    "published at once": AgreementWay.RATIFY,
    "a sense vote": AgreementWay.SENSE_VOTE,
    "a second coordinator": AgreementWay.SECOND_PERSON,
}


def test_the_documented_way_of_each_kind_is_the_one_the_portal_comes_with():
    page = (ROOT / "docs" / "agreement.md").read_text()
    first_table = [line.strip("|").split("|") for line in page.splitlines() if line.count("|") == 3][2:]

    documented = {
        AnnouncementKind(kind.strip().replace(" – ", " ").replace(" ", "_")): way
        for kinds, words in first_table
        for kind in kinds.split(",")
        for start, way in WAYS.items()
        if words.strip().startswith(start)
    }

    assert documented == {kind: policy.way for kind, policy in DEFAULTS.items()}


def test_every_documented_case_is_tested_and_every_tested_one_documented():
    assert list(TABLE) == list(CASES)


@pytest.mark.parametrize("case", CASES)
def test_each_case_comes_out_as_documented(case):
    found = CASES[case]()

    assert (found.outcome.value, found.reason) == TABLE[case]


def test_a_verdict_says_who_said_what_and_until_when():
    found = counted(said({1: S.UNCOMFORTABLE, 2: S.LIKE, 3: S.LIVE_WITH}))

    assert found.standing == {1: S.UNCOMFORTABLE, 2: S.LIKE, 3: S.LIVE_WITH}
    assert (found.objections, found.silent) == ((1,), (4, 5, 6, 7))
    assert (found.seats, found.for_it, found.due_at, found.decided_at) == (7, 2, DEADLINE, None)


def test_rounds_follow_each_other_in_working_days():
    friday = datetime(2026, 3, 6, 16, tzinfo=UTC)
    votes = [VoteFact(seat, stance, friday) for seat, stance in ONE_AGAINST.items()]

    discussion = verdict(POLICY, SEVEN, votes, friday, opened_at=OPENED)
    second_vote = verdict(POLICY, SEVEN, votes, discussion.due_at, opened_at=OPENED)

    assert (discussion.outcome, discussion.due_at) == (
        Outcome.DISCUSSION,
        datetime(2026, 3, 10, 16, tzinfo=UTC),
    )
    assert (second_vote.outcome, second_vote.due_at) == (
        Outcome.SECOND_VOTE,
        datetime(2026, 3, 12, 16, tzinfo=UTC),
    )


def test_what_a_seat_can_say_depends_on_the_round():
    def may(found, seat, way=AgreementWay.SENSE_VOTE):
        return stances_for(found, way=way, seat_id=seat)

    voting, discussion = counted([]), counted(said(ONE_AGAINST))
    over = counted(said(ONE_AGAINST), clock=SECOND_FROM)

    assert (may(voting, 1), may(voting, 9)) == (SENSE, ())
    assert may(counted([], policy=RATIFY), 1, AgreementWay.RATIFY) == RATIFICATION
    assert (may(discussion, 1), may(discussion, 2)) == ((S.LIKE, S.LIVE_WITH), ())
    assert may(over, 2) == SECOND
    assert may(counted(said(LIKED)), 1) == ()


# What holds for every vote there can be.

instants = st.integers(0, 21 * 24 * 60).map(lambda minutes: OPENED + timedelta(minutes=minutes))
seat_ids = st.integers(1, 6)
vote_facts = st.builds(VoteFact, seat_ids, st.sampled_from(S), instants)
some_votes = st.lists(vote_facts, max_size=25, unique_by=lambda vote: vote.at)
policies = st.sampled_from([POLICY, RATIFY, POLICY._replace(quorum=0), POLICY._replace(quorum=80)])


@st.composite
def some_seats(draw):
    found = []
    for number in range(1, draw(seat_ids) + 1):
        since, until = draw(st.none() | instants), draw(st.none() | instants)
        if since is not None and until is not None and until <= since:
            until = None
        found.append(SeatFact(number, since, until))
    return found


class Question(NamedTuple):
    """Everything that a verdict is made from but the clock."""

    policy: Policy
    seats: list
    votes: list
    ended_at: datetime | None = None

    def at(self, clock):
        return verdict(
            self.policy, self.seats, self.votes, clock, opened_at=OPENED, discussion_ended_at=self.ended_at
        )

    def known_at(self, clock):
        """What had happened by then, and nothing of what is to come."""
        ended_at = self.ended_at if self.ended_at is not None and self.ended_at <= clock else None
        seats = [
            each._replace(until=each.until if each.until is not None and each.until <= clock else None)
            for each in self.seats
            if (each.since or OPENED) <= clock
        ]
        return Question(self.policy, seats, [vote for vote in self.votes if vote.at <= clock], ended_at)


questions = st.builds(Question, policies, some_seats(), some_votes, st.none() | instants)


@given(questions, instants, st.randoms())
def test_the_order_in_which_facts_are_given_does_not_matter(question, clock, random):
    votes, seats = list(question.votes), list(question.seats)
    random.shuffle(votes)
    random.shuffle(seats)

    assert question._replace(votes=votes, seats=seats).at(clock) == question.at(clock)


@given(questions, instants)
def test_what_is_to_come_does_not_matter(question, clock):
    assert question.known_at(clock).at(clock) == question.at(clock)


@given(questions, instants)
def test_one_seat_has_one_vote_and_every_seat_is_told_of(question, clock):
    found = question.at(clock)

    assert len(found.standing) + len(found.silent) == found.seats <= len(question.seats)
    assert set(found.standing).isdisjoint(found.silent)
    assert found.standing.keys() <= {vote.seat_id for vote in question.votes if vote.at <= clock}
    assert set(found.objections) <= {seat.id for seat in question.seats}


@given(questions, instants)
def test_silence_is_never_consent(question, clock):
    """Nothing is agreed or ratified unless more than the quorum said something, and most of those were for it."""
    found = question.at(clock)

    if found.outcome in (Outcome.AGREED, Outcome.RATIFIED):
        assert len(found.standing) * 100 > question.policy.quorum * found.seats
        assert found.for_it * 2 > len(found.standing)


@given(questions, instants)
def test_nothing_is_agreed_over_an_objection_but_by_a_majority_of_yes(question, clock):
    found = question.at(clock)
    answers = list(found.standing.values())

    if found.outcome == Outcome.AGREED and found.objections:
        assert answers.count(S.YES) * 2 > len(answers)
    if found.outcome == Outcome.AGREED and not found.objections and not set(answers) & set(SECOND):
        assert not set(answers) & AGAINST


@given(questions, instants, st.integers(1, 90 * 24 * 60))
def test_what_is_decided_stays_decided(question, clock, minutes):
    """The clock goes on, further votes are cast, seats leave and join: what was decided is decided."""
    found, later = question.at(clock), clock + timedelta(minutes=minutes)

    if found.outcome not in UNDECIDED:
        known = question.known_at(clock)
        votes = [VoteFact(seat.id, stance, later) for seat in known.seats for stance in S]
        seats = [seat if seat.until is not None else seat._replace(until=later) for seat in known.seats]
        after = known._replace(
            votes=[*known.votes, *votes], seats=[*seats, SeatFact(99, since=later)], ended_at=later
        )
        assert after.at(later) == found


@given(questions, instants)
def test_time_alone_changes_nothing_before_it_is_due(question, clock):
    known = question.known_at(clock)
    found = known.at(clock)
    due_at = found.due_at or clock + timedelta(days=60)

    assert due_at > clock
    assert known.at(due_at - timedelta(microseconds=1)) == found


@given(questions, instants)
def test_outcomes_only_go_forward(question, clock):
    """What was told on the way is never taken back by what is counted later."""
    ranks = [Outcome.VOTING, Outcome.DISCUSSION, Outcome.SECOND_VOTE]
    marks = sorted({vote.at for vote in question.votes if vote.at <= clock} | {clock})

    outcomes = [question.at(mark).outcome for mark in marks]

    places = [ranks.index(each) if each in ranks else len(ranks) for each in outcomes]
    assert places == sorted(places)


@given(st.integers(2, 7), st.lists(st.sampled_from(SENSE), max_size=6))
def test_one_more_like_never_returns_what_was_agreed(number, stances):
    """In the first round, at its deadline."""
    votes = said(dict(enumerate(stances[: number - 1], start=1)))
    without = Question(POLICY, [SeatFact(each) for each in range(1, number + 1)], votes)
    with_it = without._replace(votes=[*votes, VoteFact(number, S.LIKE, DEADLINE - HOUR)])

    before, after = without.at(DEADLINE).outcome, with_it.at(DEADLINE).outcome
    if before == Outcome.AGREED:
        assert after == Outcome.AGREED
    if before == Outcome.DISCUSSION:
        assert after == Outcome.DISCUSSION
