"""What stands between an edition and an act, and whom it waits for. One check serves buttons and acts alike."""

from collections.abc import Callable
from typing import Any

from cass_portal.announcements.agreement import AgreementWay, Outcome
from cass_portal.announcements.lifecycle import EDITION, AnnouncementKind, EditionState
from cass_portal.announcements.linked import lacking as links_lacking
from cass_portal.announcements.models import Ballot, Edition, SignOffStance
from cass_portal.announcements.policies import way_of
from cass_portal.announcements.proofreading import sentences_of_errors
from cass_portal.clock import now
from cass_portal.policy import SYSTEM, NotPermitted, require
from cass_portal.transitions import TransitionRefused

SECOND_PERSON = frozenset({"sign_off", "send_back", "publish"})
"""Acts that the last editor leaves to another coordinator."""
CONFIRMING = {"withdraw": SignOffStance.WITHDRAW, "reinstate": SignOffStance.REINSTATE}
"""Acts that need the open proposal of another coordinator."""
LETTING_OUT = frozenset({"schedule", "publish"})
"""Acts that need the agreement to stand. The worker's publication looks at it again by itself."""


class SecondPersonNeeded(NotPermitted):
    """Somebody else must do it: nobody agrees to, or publishes, their own text."""


class NotReady(TransitionRefused):
    """Something is missing before the edition can go on; the message says what."""

    def __init__(self, act: str, state: str, missing: str) -> None:
        super().__init__(act, state)
        self.args = (missing,)


class TextChanged(NotReady):
    """The text is not the one that was read or agreed to."""


CHANGED = "The text was changed after you opened this page; please read the newer one first"


class VoteRefused(NotReady):
    """The vote does not count: none goes on, another round does, or its reason is missing."""


class NotYourSeat(NotPermitted):
    """The person neither holds the seat today nor stands in on it."""


def check(act: str, edition: Edition, *, by: Any) -> EditionState:
    """The state that `act` leads to. Raises NotPermitted, SecondPersonNeeded, TransitionRefused, NotReady."""
    if by is not SYSTEM:
        require(by, EDITION.transitions[act].permission, edition)  # type: ignore[arg-type]
    after = EditionState(EDITION.after(act, edition.state))
    if by is SYSTEM:
        _require_due(act, edition)
    if act in SECOND_PERSON and by.id == edition.edited_by.id:
        raise SecondPersonNeeded(f"{act} by the last editor")
    if act in CONFIRMING:
        _require_proposal(act, edition, by=by)
    if act in LETTING_OUT and by is not SYSTEM and not agreement_stands(edition):
        raise TextChanged(act, edition.state, "The text is not the one that was agreed to")
    missing = missing_for(act, edition)
    if missing:
        raise NotReady(act, edition.state, missing[0])
    return after


def agreement_stands(edition: Edition) -> bool:
    """Whether those whose agreement is needed agreed to exactly this text: a vote of the members, or where that is
    not needed a second person. What is stored as agreed is not believed without the votes behind it.
    """
    if edition.agreed_hash is None or edition.agreed_hash != edition.text_hash:
        return False
    if agreed_by_vote(edition):
        return True
    signed = edition.agreement
    if signed is None or signed.at < edition.edited_at or needs_vote(edition):
        return False
    return signed.person.id != edition.edited_by.id


def agreed_by_vote(edition: Edition) -> bool:
    """Whether the latest vote before publication agreed to the text as it is, and nobody changed it since: a vote
    that a change has voided does not count again when the old text is back.
    """
    vote = edition.sense_vote
    if vote is None or vote.closed_at is None or vote.closed_at < edition.edited_at:
        return False
    return vote.outcome == Outcome.AGREED and vote.text_hash == edition.text_hash


def needs_vote(edition: Edition) -> bool:
    return way_of(edition.announcement) == AgreementWay.SENSE_VOTE


def is_contested(edition: Edition) -> bool:
    """Out, but the members refused to ratify it, and nobody has corrected or withdrawn it yet."""
    ballot = edition.ballot
    is_out = edition.state == EditionState.PUBLISHED
    return is_out and ballot is not None and ballot.outcome == Outcome.CONTESTED


def possible(edition: Edition, *, by: Any) -> set[str]:
    """The acts that `check` would let `by` do now."""
    found = set()
    for transition in EDITION.open_acts(edition.state):
        if transition.permission is not None:
            try:
                check(transition.act, edition, by=by)
            except (NotPermitted, TransitionRefused):
                continue
            found.add(transition.act)
    return found


def missing_for(act: str, edition: Edition) -> list[str]:
    """Sentences on what `act` still lacks, apart from the right person and state."""
    missing = MISSING.get(act)
    return missing(edition) if missing is not None else []


def open_ballot_of(edition: Edition) -> Ballot | None:
    ballot = edition.ballot
    return ballot if ballot is not None and ballot.is_open else None


