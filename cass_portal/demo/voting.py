"""How the seats of the demonstration vote on one text: each round in turn, with what time does in between."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cass_portal.announcements import actions
from cass_portal.announcements.agreement import Outcome, Stance
from cass_portal.announcements.models import Ballot
from cass_portal.clock import as_of
from cass_portal.demo.people import Sitting

MEMBERS = ("CORSA", "FASTMath", "LEADS", "PESO", "RAPIDS", "S4PST", "STEP")
UNANIMOUS = {"first": dict.fromkeys(MEMBERS, "like")}
RATIFIED = {"first": dict.fromkeys(MEMBERS[:5], "ratify")}
ROUNDS = {
    "first": Outcome.VOTING,
    "discussion": Outcome.DISCUSSION,
    "second": Outcome.SECOND_VOTE,
}


def hold(
    ballot: Ballot, said: Mapping[str, Any], *, seats: Mapping[str, Sitting], ended_by: Any, start: datetime
) -> None:
    """Let each member say in each round what `said` holds, one after the other, then let time pass until `start`.

    `said` maps a round to what each member says: a stance, or a stance and its reason. `pace` is the hours between
    two of them. A discussion with nobody left who objects is ended at `ended`.
    """
    at, pace = ballot.opened_at, timedelta(hours=said.get("pace", 4))
    for name, round_ in ROUNDS.items():
        if name in said:
            at = _reach(ballot, round_, at=at)
        for member, words in said.get(name, {}).items():
            at += pace
            _say(ballot, seats[member], words, at=at)
        if name == "discussion" and said.get("ended"):
            with as_of(at + pace):
                actions.end_discussion(ballot.edition, by=ended_by)
    while ballot.due_at is not None and ballot.due_at <= start:
        _settle(ballot, at=ballot.due_at)


def _reach(ballot: Ballot, round_: Outcome, *, at: datetime) -> datetime:
    """When the round began, which may need deadlines to pass."""
    while ballot.outcome != round_ and ballot.due_at is not None:
        at = ballot.due_at
        _settle(ballot, at=at)
    return at


def _settle(ballot: Ballot, *, at: datetime) -> None:
    """What the worker does when a deadline has passed."""
    with as_of(at):
        actions.settle(ballot)


def _say(ballot: Ballot, sitting: Sitting, words: Any, *, at: datetime) -> None:
    stance, reason = (words, None) if isinstance(words, str) else words
    edition = ballot.edition
    with as_of(at):
        actions.cast_vote(
            edition,
            seat=sitting.seat,
            stance=Stance(stance),
            reason=reason,
            text_hash=edition.text_hash,
            by=sitting.holder,
        )
