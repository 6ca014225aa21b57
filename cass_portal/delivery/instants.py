"""In which order news and digests count as having happened, whoever writes first and whatever clocks say."""

from datetime import datetime

import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db, is_postgresql
from cass_portal.subscriptions.models import DigestClock

TURN = 0x43415353_44494745
"""Names PostgreSQL's advisory lock: news alone, or any number of composers together."""


def instant_of_news() -> datetime:
    """When a bulletin that is made in this transaction counts as said: now, but never in a window that was told.

    Digests that are being composed are waited for, and later ones wait for the end of this transaction; on SQLite
    there is one writer at a time anyway.
    """
    if is_postgresql():
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(TURN)))
    told_until = db.session.scalar(sa.select(sa.func.max(DigestClock.told_until)))
    return max(now(), told_until) if told_until is not None else now()


def hold_back_news() -> None:
    """Until this transaction ends no bulletin is made."""
    if is_postgresql():
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(TURN)))
