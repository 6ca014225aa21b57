"""Acts of sign-off: asking for it, a second person's yes, and sending back."""

from typing import Any

from cass_portal.announcements.actions._ballots import open_ballot
from cass_portal.announcements.actions._steps import record_on, say
from cass_portal.announcements.agreement import AgreementWay
from cass_portal.announcements.lifecycle import EditionState
from cass_portal.announcements.models import Edition, SignOffStance
from cass_portal.announcements.rules import CHANGED, TextChanged, check, needs_vote
from cass_portal.history import EventKind


def request_sign_off(edition: Edition, *, by: Any) -> None:
    """Ask a second person, or the members where they have to vote. Raises NotPermitted, TransitionRefused, NotReady."""
    edition.state = check("request_sign_off", edition, by=by)
    edition.agreed_hash = None
    if needs_vote(edition):
        ballot = open_ballot(edition, way=AgreementWay.SENSE_VOTE, by=by)
        record_on(edition, EventKind.ANNOUNCEMENT_VOTE_OPENED, by=by, ballot=ballot.id)
    else:
        record_on(edition, EventKind.ANNOUNCEMENT_SIGN_OFF_REQUESTED, by=by)


def sign_off(edition: Edition, *, text_hash: str, remark: str | None = None, by: Any) -> None:
    """Agree to the text whose hash the person saw. Raises NotPermitted, SecondPersonNeeded, TextChanged."""
    edition.state = _checked_as_seen("sign_off", edition, text_hash, by=by)
    edition.agreed_hash = text_hash
    say(edition, SignOffStance.AGREE, remark, by=by)
    record_on(edition, EventKind.ANNOUNCEMENT_SIGNED_OFF, by=by, note=remark)


def send_back(edition: Edition, *, text_hash: str, remark: str, by: Any) -> None:
    """Return the text that the person saw to its author. Raises as `sign_off`."""
    edition.state = _checked_as_seen("send_back", edition, text_hash, by=by)
    say(edition, SignOffStance.SEND_BACK, remark, by=by)
    record_on(edition, EventKind.ANNOUNCEMENT_RETURNED, by=by, note=remark)


def _checked_as_seen(act: str, edition: Edition, text_hash: str, *, by: Any) -> EditionState:
    after = check(act, edition, by=by)
    if text_hash != edition.text_hash:
        raise TextChanged(act, edition.state, CHANGED)
    return after
