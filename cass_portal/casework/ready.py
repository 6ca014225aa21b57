"""Replies that can be released: what every coordinator may give to stakeholders now, alone or many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload, selectinload

from cass_portal.casework import queries
from cass_portal.casework.consolidation import answered, is_ready, open_draft
from cass_portal.casework.models import Answer, Assignment, ConsolidatedReply
from cass_portal.db import db
from cass_portal.feedback.models import Feedback

MOST = 100
"""Matters on the page; those released make room for the next."""


@dataclass(frozen=True)
class Ready:
    """`text` are the words that would go out; without them only a single member's answer can."""

    item: Feedback
    answers: list[Assignment]
    draft: ConsolidatedReply | None

    @property
    def text(self) -> str:
        return self.draft.text if self.draft else ""

    @property
    def needs_words(self) -> bool:
        return not self.text and len(self.answers) != 1


def ready_matters() -> list[Ready]:
    """Whom nobody owes an answer any more and somebody has answered or drafted for, oldest first. For coordinators."""
    query = (
        sa.select(Feedback)
        .where(queries.is_ready())
        .order_by(Feedback.created_at, Feedback.id)
        .limit(MOST)
        .options(*_loaded())
    )
    return [_ready(each) for each in db.session.scalars(query) if is_ready(each)]


def ready_matter(reference: str) -> Feedback | None:
    """One matter with what its release needs. For coordinators."""
    return db.session.scalar(sa.select(Feedback).where(Feedback.reference == reference).options(*_loaded()))


def text_of(item: Feedback) -> str:
    draft = open_draft(item)
    return draft.text if draft else ""


def bound_drafts() -> Sequence[ConsolidatedReply]:
    """Drafts that waited for an announcement, which is out by now, and for which no answer is owed. For the worker.

    What cannot go yet is not tried again and again.
    """
    announcement, draft = Feedback.announcement.property.mapper.class_, aliased(ConsolidatedReply)
    query = (
        sa.select(draft)
        .join(announcement, announcement.id == draft.announcement_id)
        .join(draft.feedback)
        .where(
            queries.is_ready(),
            draft.released_at.is_(None),
            announcement.first_published_at.is_not(None),
            announcement.withdrawn_at.is_(None),
        )
        .order_by(draft.id)
    )
    return db.session.scalars(query).all()


def announcements_to_choose(*, limit: int = 50) -> list[Any]:
    """Editions that replies can go with, the newest first: published ones, and those still to come."""
    announcement = Feedback.announcement.property.mapper.class_
    edition = announcement.editions.property.mapper.class_
    query = (
        sa.select(edition)
        .join(edition.announcement)
        .where(
            announcement.withdrawn_at.is_(None),
            sa.or_(
                edition.state == "published",
                sa.and_(announcement.first_published_at.is_(None), edition.state != "discarded"),
            ),
        )
        .order_by(edition.id.desc())
        .limit(limit)
        .options(joinedload(edition.announcement))
    )
    return list(db.session.scalars(query))


def _ready(item: Feedback) -> Ready:
    return Ready(item, answered(item), open_draft(item))


def _editions() -> Any:
    announcement = Feedback.announcement.property.mapper.class_
    return announcement.editions


def _loaded() -> list[Any]:
    assignments = selectinload(Feedback.assignments)
    replies = selectinload(Feedback.replies)
    return [
        assignments.joinedload(Assignment.answer).joinedload(Answer.drafted_by),
        replies.joinedload(ConsolidatedReply.announcement).selectinload(_editions()),
    ]
