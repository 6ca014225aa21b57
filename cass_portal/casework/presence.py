"""Who looks at a matter now, and what one was mentioned for in it.

Coordinators learn of everybody; people of a member of the coordinators and their own colleagues.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from cass_portal.casework.models import AtWork, Mention, Note
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import visibility_condition
from cass_portal.people.models import Person

PRESENT = timedelta(seconds=60)
"""Whoever was not seen for longer is taken to be gone."""


def others_at(item: Feedback, *, actor: Any) -> list[str]:
    """Names of who else looks at it now, the last seen first."""
    query = (
        sa.select(AtWork)
        .where(AtWork.feedback_id == item.id, AtWork.person_id != actor.id, AtWork.seen_at > now() - PRESENT)
        .options(joinedload(AtWork.person))
        .order_by(AtWork.seen_at.desc(), AtWork.id)
    )
    return [each.person.name for each in db.session.scalars(query) if may_know_of(each.person, actor)]


def may_know_of(person: Person, actor: Any) -> bool:
    return bool(
        actor.is_coordinator or person.is_coordinator or person.organization_ids & actor.organization_ids
    )


def unseen_mentions(actor: Any, *, item: Feedback | None = None, most: int = 15) -> Sequence[Mention]:
    """Notes in which `actor` was named and that they have not looked at, the oldest first; of matters they may read."""
    query = (
        sa.select(Mention)
        .join(Mention.note)
        .join(Note.feedback)
        .where(Mention.person_id == actor.id, Mention.seen_at.is_(None), visibility_condition(actor))
        .options(
            contains_eager(Mention.note).options(
                joinedload(Note.person),
                contains_eager(Note.feedback).load_only(Feedback.reference, Feedback.subject),
            )
        )
        .order_by(Mention.id)
        .limit(most)
    )
    if item is not None:
        query = query.where(Note.feedback_id == item.id)
    return db.session.scalars(query).all()
