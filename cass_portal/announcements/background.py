"""The worker's step for outside links of texts: ask some of them, all at once, and note what came of it. Commits."""

from datetime import timedelta

import sqlalchemy as sa

from cass_portal.announcements.actions import settle_link
from cass_portal.announcements.linked import judge_all
from cass_portal.announcements.models import CheckedLink
from cass_portal.announcements.queries import editing
from cass_portal.db import claim, db, peek
from cass_portal.outbound import Fetch

AT_ONCE = 8
LEASE = timedelta(minutes=2)


def check_links(fetch: Fetch) -> bool:
    """One round; whether there was anything to do. Nothing is open in the database while others' servers are asked."""
    if not peek(editing.links_wait):
        return False
    claimed = claim(CheckedLink, editing.waits(), limit=AT_ONCE, lease=LEASE, order_by=CheckedLink.id)
    asked = sa.select(CheckedLink.id, CheckedLink.url).where(CheckedLink.id.in_(claimed))
    urls: dict[int, str] = {row.id: row.url for row in db.session.execute(asked)}
    db.session.commit()
    for link_id, verdict in judge_all(fetch, urls).items():
        link = db.session.get(CheckedLink, link_id)
        if link is not None:  # else its text was saved without it meanwhile
            settle_link(link, *verdict)
    db.session.commit()
    return bool(claimed)
