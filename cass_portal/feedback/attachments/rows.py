"""What the database keeps of a file: made together with the words it came with, in their transaction."""

from collections.abc import Sequence
from typing import Any

from cass_portal.db import db
from cass_portal.feedback.anonymity import moment_of
from cass_portal.feedback.attachments.checking import Kept
from cass_portal.feedback.models import Attachment, AttachmentState, Feedback


def attach(
    item: Feedback,
    files: Sequence[Kept],
    *,
    message: Any = None,
    note: Any = None,
    by: Any = None,
    organization: Any = None,
) -> list[Attachment]:
    """A row for each stored file: of the matter itself, or of a message or a note in it. A step of acts that record.

    `by` and `organization` are staff's. Nobody opens them before the virus scanner has looked, where there is one.
    """
    made = [
        Attachment(
            feedback=item,
            message=message,
            note_id=note.id if note is not None else None,
            key=each.key,
            name=None if item.is_anonymous and by is None else each.name,
            media_type=each.media_type,
            size=each.size,
            digest=each.digest,
            state=AttachmentState.WAITING if each.waits else AttachmentState.READY,
            added_at=moment_of(item),
            person_id=by.id if by is not None else None,
            organization=organization,
        )
        for each in files
    ]
    db.session.add_all(made)
    return made
