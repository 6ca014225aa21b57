"""What the calendar shows: scheduled maintenance and events, withdrawn ones too. For everybody."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from cass_portal.announcements import queries as announcements
from cass_portal.announcements.lifecycle import MAINTENANCE
from cass_portal.announcements.models import Announcement, AnnouncementKind, Edition
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import Product
from cass_portal.status.models import StatusUpdate

KEPT = timedelta(days=365)
"""Dates further back are no longer in the calendar."""
MOST = 500


def dates(product: Product | None = None) -> Sequence[Edition]:
    """Current editions with a date, of one product or of all, by their beginning."""
    maintenance = sa.and_(
        Announcement.kind == AnnouncementKind.STATUS, Edition.stage.in_([each.value for each in MAINTENANCE])
    )
    query = announcements.standing().where(
        sa.or_(Announcement.kind == AnnouncementKind.EVENT, maintenance), Edition.starts_at >= now() - KEPT
    )
    if product is not None:
        query = query.where(announcements.affecting(Product.id == product.id))
    newest = query.order_by(None).order_by(Edition.starts_at.desc(), Edition.id.desc()).limit(MOST)
    return sorted(
        db.session.scalars(newest).unique().all(), key=lambda each: (each.starts_at or now(), each.id)
    )


def moved_ends(editions: Sequence[Edition]) -> dict[int, list[datetime]]:
    """By document, the ends that updates gave since the current edition went out, in their order."""
    published = {each.announcement_id: each.published_at for each in editions}
    query = sa.select(StatusUpdate.announcement_id, StatusUpdate.at, StatusUpdate.ends_at).where(
        StatusUpdate.announcement_id.in_(list(published)), StatusUpdate.ends_at.is_not(None)
    )
    found: dict[int, list[datetime]] = {}
    for announcement_id, at, ends_at in db.session.execute(query.order_by(StatusUpdate.id)):
        since = published[announcement_id]
        if ends_at is not None and (since is None or at >= since):
            found.setdefault(announcement_id, []).append(ends_at)
    return found
