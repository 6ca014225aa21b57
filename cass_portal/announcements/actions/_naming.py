"""A step of publication: the matters that a document answers hear of it, each once."""

from typing import Any

from cass_portal.announcements.models import Edition
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import NEVER_SHOWN_AROUND
from cass_portal.history import Audience, EventKind, record


def name_feedback(edition: Edition, *, by: Any) -> None:
    """One event for each matter that no public edition of the document has named before."""
    for item in first_named(edition):
        record(
            item,
            EventKind.FEEDBACK_NAMED,
            by=by,
            audience=Audience.PUBLIC if item.is_public else Audience.STAKEHOLDER,
            announcement=edition.announcement_id,
            edition=edition.number,
        )


def first_named(edition: Edition) -> list[Feedback]:
    """Those that `edition` names first. What its author took back, or nobody has accepted, stays out."""
    earlier = [each for each in edition.announcement.editions if each is not edition and each.is_public]
    named = {item.id for each in earlier for item in each.feedback}
    return [
        each for each in edition.feedback if each.id not in named and each.state not in NEVER_SHOWN_AROUND
    ]
