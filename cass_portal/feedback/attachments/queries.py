"""Reads of attachments. All build on feedback's one rule of visibility; each says who may see."""

from typing import Any

import sqlalchemy as sa

from cass_portal.db import db
from cass_portal.feedback.models import Attachment, AttachmentState, Feedback, FollowLink
from cass_portal.feedback.queries import visibility_condition
from cass_portal.policy import Permission, can
from cass_portal.tokens import digest

IS_OF_MATTER = sa.and_(
    Attachment.message_id.is_(None), Attachment.note_id.is_(None), Attachment.assignment_id.is_(None)
)
"""It came with the matter itself."""
OF_CONVERSATION = sa.and_(Attachment.note_id.is_(None), Attachment.assignment_id.is_(None))
"""What the stakeholder may have: with the matter, and with what was said since."""


def visible_attachments(actor: Any) -> sa.Select[Attachment]:
    """What `actor` may know of: of matters they may read, what came with words they may read.

    Everybody who may read a matter: what came with it. Members it was routed to: what came with messages, too, and
    with their own notes. Coordinators: everything.
    """
    query = sa.select(Attachment).join(Attachment.feedback).where(visibility_condition(actor))
    if can(actor, Permission.FEEDBACK_READ_ALL):
        return query
    mine = sorted(actor.organization_ids)
    if not mine:
        return query.where(IS_OF_MATTER)
    is_routed_here = sa.or_(*(Feedback.assignments.any(organization_id=each) for each in mine))
    of_messages = sa.and_(OF_CONVERSATION, is_routed_here)
    return query.where(sa.or_(IS_OF_MATTER, of_messages, Attachment.organization_id.in_(mine)))


def attachment_of(reference: str, number: int, *, actor: Any) -> sa.Select[Attachment]:
    """The file of that number, if it belongs to the matter and `actor` may open it."""
    return visible_attachments(actor).where(
        Feedback.reference == reference, Attachment.id == number, Attachment.state == AttachmentState.READY
    )


def removable(reference: str, number: int, *, actor: Any) -> sa.Select[Attachment]:
    """The same, also where the virus scanner has not looked at it yet."""
    return visible_attachments(actor).where(
        Feedback.reference == reference,
        Attachment.id == number,
        Attachment.state.in_((AttachmentState.WAITING, AttachmentState.READY)),
    )


def attachment_by_follow_token(token: str, number: int) -> sa.Select[Attachment]:
    """The file of that number, if it belongs to the matter that this secret opens; never one of staff's own notes."""
    return (
        sa.select(Attachment)
        .join(Attachment.feedback)
        .join(FollowLink, FollowLink.feedback_id == Feedback.id)
        .where(
            FollowLink.token_digest == digest(token),
            OF_CONVERSATION,
            Attachment.id == number,
            Attachment.state == AttachmentState.READY,
        )
    )


def attachments_for(item: Feedback, *, actor: Any) -> list[Attachment]:
    """Those of `item` that `actor` may know of, in whatever state, oldest first."""
    query = visible_attachments(actor).where(Feedback.id == item.id).order_by(Attachment.id)
    return list(db.session.scalars(query))


def attachments_for_author(item: Feedback) -> list[Attachment]:
    """Those that its author may know of, in whatever state, oldest first."""
    query = sa.select(Attachment).where(Attachment.feedback_id == item.id, OF_CONVERSATION)
    return list(db.session.scalars(query.order_by(Attachment.id)))


def unnamed(keys: list[str]) -> set[str]:
    """Those of `keys` under which no file is to lie (any more)."""
    kept = sa.select(Attachment.key).where(
        Attachment.key.in_(keys), Attachment.state.in_((AttachmentState.WAITING, AttachmentState.READY))
    )
    return set(keys) - set(db.session.scalars(kept))


def how_many_wait() -> int:
    """Attachments that the virus scanner has not looked at."""
    query = sa.select(sa.func.count(Attachment.id)).where(Attachment.state == AttachmentState.WAITING)
    return db.session.scalar(query) or 0
