"""What stands between an edition and an act, and whom it waits for. One check serves buttons and acts alike."""

from typing import Any

from cass_portal.announcements.lifecycle import EDITION, EditionState
from cass_portal.announcements.models import Edition, SignOffStance
from cass_portal.clock import now
from cass_portal.policy import SYSTEM, NotPermitted, require
from cass_portal.transitions import TransitionRefused

SECOND_PERSON = frozenset({"sign_off", "send_back", "publish"})
"""Acts that the last editor leaves to another coordinator."""
CONFIRMING = {"withdraw": SignOffStance.WITHDRAW, "reinstate": SignOffStance.REINSTATE}
"""Acts that need the open proposal of another coordinator."""


class SecondPersonNeeded(NotPermitted):
    """Somebody else must do it: nobody agrees to, or publishes, their own text."""


class NotReady(TransitionRefused):
    """Something is missing before the edition can go on; the message says what."""

    def __init__(self, act: str, state: str, missing: str) -> None:
        super().__init__(act, state)
        self.args = (missing,)


class TextChanged(NotReady):
    """The text is not the one that was read or agreed to."""


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
    missing = missing_for(act, edition)
    if missing:
        raise NotReady(act, edition.state, missing[0])
    return after


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
    if act == "request_sign_off":
        return _missing_for_sign_off(edition)
    if act == "open_edition" and edition.announcement.open_edition is not None:
        return ["There is an open edition already"]
    if act in ("propose_withdrawal", "propose_reinstatement") and edition.proposal is not None:
        return ["There is a proposal already"]
    if act == "decline_proposal" and edition.proposal is None:
        return ["There is no proposal to decline"]
    return []


def waits_for(edition: Edition) -> str:
    """One sentence: what happens next, and by whom."""
    editor = edition.edited_by.name
    if edition.proposal is not None:
        act = edition.proposal.stance
        proposer = edition.proposal.person.name
        return f"{proposer} proposes to {act} it. Waits for a coordinator other than {proposer}."
    sentences = {
        EditionState.DRAFT: f"Waits for {editor} to finish it and request sign-off.",
        EditionState.RETURNED: f"Waits for {editor} to change it and request sign-off again.",
        EditionState.IN_SIGN_OFF: f"Waits for a sign-off by a coordinator other than {editor}.",
        EditionState.AGREED: f"Waits for a coordinator: to publish it (other than {editor}) or to schedule it.",
        EditionState.SCHEDULED: "Goes out by itself at the time set.",
    }
    return sentences.get(edition.state, "")


def _missing_for_sign_off(edition: Edition) -> list[str]:
    missing = []
    if not edition.organizations:
        missing.append("Say first which organizations it speaks for")
    if edition.number > 1 and not edition.is_minor and not edition.change_note:
        missing.append("Say first what changed since the last edition, or mark the change as minor")
    return missing


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
