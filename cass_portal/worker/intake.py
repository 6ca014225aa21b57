"""What came in and needs care: files that a virus scanner looks at, addresses that were left for one mail."""

from cass_portal.clock import now
from cass_portal.db import db, peek
from cass_portal.delivery.actions import pinging
from cass_portal.feedback.attachments import background as attachments
from cass_portal.worker.duty import Duty

SCAN_SECONDS = 5.0
"""Also how long a scanner that is down is left alone."""


def ping_addresses(_: Duty) -> bool:
    """The one mail to each address that was left for it; and what is settled of that is forgotten."""
    if not peek(pinging.some_wait):
        return False
    done = pinging.ping() + pinging.forget_pinged()
    db.session.commit()
    return bool(done)


def scan_files(worker: Duty) -> bool:
    if not worker.is_time("scan", SCAN_SECONDS):
        return False
    return attachments.scan_waiting(
        worker.app.extensions["attachments"], worker.app.extensions["settings"].clamd
    )


def tidy_files(worker: Duty) -> None:
    """Files that no row names."""
    attachments.tidy(worker.app.extensions["attachments"], now())
