"""What was announced about products in the last months. For everybody."""

from collections.abc import Sequence
from datetime import timedelta

from cass_portal.announcements.models import Announcement, AnnouncementKind, Edition
from cass_portal.announcements.queries.documents import affecting, published
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import Product

CURRENT_DAYS = 90


def current_about(products: Sequence[Product], *, limit: int) -> Sequence[Edition]:
    """The newest that say they affect one of `products`; status notices are told as such."""
    if not products:
        return []
    affected = affecting(Product.id.in_([each.id for each in products]))
    lately = Announcement.first_published_at > now() - timedelta(days=CURRENT_DAYS)
    query = published().where(affected, lately, Announcement.kind != AnnouncementKind.STATUS)
    return db.session.scalars(query.limit(limit)).unique().all()
