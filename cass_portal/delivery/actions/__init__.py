"""From an event to its deliveries, and what became of each. Nothing here sends; nothing here commits."""

from cass_portal.delivery.actions.by_staff import block, resend_all
from cass_portal.delivery.actions.claiming import (
    LEASE,
    claim_deliveries,
    defer,
    drop,
    give_back,
    hold_back,
)
from cass_portal.delivery.actions.outcomes import (
    count,
    resend,
)
from cass_portal.delivery.actions.pausing import (
    call_off,
    cancel,
    pause,
    pause_sending,
    resume,
    resume_sending,
)
from cass_portal.delivery.actions.spreading import spread
from cass_portal.delivery.actions.suppressing import mark_bounced, release_suppression, suppress
from cass_portal.delivery.actions.telling import claim_events, fan_out
from cass_portal.delivery.actions.tidying import beat, forget_deliveries

__all__ = [
    "LEASE",
    "beat",
    "block",
    "call_off",
    "cancel",
    "claim_deliveries",
    "claim_events",
    "count",
    "defer",
    "drop",
    "fan_out",
    "forget_deliveries",
    "give_back",
    "hold_back",
    "mark_bounced",
    "pause",
    "pause_sending",
    "release_suppression",
    "resend",
    "resend_all",
    "resume",
    "resume_sending",
    "spread",
    "suppress",
]
