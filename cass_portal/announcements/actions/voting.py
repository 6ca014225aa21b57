"""Acts of the members on a text: voting, ending the discussion, raising a question; and what time makes of a vote."""

from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.orm.exc import StaleDataError

from cass_portal.announcements.actions._ballots import count_votes, lock, open_ballot, tallies
from cass_portal.announcements.actions._steps import record_on
from cass_portal.announcements.agreement import (
    WITH_REASON,
    AgreementWay,
    Outcome,
    Policy,
    Stance,
)
from cass_portal.announcements.counting import stances_for
from cass_portal.announcements.lifecycle import AnnouncementKind, EditionState
from cass_portal.announcements.models import AgreementPolicy, Ballot, Edition, Vote
from cass_portal.announcements.policies import policy_for
from cass_portal.announcements.queries import verdict_of
from cass_portal.announcements.rules import (
    CHANGED,
    NotReady,
    NotYourSeat,
    TextChanged,
    VoteRefused,
    agreed_by_vote,
    check,
)
from cass_portal.clock import now, working_days_before
from cass_portal.db import db
from cass_portal.history import Audience, EventKind, record
from cass_portal.people.models import Seat
from cass_portal.policy import SYSTEM, Permission, require

LONGEST_ROUND = 60
"""Working days that a policy can give to one round."""


class PolicyRefused(ValueError):
    """The policy makes no sense; the message says why, in words for the administrator."""


def cast_vote(
    edition: Edition, *, seat: Seat, stance: Stance, reason: str | None = None, text_hash: str, by: Any
) -> Vote:
    """Say for `seat` what it thinks of the text whose hash the person saw, then count.

    Of one seat's votes the last stands, whoever of holder and delegate cast it. Raises NotPermitted, NotYourSeat,
    TransitionRefused, VoteRefused (too late, another round, reason missing), TextChanged.
    """
    ballot = _locked(edition)
    check("ratify" if ballot.way == AgreementWay.RATIFY else "vote", edition, by=by)
    if seat.id not in by.seat_ids:
        raise NotYourSeat(seat.label)
    if not text_hash == ballot.text_hash == edition.text_hash:
        raise TextChanged("vote", edition.state, CHANGED)
    _refuse_unfit(ballot, seat, stance, reason)
    vote = Vote(seat=seat, person=by, stance=stance, reason=reason or None, at=now())
    ballot.votes.append(vote)
    db.session.flush()
    record(
        edition.announcement, EventKind.ANNOUNCEMENT_VOTED, by=by, acting_for=seat.organization,
        audience=Audience.MEMBERS, note=vote.reason, edition=edition.number, ballot=ballot.id, seat=seat.id,
        seat_label=seat.label, stance=stance.value,
    )  # fmt: skip
    count_votes(ballot)
    return vote


def end_discussion(edition: Edition, *, by: Any) -> None:
    """A coordinator ends it before its time, once nobody objects any more. Raises NotReady while somebody does."""
    ballot = _locked(edition)
    check("end_discussion", edition, by=by)
    found = verdict_of(ballot)
    if found.outcome != Outcome.DISCUSSION:
        raise VoteRefused("end_discussion", edition.state, "There is no discussion going on")
    if found.objections:
        raise NotReady("end_discussion", edition.state, "Somebody is still uncomfortable with it")
    ballot.discussion_ended_at = now()
    record_on(edition, EventKind.ANNOUNCEMENT_DISCUSSION_ENDED, by=by, ballot=ballot.id)
    count_votes(ballot)


def raise_question(edition: Edition, *, reason: str, by: Any) -> None:
    """A representative makes it an important question: nothing but a vote of the members lets it out.

    A sign-off by a second person no longer counts; where one was asked for or given, the vote begins at once.
    Raises NotPermitted, TransitionRefused, NotReady where the members vote anyway.
    """
    check("raise_question", edition, by=by)
    edition.announcement.is_important = True
    flag_modified(edition, "state")  # Who signs it off at the same moment finds a newer version.
    ballot_id = None
    waits = edition.state in (EditionState.IN_SIGN_OFF, EditionState.AGREED, EditionState.SCHEDULED)
    if waits and not agreed_by_vote(edition) and (edition.ballot is None or not edition.ballot.is_open):
        edition.state, edition.agreed_hash = EditionState.IN_SIGN_OFF, None
        edition.publish_at = edition.leased_until = None
        ballot_id = open_ballot(edition, way=AgreementWay.SENSE_VOTE, by=by).id
    record_on(edition, EventKind.ANNOUNCEMENT_QUESTION_RAISED, by=by, note=reason, ballot=ballot_id)


