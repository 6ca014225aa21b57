"""Reading what goes on beside a text while it is written."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from cass_portal.announcements.models import CheckedLink, Editing, Edition, LinkState
from cass_portal.clock import now
from cass_portal.db import db

PRESENT = timedelta(seconds=60)
"""Whoever was not seen for longer is taken to be gone."""


def editing_of(person: Any, edition: Edition | None) -> Editing | None:
    """The person's own work on `edition`, or (None) on a document that is not saved yet. For that person alone."""
    edition_id = edition.id if edition is not None else None
    mine = sa.select(Editing).where(Editing.person_id == person.id, Editing.edition_id == edition_id)
    return db.session.scalars(mine.order_by(Editing.id.desc()).limit(1)).first()


def unsaved_of(person: Any, edition: Edition | None) -> Editing | None:
    """As `editing_of`, where a text was kept that is not saved."""
    found = editing_of(person, edition)
    return found if found is not None and found.fields is not None else None


def present_at(edition: Edition, *, besides: Any) -> Sequence[Editing]:
    """Who else is at this text now, the last seen first. For whoever may read the edition on the desk."""
    query = sa.select(Editing).where(
        Editing.edition_id == edition.id, Editing.person_id != besides.id, Editing.seen_at > now() - PRESENT
    )
    newest = query.order_by(Editing.seen_at.desc(), Editing.id)
    return db.session.scalars(newest.options(joinedload(Editing.person))).all()


def links_wait() -> bool:
    """Whether an outside link waits to be checked. For the worker."""
    return db.session.scalar(sa.select(CheckedLink.id).where(waits()).limit(1)) is not None


def waits() -> sa.ColumnElement[bool]:
    """The condition of `links_wait`, for a claim."""
    return CheckedLink.state == LinkState.WAITING
