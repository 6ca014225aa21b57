"""Whether mail arrives, asked of addresses that send it back."""

from cass_portal.clock import now
from cass_portal.db import db, peek
from cass_portal.mailroom import probes
from cass_portal.worker.duty import Duty

PROBE_SECONDS = 60


def probe_listeners(worker: Duty) -> bool:
    """A mail a day to each listener address; the administrators hear of those that do not come back."""
    settings = worker.app.extensions["settings"]
    if not worker.is_time("probes", PROBE_SECONDS):
        return False
    if not peek(lambda: probes.work_is_due(settings, now())):
        return False
    asked = probes.probe_listeners(settings, now())
    db.session.commit()
    return asked
