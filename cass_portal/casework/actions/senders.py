"""What coordinators decide about addresses: trusted ones skip the look, blocked ones are held apart."""

from typing import Any

from cass_portal.casework.refusals import AlreadyDecided
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.feedback.models import Feedback, Sender, SenderMark
from cass_portal.feedback.moderation import standing_sender
from cass_portal.history import EventKind, record
from cass_portal.policy import Permission, require


def mark_sender(
    address: str, mark: SenderMark, *, reason: str, by: Any, item: Feedback | None = None
) -> Sender:
    """From now on `address` is trusted, or blocked; another mark of it ends. `item`: what made somebody decide so.

    The history names no address: it is kept longer than that. Raises AlreadyDecided.
    """
    require(by, Permission.SENDER_MARK)
    before = standing_sender(address)
    if before is not None and before.mark == mark:
        raise AlreadyDecided(f"this address is {mark.value} already")
    if before is not None:
        before.ended_at = now()
        db.session.flush()
    sender = Sender(address=address.lower(), mark=mark, reason=reason, since=now(), by_id=by.id)
    db.session.add(sender)
    db.session.flush()
    record(
        item or by, EventKind.FEEDBACK_SENDER_MARKED, by=by, note=reason, mark=mark.value, sender=sender.id
    )
    return sender


def end_mark(sender: Sender, *, by: Any) -> None:
    """The address is like any other again. Raises AlreadyDecided."""
    require(by, Permission.SENDER_MARK)
    if sender.ended_at is not None:
        raise AlreadyDecided("this was taken back already")
    sender.ended_at = now()
    record(by, EventKind.FEEDBACK_SENDER_MARKED, by=by, mark="ended", sender=sender.id)
