"""Mails to the author of a matter. For coordinators."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from cass_portal.db import db
from cass_portal.delivery.models import Delivery, RecipientRole, Suppression
from cass_portal.feedback.models import Feedback
from cass_portal.history import Event

LATELY = 20


def mails_to_author(item: Feedback) -> Sequence[Delivery]:
    """The latest, with their events."""
    query = sa.select(Delivery).join(Delivery.event).options(contains_eager(Delivery.event))
    to_author = Event.feedback_id == item.id, Delivery.role == RecipientRole.STAKEHOLDER
    return db.session.scalars(query.where(*to_author).order_by(Delivery.id.desc()).limit(LATELY)).all()


def is_refused(address: str) -> bool:
    """Whether the portal writes to `address` no more, whatever there is to say."""
    standing = sa.select(Suppression.id).where(
        Suppression.address == address.lower(), Suppression.released_at.is_(None)
    )
    return db.session.scalar(standing.limit(1)) is not None
