"""What the clock brings: announcements that are due, votes that end, notices that nobody minds, the web site."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from cass_portal.announcements import actions as announcements
from cass_portal.announcements import background as texts
from cass_portal.announcements.models import Ballot, Edition
from cass_portal.announcements.queries import ballot_is_due, ballot_is_open, is_due
from cass_portal.casework import background as replies
from cass_portal.clock import now
from cass_portal.db import claim, db, peek, release
from cass_portal.history import last_event_number
from cass_portal.outbound import fetch_by
from cass_portal.policy import SYSTEM
from cass_portal.status import actions as status
from cass_portal.status import queries as notices
from cass_portal.upstream import background as upstream
from cass_portal.website import background as web_site
from cass_portal.worker.duty import Duty

ROWS_AT_ONCE = 50
PUBLISH_LEASE = timedelta(minutes=1)
BALLOT_SECONDS = 60
WEB_SITE_SECONDS = 5
UPSTREAM_SECONDS = 15


def publish_due(worker: Duty) -> bool:
    """Announcements whose time has come; one that fails is tried again when its lease has run out."""
    return work_off(
        worker,
        Edition,
        is_due(now()),
        Edition.publish_at,
        lambda each: announcements.publish(each, by=SYSTEM),
    )


def settle_ballots(worker: Duty) -> bool:
    """Votes whose time is up; from time to time every open one, as seats leave and join and must be reminded."""
    if not worker.is_time("ballots", BALLOT_SECONDS):
        return work_off(worker, Ballot, ballot_is_due(now()), Ballot.due_at, announcements.settle)
    before = last_event_number(db.engine)
    for act in (announcements.settle, announcements.remind):
        work_off(worker, Ballot, ballot_is_open(), Ballot.due_at, act)
    return last_event_number(db.engine) > before


def work_off(
    worker: Duty, model: Any, condition: sa.ColumnElement[bool], order_by: Any, act: Callable[[Any], object]
) -> bool:
    """Do `act` for each row that fulfills `condition`, each in a transaction of its own; whether there was one."""
    if not peek(lambda: db.session.scalar(sa.select(model.id).where(condition).limit(1)) is not None):
        return False
    claimed = claim(model, condition, limit=ROWS_AT_ONCE, lease=PUBLISH_LEASE, order_by=order_by)
    db.session.commit()
    for row_id in claimed:
        with worker.going_on(f"{act.__name__} {model.__tablename__} {row_id}"):
            act(db.session.get_one(model, row_id))
            release(model, row_id)
            db.session.commit()
    return bool(claimed)


def mind_notices(worker: Duty) -> bool:
    """Maintenance that the clock starts or ends, and open notices of which nobody has said anything for hours."""
    waiting = peek(lambda: notices.in_need_of_care(now()))
    if not waiting:
        return False
    claimed = claim(
        Edition, notices.out_now(waiting), limit=10, lease=PUBLISH_LEASE, order_by=Edition.published_at
    )
    db.session.commit()
    for edition_id in claimed:
        with worker.going_on(f"minding the notice of edition {edition_id}"):
            announcement = db.session.get_one(Edition, edition_id).announcement
            while status.follow_clock(announcement) is not None:
                db.session.commit()
            status.remind(announcement)
            release(Edition, edition_id)
            db.session.commit()
    return bool(claimed)


def release_replies(worker: Duty) -> bool:
    """Replies that waited for an announcement which is out now."""
    busy = False
    with worker.going_on("releasing replies that wait for an announcement"):
        busy = replies.release_bound()
    return busy  # noqa: RET504 what goes wrong inside ends there


def check_links(worker: Duty) -> bool:
    """Outside links of the texts that are being written."""
    return texts.check_links(fetch_by(worker.app.extensions["settings"]))


def look_upstream(worker: Duty) -> bool:
    """How issues and change requests stand in which members work on answers."""
    if not worker.is_time("look upstream", UPSTREAM_SECONDS):
        return False
    settings = worker.app.extensions["settings"]
    return upstream.work(settings, worker.going_on, fetch_by(settings))


def tell_web_site(worker: Duty) -> bool:
    """Pull requests for what was published, and what became of them."""
    if not worker.is_time("tell web site", WEB_SITE_SECONDS):
        return False
    return web_site.work(worker.app.extensions["settings"], worker.going_on)
