"""What coordinators decide about addresses: trusted ones skip the look, blocked ones are held apart."""

from typing import Any

from sqlalchemy.exc import IntegrityError

from cass_portal.casework.refusals import AlreadyDecided, NoAddress
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.feedback.models import Feedback, Sender, SenderMark
from cass_portal.feedback.moderation import standing_sender
from cass_portal.history import EventKind, record
from cass_portal.policy import Permission, require


def mark_sender(item: Feedback, mark: SenderMark, *, reason: str, by: Any) -> None:
    """From now on the address that confirmed `item` is trusted, or blocked; another mark of it ends.

    The history names no address: it is kept longer than that. Raises NoAddress, AlreadyDecided.
    """
    require(by, Permission.SENDER_MARK)
    if not item.email or item.confirmed_at is None:
        raise NoAddress("anybody can type an address: only one that was confirmed says who wrote")
    sender = _marked(item.email, mark, reason=reason, by=by)
    record(item, EventKind.FEEDBACK_SENDER_MARKED, by=by, note=reason, mark=mark.value, sender=sender.id)


def mark_address(address: str, mark: SenderMark, *, reason: str, by: Any) -> None:
    """The same for an address that somebody knows of otherwise. Raises AlreadyDecided."""
    require(by, Permission.SENDER_MARK)
    sender = _marked(address, mark, reason=reason, by=by)
    record(by, EventKind.FEEDBACK_SENDER_MARKED, by=by, note=reason, mark=mark.value, sender=sender.id)


def end_mark(sender: Sender, *, by: Any) -> None:
    """The address is like any other again. Raises AlreadyDecided."""
    require(by, Permission.SENDER_MARK)
    if sender.ended_at is not None:
        raise AlreadyDecided("this was taken back already")
    sender.ended_at = now()
    record(by, EventKind.FEEDBACK_SENDER_MARKED, by=by, mark="ended", sender=sender.id)


def _marked(address: str, mark: SenderMark, *, reason: str, by: Any) -> Sender:
    before = standing_sender(address)
    if before is not None and before.mark == mark:
        raise AlreadyDecided(f"this address is {mark.value} already")
    if before is not None:
        before.ended_at = now()
        db.session.flush()
    sender = Sender(address=address.lower(), mark=mark, reason=reason, since=now(), by_id=by.id)
    try:
        with db.session.begin_nested():
            db.session.add(sender)
    except IntegrityError:
        raise AlreadyDecided("somebody else decided about this address at this moment") from None
    return sender
