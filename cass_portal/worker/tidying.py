"""Signs of life, and what is forgotten with time."""

import time

from cass_portal.announcements import actions as announcements
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery import actions, digests
from cass_portal.feedback import background as feedback
from cass_portal.feedback.actions import purge_unconfirmed
from cass_portal.hooks import actions as hooks
from cass_portal.mailroom import background as mailroom
from cass_portal.subscriptions import background as subscriptions
from cass_portal.worker.duty import Duty
from cass_portal.worker.intake import tidy_files

HEARTBEAT_SECONDS = 10
TIDY_SECONDS = 3600
FORGET_SECONDS = 60
SPELL_SECONDS = 1.0


def beat(worker: Duty) -> bool:
    if worker.is_time("beat", HEARTBEAT_SECONDS):
        actions.beat(worker.name)
        db.session.commit()
    return False


def tidy(worker: Duty) -> bool:
    """What nobody confirmed in time or came back to, and what has ended, is forgotten."""
    if not worker.is_time("tidy", TIDY_SECONDS):
        return False
    with worker.going_on("forgetting what nobody confirmed"):
        purge_unconfirmed(now())
        announcements.forget_unsaved(now())
        hooks.forget_attempts(now())
        db.session.commit()
    with worker.going_on("learning from decisions on held feedback"):
        feedback.learn()
    with worker.going_on("deleting files that nothing names"):
        tidy_files(worker)
    with worker.going_on("ending subscriptions"):
        subscriptions.tidy(now())
    with worker.going_on("forgetting mail that came in"):
        mailroom.forget(now())
    return False


def forget(worker: Duty) -> bool:
    """Who got what weeks ago, a little each minute: a mailing to a million is not in the way of what is sent now."""
    if not worker.is_time("forget", FORGET_SECONDS):
        return False
    until = time.monotonic() + SPELL_SECONDS
    while actions.forget_deliveries(now()) + digests.forget_digests(now()) and time.monotonic() < until:
        db.session.commit()
    db.session.commit()
    return False
