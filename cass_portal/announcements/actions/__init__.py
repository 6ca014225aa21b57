"""The verbs of announcements. Each act is checked by rules.check, changes state and records exactly one event."""

from cass_portal.announcements.actions.publishing import (
    NOTICE,
    decline_proposal,
    propose_reinstatement,
    propose_withdrawal,
    publish,
    reinstate,
    schedule,
    unschedule,
    withdraw,
)
from cass_portal.announcements.actions.signing import request_sign_off, send_back, sign_off
from cass_portal.announcements.actions.writing import Text, create, discard, edit, open_edition

__all__ = [
    "NOTICE",
    "Text",
    "create",
    "decline_proposal",
    "discard",
    "edit",
    "open_edition",
    "propose_reinstatement",
    "propose_withdrawal",
    "publish",
    "reinstate",
    "request_sign_off",
    "schedule",
    "send_back",
    "sign_off",
    "unschedule",
    "withdraw",
]
