"""Whether the portal does what it promised, as one word and the numbers behind it."""

from datetime import datetime
from typing import Any

from cass_portal.clock import now
from cass_portal.config import Settings
from cass_portal.delivery import queries
from cass_portal.delivery.bulletins import standing_pause
from cass_portal.delivery.models import Lane
from cass_portal.delivery.queries import figures
from cass_portal.mailroom import probes

LATE_SECONDS = 60
"""A worker not seen for this long, or work waiting for this long, makes the portal “degraded”."""
DIGEST_LATE_SECONDS = 3600
"""Digests of many subscribers are due at the same moment, so the last of them wait a little."""
PROMPT = (Lane.PERSONAL, Lane.URGENT)
"""What waits in the other lanes may wait for hours and be well: a long fan-out goes out at the relay's pace."""


def health(settings: Settings) -> dict[str, Any]:
    """Numbers as /healthz shows them, its `status` first. While sending is paused nothing that waits for it is late."""
    waiting, queues = queries.backlog(), figures.queues()
    promptly = [queue.due_at for lane, queue in queues.items() if lane in PROMPT and queue.due_at]
    ages = {
        "worker_seconds": age(waiting.worker_at),
        "oldest_event_seconds": age(waiting.event_at),
        "oldest_delivery_seconds": age(min(promptly, default=None)),
        "digest_late_seconds": age(figures.digest_due_at()),
    }
    counts = {
        "bulletins_stuck": figures.stuck_bulletins(),
        "probes_missing": len(probes.missing(settings)),
        "sending_paused": standing_pause() is not None,
    }
    return {"status": "degraded" if _is_degraded(ages, counts) else "ok", "database": "ok", **ages, **counts}


def age(instant: datetime | None) -> int | None:
    """In whole seconds; None of what there is not."""
    return None if instant is None else max(0, int((now() - instant).total_seconds()))


def _is_degraded(ages: dict[str, int | None], counts: dict[str, Any]) -> bool:
    late = {
        "worker_seconds": ages["worker_seconds"] is None or ages["worker_seconds"] > LATE_SECONDS,
        "oldest_event_seconds": (ages["oldest_event_seconds"] or 0) > LATE_SECONDS,
        "probes_missing": counts["probes_missing"] > 0,
    }
    held_up = {
        "oldest_delivery_seconds": (ages["oldest_delivery_seconds"] or 0) > LATE_SECONDS,
        "digest_late_seconds": (ages["digest_late_seconds"] or 0) > DIGEST_LATE_SECONDS,
        "bulletins_stuck": counts["bulletins_stuck"] > 0,
    }
    return any(late.values()) or (not counts["sending_paused"] and any(held_up.values()))
