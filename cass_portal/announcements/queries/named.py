"""The matters that an edition answers, as each reader may see them."""

from collections.abc import Sequence
from typing import Any

from cass_portal.announcements.models import Edition, EditionFeedback
from cass_portal.db import db
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import visible_to


def answered_by(edition: Edition, *, actor: Any) -> Sequence[Feedback]:
    """What `edition` answers and `actor` may read, in the order it came in. Nothing tells that there is more."""
    query = visible_to(actor).join(EditionFeedback, EditionFeedback.feedback_id == Feedback.id)
    return db.session.scalars(
        query.where(EditionFeedback.edition_id == edition.id).order_by(Feedback.id)
    ).all()
