"""The worker's step for replies that wait for an announcement. Commits."""

from sqlalchemy.orm.exc import StaleDataError

from cass_portal.casework import ready
from cass_portal.casework.actions import release_reply
from cass_portal.casework.models import ConsolidatedReply
from cass_portal.db import db, peek
from cass_portal.policy import SYSTEM
from cass_portal.transitions import ActRefused


def release_bound() -> bool:
    """Release what its announcement has come out for, each in a transaction of its own; whether there was anything.

    What cannot go yet, because a member owes its answer again, stays on the page of replies until somebody acts.
    """
    if not peek(lambda: bool(ready.bound_drafts())):
        return False
    done = [_release(each.id) for each in ready.bound_drafts()]
    return any(done)


def _release(draft_id: int) -> bool:
    draft = db.session.get(ConsolidatedReply, draft_id)
    if draft is None or draft.released_at is not None:
        return False
    try:
        release_reply(draft.feedback, draft.text, announcement=draft.announcement, by=SYSTEM)
        db.session.commit()
    except (ActRefused, StaleDataError):
        db.session.rollback()
        return False
    return True
