"""Routing without a coordinator: what the rule would do. Reads. What it would have done is in `reviewing`.

It holds where an administrator set `organization.route_above`: from that confidence on, a new matter goes to the
member at once.
"""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from cass_portal.casework.routing import Advice, Suggestion
from cass_portal.casework.suggestions import advice_for
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import Organization
from cass_portal.feedback.lifecycle import FeedbackState
from cass_portal.feedback.models import Feedback, Visibility
from cass_portal.history import Event, EventKind

BECAME_NEW = (
    EventKind.FEEDBACK_SUBMITTED,
    EventKind.FEEDBACK_CONFIRMED,
    EventKind.FEEDBACK_ACCEPTED,
    EventKind.FEEDBACK_REJECT_UNDONE,
)
JUST_NOW = timedelta(hours=1)


def chosen_by_rule(item: Feedback) -> Suggestion | None:
    """The member that a new matter goes to without anybody looking, if the rule holds for it."""
    if item.visibility == Visibility.COORDINATORS or item.state != FeedbackState.NEW or item.assignments:
        return None
    return first_above(advice_for(item))


def first_above(advice: Advice) -> Suggestion | None:
    """The best member, if it is trusted from this confidence on."""
    if not advice.ranked or advice.is_for_nobody:
        return None
    best = advice.ranked[0]
    above = best.organization.route_above
    return best if above is not None and best.score >= above else None


def waiting(limit: int, *, skip: Sequence[int] = ()) -> list[int]:
    """Ids of matters that have just become new, that nobody has had and members may read, the newest first.

    None where no rule is set. What has waited longer is the coordinators': setting a threshold moves nothing old.
    """
    just_now = sa.exists().where(
        Event.feedback_id == Feedback.id, Event.kind.in_(BECAME_NEW), Event.at >= now() - JUST_NOW
    )
    rules = sa.exists().where(Organization.route_above.is_not(None), Organization.former_since.is_(None))
    query = (
        sa.select(Feedback.id)
        .where(
            rules,
            just_now,
            Feedback.state == FeedbackState.NEW,
            Feedback.visibility != Visibility.COORDINATORS,
            Feedback.id.not_in(list(skip)),
            ~Feedback.assignments.any(),
        )
        .order_by(Feedback.created_at.desc(), Feedback.id.desc())
        .limit(limit)
    )
    return list(db.session.scalars(query))
