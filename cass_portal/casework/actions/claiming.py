"""Who looks after a matter for the next half hour, and who is at it now. Neither keeps anybody else from acting."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from cass_portal.casework.models import AtWork, Mention, Note
from cass_portal.casework.refusals import ClaimedByAnother
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.turns import take_turn
from cass_portal.history import EventKind, record
from cass_portal.policy import Permission, require

CLAIM = timedelta(minutes=30)
KEPT = timedelta(days=1)
"""How long it is remembered that somebody looked at a matter."""


def claim(item: Feedback, *, by: Any) -> None:
    """`by` looks after it for half an hour. Claiming again goes on; another's claim is taken over, and that is told."""
    require(by, Permission.FEEDBACK_CLAIM, item)
    take_turn(item)
    before = item.claimed_by_id if item.is_claimed else None
    item.claimed_by, item.claimed_by_id, item.claimed_until = by, by.id, now() + CLAIM
    taken: dict[str, Any] = {"taken_over_from": before} if before not in (None, by.id) else {}
    record(item, EventKind.FEEDBACK_CLAIMED, by=by, **taken)
    item.settle()


def end_claim(item: Feedback, *, by: Any) -> None:
    """It is anybody's again. Raises ClaimedByAnother: theirs is taken over, not ended."""
    require(by, Permission.FEEDBACK_CLAIM, item)
    take_turn(item)
    if item.claimed_by_id != by.id:
        raise ClaimedByAnother("you have not claimed this matter, or somebody took it over")
    item.claimed_by = item.claimed_by_id = item.claimed_until = None
    record(item, EventKind.FEEDBACK_CLAIM_ENDED, by=by)
    item.settle()


def seen_at_matter(item: Feedback, *, by: Any) -> None:
    """Note that `by` looks at this matter now; what they were mentioned for in it, they have seen."""
    require(by, Permission.FEEDBACK_CLAIM, item)
    old = sa.delete(AtWork).where(AtWork.person_id == by.id, AtWork.seen_at < now() - KEPT)
    db.session.execute(old)
    mine = sa.select(AtWork).where(AtWork.feedback_id == item.id, AtWork.person_id == by.id)
    row = db.session.scalar(mine) or _begin(item, by=by)
    row.seen_at = now()
    mark_mentions_seen(item, by=by)


def mark_mentions_seen(item: Feedback, *, by: Any) -> None:
    """`by` has read the notes of this matter."""
    require(by, Permission.FEEDBACK_CLAIM, item)
    notes = sa.select(Note.id).where(Note.feedback_id == item.id)
    mine = sa.update(Mention).where(
        Mention.person_id == by.id, Mention.seen_at.is_(None), Mention.note_id.in_(notes)
    )
    db.session.execute(mine.values(seen_at=now()))


def _begin(item: Feedback, *, by: Any) -> AtWork:
    begun = AtWork(feedback=item, person=by, seen_at=now())
    try:
        with db.session.begin_nested():
            db.session.add(begun)
    except IntegrityError:  # another window of the same person was faster
        return db.session.scalars(
            sa.select(AtWork).where(AtWork.feedback_id == item.id, AtWork.person_id == by.id)
        ).one()
    return begun
