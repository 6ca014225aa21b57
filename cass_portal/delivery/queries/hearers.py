"""How many would be told of what is not out yet. For who writes it; no address is read."""

from dataclasses import dataclass

import sqlalchemy as sa

from cass_portal.announcements.models import Edition
from cass_portal.db import db
from cass_portal.delivery.bulletins import facets_of
from cass_portal.delivery.queries.bulletins import COUNTED
from cass_portal.subscriptions.lifecycle import Frequency, Matter
from cass_portal.subscriptions.matching import is_about
from cass_portal.subscriptions.models import RUNNING, Subscription


@dataclass(frozen=True)
class Hearers:
    """Subscribers, each counted once; those `at_once` among them. `is_least`: not all rules were looked at."""

    total: int
    at_once: int
    is_least: bool


def hearers_of(edition: Edition) -> Hearers:
    """Who hears of `edition` as it stands, by the rules that run now; a subscriber's quickest rule counts."""
    matter = Matter(edition.announcement.kind.value)
    looked_at = sa.select(Subscription.id).where(sa.text(RUNNING)).limit(COUNTED)
    at_once = sa.case((Subscription.frequency == Frequency.IMMEDIATELY, Subscription.subscriber_id))
    matching = sa.select(
        sa.func.count(Subscription.subscriber_id.distinct()), sa.func.count(at_once.distinct())
    ).where(Subscription.id.in_(looked_at), is_about(matter, facets_of(edition)))
    total, quick = db.session.execute(matching).one()
    looked = db.session.scalar(sa.select(sa.func.count()).select_from(looked_at.subquery())) or 0
    return Hearers(total, quick, looked >= COUNTED)