def waits_for(edition: Edition, *, reader: Any = None) -> str:
    """One or two sentences: what happens next, and by whom; `reader` is spoken to."""
    is_reader = reader is not None and edition.edited_by_id == reader.id
    editor = "you" if is_reader else edition.edited_by.name
    if edition.proposal is not None:
        act = edition.proposal.stance
        proposer = edition.proposal.person.name
        return f"{proposer} proposes to {act} it. Waits for a coordinator other than {proposer}."
    if is_contested(edition):
        return "The members contest it: it waits for a coordinator to correct or withdraw it."
    ballot = open_ballot_of(edition)
    if ballot is not None:
        return _waits_for_votes(ballot)
    sentences = {
        EditionState.DRAFT: f"Waits for {editor} to finish it and request sign-off.",
        EditionState.RETURNED: f"Waits for {editor} to change it and request sign-off again.",
        EditionState.IN_SIGN_OFF: f"Waits for a sign-off by a coordinator other than {editor}.",
        EditionState.AGREED: f"Waits for a coordinator: to publish it (other than {editor}) or to schedule it.",
        EditionState.SCHEDULED: "Goes out by itself at the time set.",
    }
    return sentences.get(edition.state, "")


def _way_asked(edition: Edition) -> AgreementWay | None:
    ballot = open_ballot_of(edition)
    return ballot.way if ballot is not None else None


def _waits_for_votes(ballot: Ballot) -> str:
    doing = {
        Outcome.DISCUSSION: "It is in discussion",
        Outcome.SECOND_VOTE: "The members vote whether to publish it over the objections",
    }.get(
        ballot.outcome,
        "The members ratify it" if ballot.way == AgreementWay.RATIFY else "The members vote on it",
    )
    due = ballot.due_at
    until = f" until {due.day} {due:%B, %H:%M} UTC" if due is not None else ""
    return f"{doing}{until}. {ballot.reason}"


def _missing_for_open_edition(edition: Edition) -> list[str]:
    return ["There is an open edition already"] if edition.announcement.open_edition is not None else []


def _missing_for_proposal(edition: Edition) -> list[str]:
    return ["There is a proposal already"] if edition.proposal is not None else []


def _missing_for_decline(edition: Edition) -> list[str]:
    return ["There is no proposal to decline"] if edition.proposal is None else []


def _missing_for_one_person(edition: Edition) -> list[str]:
    voted_on = needs_vote(edition) or open_ballot_of(edition) is not None
    return ["The members vote on it; nobody decides alone"] if voted_on else []


def _missing_for_question(edition: Edition) -> list[str]:
    if edition.announcement.is_important:
        return ["It is an important question already"]
    return ["The members vote on it anyway"] if needs_vote(edition) else []


def _missing_for_vote(edition: Edition) -> list[str]:
    return [] if _way_asked(edition) == AgreementWay.SENSE_VOTE else ["There is no vote going on"]


def _missing_for_ratification(edition: Edition) -> list[str]:
    return [] if _way_asked(edition) == AgreementWay.RATIFY else ["There is no vote going on"]


def _missing_for_request(edition: Edition) -> list[str]:
    return _asked_already(edition) or _missing_for_sign_off(edition)


def _asked_already(edition: Edition) -> list[str]:
    """Asking again makes sense only where what was asked or agreed does not count any more."""
    if edition.state == EditionState.IN_SIGN_OFF:
        waits = open_ballot_of(edition) is not None or not needs_vote(edition)
        return ["Sign-off is requested already"] if waits else []
    is_agreed = edition.state == EditionState.AGREED and agreement_stands(edition)
    return ["It is agreed already"] if is_agreed else []


def _missing_for_publishing_at_once(edition: Edition) -> list[str]:
    if edition.announcement.kind != AnnouncementKind.STATUS:
        return ["Only a status notice can be published at once"]
    if way_of(edition.announcement) != AgreementWay.RATIFY:
        return ["The members want to agree before it is published"]
    return _missing_for_sign_off(edition)


def _missing_for_sign_off(edition: Edition) -> list[str]:
    missing = []
    if not edition.organizations:
        missing.append("Say first which organizations it speaks for")
    if edition.number > 1 and not edition.is_minor and not edition.change_note:
        missing.append("Say first what changed since the last edition, or mark the change as minor")
    return missing + sentences_of_errors(edition) + links_lacking(edition)


def _require_due(act: str, edition: Edition) -> None:
    """The worker may publish what is scheduled and due, nothing else."""
    if act != "publish":
        raise NotPermitted(f"{act} by the system")
    if edition.state != EditionState.SCHEDULED or edition.publish_at is None or edition.publish_at > now():
        raise NotReady(act, edition.state, "It is not due yet")


def _require_proposal(act: str, edition: Edition, *, by: Any) -> None:
    proposal = edition.proposal
    if proposal is None or proposal.stance != CONFIRMING[act]:
        raise NotReady(act, edition.state, f"Nobody has proposed to {act} it yet")
    if proposal.person.id == by.id:
        raise SecondPersonNeeded(f"{act} by the one who proposed it")


MISSING: dict[str, Callable[[Edition], list[str]]] = {
    "request_sign_off": _missing_for_request,
    "sign_off": _missing_for_one_person,
    "send_back": _missing_for_one_person,
    "vote": _missing_for_vote,
    "end_discussion": _missing_for_vote,
    "ratify": _missing_for_ratification,
    "raise_question": _missing_for_question,
    "publish_at_once": _missing_for_publishing_at_once,
    "open_edition": _missing_for_open_edition,
    "propose_withdrawal": _missing_for_proposal,
    "propose_reinstatement": _missing_for_proposal,
    "decline_proposal": _missing_for_decline,
}
