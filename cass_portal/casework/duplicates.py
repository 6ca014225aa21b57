"""Which matters may be one. For coordinators, who read everything; nothing here is shown to anybody else."""

from typing import Any

import sqlalchemy as sa

from cass_portal.casework.queue import reference_in
from cass_portal.db import db
from cass_portal.feedback.lifecycle import OPEN, FeedbackState
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import by_reference, search_order

MOST = 3
S = FeedbackState
ANSWERABLE = (*OPEN, S.WAITING, S.ANSWERED, S.CLOSED)
"""States of what a duplicate may be joined with; a matter that closed without an answer is refused by name."""


def named(text: str, *, actor: Any) -> Feedback | None:
    """The matter whose reference somebody typed, if `actor` may read it."""
    reference = reference_in(text) or text
    return db.session.scalar(by_reference(reference, actor=actor))


def proposals(item: Feedback, *, actor: Any) -> list[Feedback]:
    """Up to three matters that may say the same as `item`, the likeliest first."""
    others = Feedback.id != item.id
    ids = search_order(item.subject, actor=actor, where=others & Feedback.state.in_(ANSWERABLE))[:MOST]
    found = (
        {each.id: each for each in db.session.scalars(sa.select(Feedback).where(Feedback.id.in_(ids)))}
        if ids
        else {}
    )
    return [found[each] for each in ids if each in found]
