"""News from before there was a portal. For everybody."""

from collections.abc import Sequence

import sqlalchemy as sa

from cass_portal.announcements.models import ArchiveEntry
from cass_portal.db import db


def archive() -> Sequence[ArchiveEntry]:
    """Every item, the newest first."""
    query = sa.select(ArchiveEntry).order_by(ArchiveEntry.published_on.desc(), ArchiveEntry.key)
    return db.session.scalars(query).all()


def has_archive() -> bool:
    return db.session.scalar(sa.select(ArchiveEntry.id).limit(1)) is not None
