"""When somebody who leaves no trace did something: to the hour, and told to others only when that hour is over.

The portal keeps no network address and no name of a browser of anybody. What remains are instants, so these are
rounded; and mails to staff leave at the full hour, since the time they are sent at would say it as well. The order
in which acts were stored can still be told from their numbers.
"""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.history import Event

HOUR = timedelta(hours=1)


def moment_of(item: Any, *, on: Any = None) -> datetime:
    """The instant to store of what its author does to `item` now; `on` another matter, of what follows there.

    Without a trace the beginning of the hour, but never before what happened to that matter since: a reply stands
    after its question.
    """
    if not item.is_anonymous:
        return now()
    matter = item if on is None else on
    latest = sa.select(sa.func.max(Event.at)).where(Event.feedback_id == matter.id)
    with db.session.no_autoflush:
        known = db.session.scalar(latest) if matter.id is not None else None
    return max(beginning_of_hour(now()), known) if known is not None else beginning_of_hour(now())


def blur(event: Event, item: Any, at: datetime) -> None:
    """Let `event` have happened at `at`, and be told of at the next full hour.

    It is an act of the author of `item`, or follows from one.
    """
    if item.is_anonymous:
        event.at, event.leased_until = at, beginning_of_hour(now()) + HOUR


def beginning_of_hour(instant: datetime) -> datetime:
    return instant.replace(minute=0, second=0, microsecond=0)