def settle(ballot: Ballot) -> None:
    """Bring an open ballot to what its votes and the clock say. For the worker; nothing happens to a closed one."""
    if lock(ballot):
        count_votes(ballot)


def remind(ballot: Ballot) -> None:
    """Remind the silent seats, once a ballot: a working day before the deadline, or after it when too few voted."""
    lock(ballot)
    if not is_to_remind(ballot):
        return
    found = verdict_of(ballot)
    if not found.silent:
        return
    ballot.reminded_at = now()
    record_on(
        ballot.edition, EventKind.ANNOUNCEMENT_VOTE_REMINDED, by=SYSTEM, silent_seats=list(found.silent),
        **tallies(ballot, found),
    )  # fmt: skip


def is_to_remind(ballot: Ballot) -> bool:
    """Whether it is time for the reminder. A round of one day has none before its deadline."""
    if not ballot.is_open or ballot.reminded_at is not None or ballot.outcome == Outcome.DISCUSSION:
        return False
    if ballot.due_at is None:
        return True
    days = {
        (AgreementWay.SENSE_VOTE, Outcome.VOTING): ballot.vote_days,
        (AgreementWay.RATIFY, Outcome.VOTING): ballot.ratify_days,
    }.get((ballot.way, ballot.outcome), ballot.second_vote_days)
    return days > 1 and now() >= working_days_before(ballot.due_at, 1)


def change_policy(kind: AnnouncementKind, *, policy: Policy, by: Any) -> None:
    """How announcements of `kind` are agreed from now on. Raises NotPermitted, PolicyRefused, StaleDataError."""
    require(by, Permission.POLICY_MANAGE)
    _refuse_senseless(policy)
    before = policy_for(kind)
    row = db.session.get(AgreementPolicy, kind) or AgreementPolicy(kind=kind)
    try:
        with db.session.begin_nested():
            for name, value in policy._asdict().items():
                setattr(row, name, value)
            db.session.add(row)
    except IntegrityError:
        raise StaleDataError("somebody changed this kind for the first time, at the same moment") from None
    record(
        by, EventKind.POLICY_CHANGED, by=by, audience=Audience.MEMBERS, announcement_kind=kind.value,
        before=before._asdict(), after=policy._asdict(),
    )  # fmt: skip


def _locked(edition: Edition) -> Ballot:
    """The vote that goes on, locked, with the newest state of its edition. Raises VoteRefused when none does."""
    ballot = edition.ballot
    if ballot is not None and ballot.is_open:
        lock(ballot)
        db.session.refresh(edition)
    if ballot is None or not ballot.is_open:
        raise VoteRefused("vote", edition.state, "There is no vote going on")
    return ballot


def _refuse_unfit(ballot: Ballot, seat: Seat, stance: Stance, reason: str | None) -> None:
    state = ballot.edition.state
    if stance not in stances_for(verdict_of(ballot), way=ballot.way, seat_id=seat.id):
        raise VoteRefused("vote", state, "The vote has gone on meanwhile: this cannot be said now")
    if stance in WITH_REASON and not (reason or "").strip():
        raise VoteRefused("vote", state, "Say why, so that the others can answer")


def _refuse_senseless(policy: Policy) -> None:
    days = (policy.vote_days, policy.discussion_days, policy.second_vote_days, policy.ratify_days)
    if not all(1 <= each <= LONGEST_ROUND for each in days):
        raise PolicyRefused(f"A round lasts from 1 to {LONGEST_ROUND} working days.")
    if not 0 <= policy.quorum < 100:
        raise PolicyRefused("The share of the seats that must be exceeded is from 0 to 99 percent.")
