"""Steps of acts that put a question to the members: opening it, counting it, ending it."""

from collections import Counter
from typing import Any

from cass_portal.announcements.actions._steps import record_on
from cass_portal.announcements.agreement import AgreementWay, Outcome, Verdict
from cass_portal.announcements.changes import saying
from cass_portal.announcements.lifecycle import EDITION, EditionState
from cass_portal.announcements.models import Ballot, Edition
from cass_portal.announcements.policies import policy_for
from cass_portal.announcements.queries import all_seats, verdict_of
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.history import EventKind
from cass_portal.policy import SYSTEM

EVENTS = {
    Outcome.DISCUSSION: EventKind.ANNOUNCEMENT_DISCUSSION_OPENED,
    Outcome.SECOND_VOTE: EventKind.ANNOUNCEMENT_SECOND_VOTE_OPENED,
    Outcome.AGREED: EventKind.ANNOUNCEMENT_AGREED,
    Outcome.RETURNED: EventKind.ANNOUNCEMENT_RETURNED,
    Outcome.RATIFIED: EventKind.ANNOUNCEMENT_RATIFIED,
    Outcome.CONTESTED: EventKind.ANNOUNCEMENT_CONTESTED,
}
"""What is told of each outcome."""
DISCUSSED = frozenset({Outcome.DISCUSSION, Outcome.SECOND_VOTE})


def open_ballot(edition: Edition, *, way: AgreementWay, by: Any) -> Ballot:
    """Ask every seat about the text as it is, under the policy of today."""
    policy = policy_for(edition.announcement.kind)._replace(way=way)
    ballot = Ballot(
        **policy._asdict(), text_hash=edition.text_hash, text=saying(edition), opened_at=now(), opened_by_id=by.id,
        outcome=Outcome.VOTING, reason="",
    )  # fmt: skip
    edition.ballots.append(ballot)
    found = verdict_of(ballot)
    ballot.reason, ballot.due_at = found.reason, found.due_at
    db.session.flush()
    return ballot


def lock(ballot: Ballot) -> bool:
    """Until the end of the transaction nobody else votes, closes or voids; whether it is open, by its newest state."""
    db.session.flush()
    db.session.refresh(ballot, with_for_update={"of": Ballot})
    db.session.expire(ballot, ["votes"])
    return ballot.is_open


def void_ballot(edition: Edition, reason: str) -> Ballot | None:
    """End the open vote on `edition`, if there is one, without a result. Its votes stay in the history."""
    ballot = edition.ballot
    if ballot is None or not ballot.is_open or not lock(ballot):
        return None
    ballot.outcome, ballot.reason, ballot.due_at = Outcome.VOID, reason, None
    ballot.closed_at = now()
    return ballot


def count_votes(ballot: Ballot) -> None:
    """Bring a locked ballot, and its edition, to what the votes say now; each new outcome is an act of the system."""
    found = verdict_of(ballot)
    is_new = found.outcome != ballot.outcome
    ballot.outcome, ballot.reason, ballot.due_at = found.outcome, found.reason, found.due_at
    if is_new:
        _move(ballot, found)
        detail = tallies(ballot, found)
        record_on(ballot.edition, EVENTS[found.outcome], by=SYSTEM, note=found.reason, **detail)


def tallies(ballot: Ballot, found: Verdict) -> dict[str, Any]:
    """What an event keeps of a count: how many seats said what, and which kept silent."""
    labels = {seat.id: seat.label for seat in all_seats()}
    return {
        "ballot": ballot.id,
        "seats": found.seats,
        "said": dict(Counter(stance.value for stance in found.standing.values())),
        "objecting": [labels[each] for each in found.objections],
        "silent": [labels[each] for each in found.silent],
    }


def _move(ballot: Ballot, found: Verdict) -> None:
    edition = ballot.edition
    if found.decided_at is not None:
        ballot.closed_at, ballot.seats, ballot.for_it = found.decided_at, found.seats, found.for_it
    if found.outcome in DISCUSSED and edition.state == EditionState.IN_SIGN_OFF:
        edition.state = EditionState(EDITION.after("discuss", edition.state))
    elif found.outcome == Outcome.AGREED:
        edition.state = EditionState(EDITION.after("agree", edition.state))
        edition.agreed_hash = ballot.text_hash
    elif found.outcome == Outcome.RETURNED:
        edition.state = EditionState(EDITION.after("return", edition.state))
