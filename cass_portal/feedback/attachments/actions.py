"""What is done about files after they came. The bytes go after the commit, and with the tidying at the latest."""

from typing import Any

from cass_portal.db import db
from cass_portal.feedback.models import Attachment, AttachmentState
from cass_portal.history import Audience, EventKind, record
from cass_portal.policy import SYSTEM, Permission, require
from cass_portal.transitions import TransitionRefused

S = AttachmentState
REFUSED_BY_SCANNER = "The virus scanner refused a file."


def remove_attachment(attachment: Attachment, *, reason: str, by: Any) -> None:
    """Nobody gets it any more. Raises TransitionRefused for one that is gone already."""
    require(by, Permission.ATTACHMENT_REMOVE, attachment.feedback)
    db.session.refresh(attachment, with_for_update=True)
    if attachment.state not in (S.WAITING, S.READY):
        raise TransitionRefused("remove", attachment.state)
    attachment.state, attachment.detail, attachment.leased_until = S.REMOVED, reason, None
    _record_removal(attachment, by=by, note=reason)


def note_scan(attachment: Attachment, *, found: str | None) -> None:
    """What the virus scanner said: `found` is the name of what it found, None where it found nothing.

    Nothing happens where staff removed the file meanwhile.
    """
    attachment.leased_until = None
    if attachment.state != S.WAITING:
        return
    if found is None:
        attachment.state = S.READY
        return
    attachment.state, attachment.detail = S.REFUSED, found[:200]
    _record_removal(attachment, by=SYSTEM, note=REFUSED_BY_SCANNER)


def _record_removal(attachment: Attachment, *, by: Any, note: str) -> None:
    """The author reads it where they may know of the file; of a note's file only staff do."""
    is_staffs = attachment.note_id is not None or attachment.assignment_id is not None
    record(
        attachment.feedback,
        EventKind.FEEDBACK_ATTACHMENT_REMOVED,
        by=by,
        audience=Audience.STAFF if is_staffs else Audience.STAKEHOLDER,
        note=note,
        attachment=attachment.id,
    )
