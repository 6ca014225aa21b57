"""What is kept beside a text while it is written. None of it is an act: nobody but its writer is told."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from cass_portal.announcements.models import Editing, Edition
from cass_portal.announcements.queries.editing import editing_of
from cass_portal.announcements.rules import check
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.policy import Permission, require

KEPT = timedelta(days=30)
"""How long a text is kept that its writer did not come back to."""


def keep_unsaved(
    edition: Edition | None, *, fields: dict[str, Any], based_on: int | None, by: Any
) -> Editing:
    """Remember what the form held, as sent; `based_on` is the version it started from. Raises NotPermitted."""
    mine = seen_at_work(edition, by=by)
    mine.fields, mine.based_on, mine.saved_at = fields, based_on, now()
    return mine


def seen_at_work(edition: Edition | None, *, by: Any) -> Editing:
    """Note that `by` is at this text now. Raises NotPermitted, TransitionRefused."""
    if edition is None:
        require(by, Permission.ANNOUNCEMENT_CREATE)
    else:
        check("edit", edition, by=by)
    mine = editing_of(by, edition) or _begin(edition, by=by)
    mine.seen_at = now()
    return mine


def throw_away(edition: Edition | None, *, by: Any) -> None:
    """Forget the person's own unsaved text, and that they were at it."""
    edition_id = edition.id if edition is not None else None
    own = sa.delete(Editing).where(Editing.person_id == by.id, Editing.edition_id == edition_id)
    db.session.execute(own)


def forget_unsaved(at: datetime) -> None:
    """Texts that nobody came back to for KEPT before `at`. For the worker."""
    db.session.execute(sa.delete(Editing).where(Editing.seen_at < at - KEPT))


def _begin(edition: Edition | None, *, by: Any) -> Editing:
    begun = Editing(person=by, edition=edition, seen_at=now())
    try:
        with db.session.begin_nested():
            db.session.add(begun)
    except IntegrityError:  # another window of the same person was faster
        found = editing_of(by, edition)
        if found is None:
            raise
        return found
    return begun
