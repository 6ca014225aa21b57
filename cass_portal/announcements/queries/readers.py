"""Reading who was let in from outside. For whoever may edit the edition; comments for everybody who may read it."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from cass_portal import tokens
from cass_portal.announcements.models import Edition, ReaderComment, ReaderLink
from cass_portal.db import db


def by_secret(secret: str) -> sa.Select[ReaderLink]:
    """The link that `secret` belongs to, ended ones included. For whoever has it."""
    return sa.select(ReaderLink).where(ReaderLink.token_digest == tokens.digest(secret))


def links_to(edition: Edition) -> Sequence[ReaderLink]:
    """Every link to `edition` with its comments, the newest first."""
    query = sa.select(ReaderLink).where(ReaderLink.edition_id == edition.id).order_by(ReaderLink.id.desc())
    options = (joinedload(ReaderLink.created_by), selectinload(ReaderLink.comments))
    return db.session.scalars(query.options(*options)).all()


def link_to(edition: Edition, link_id: int) -> sa.Select[ReaderLink]:
    return sa.select(ReaderLink).where(ReaderLink.id == link_id, ReaderLink.edition_id == edition.id)


def comments_on(edition: Edition) -> Sequence[ReaderComment]:
    """What readers said of `edition`, the earliest first."""
    query = sa.select(ReaderComment).join(ReaderComment.link).where(ReaderLink.edition_id == edition.id)
    return db.session.scalars(query.options(joinedload(ReaderComment.link)).order_by(ReaderComment.id)).all()


def comment_by_form_key(form_key: str) -> ReaderComment | None:
    """What the form with that key stored."""
    return db.session.scalar(
        sa.select(ReaderComment).where(ReaderComment.form_key_digest == tokens.digest(form_key))
    )
