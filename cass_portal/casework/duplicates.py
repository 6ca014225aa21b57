"""Which matters may be one. For coordinators, who read everything; nothing here is shown to anybody else."""

from typing import Any

from cass_portal.casework.queue import reference_in
from cass_portal.db import db
from cass_portal.feedback.alike import similar_to
from cass_portal.feedback.lifecycle import OPEN, FeedbackState
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import by_reference

MOST = 3
LOOKED_AT = 10
S = FeedbackState
ANSWERABLE = (*OPEN, S.WAITING, S.ANSWERED, S.CLOSED)
"""States of what a duplicate may be joined with; a matter that closed without an answer is refused by name."""


def named(text: str, *, actor: Any) -> Feedback | None:
    """The matter whose reference somebody typed, if `actor` may read it."""
    reference = reference_in(text) or text
    return db.session.scalar(by_reference(reference, actor=actor))


def proposals(item: Feedback, *, actor: Any) -> list[Feedback]:
    """Up to three matters that may say the same as `item`, the likeliest first."""
    alike = similar_to(item.subject, item.body, actor=actor, limit=LOOKED_AT, without=item)
    return [each.item for each in alike if each.item.state in ANSWERABLE][:MOST]
