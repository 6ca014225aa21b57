"""The verbs of announcements. Each act is checked by rules.check, changes state and records exactly one event."""

from cass_portal.announcements.actions.editing import (
    forget_unsaved,
    keep_unsaved,
    seen_at_work,
    throw_away,
)
from cass_portal.announcements.actions.linking import note_links, settle_link
from cass_portal.announcements.actions.publishing import (
    NOTICE,
    decline_proposal,
    propose_reinstatement,
    propose_withdrawal,
    publish,
    publish_at_once,
    reinstate,
    schedule,
    unschedule,
    withdraw,
)
from cass_portal.announcements.actions.signing import request_sign_off, send_back, sign_off
from cass_portal.announcements.actions.voting import (
    PolicyRefused,
    cast_vote,
    change_policy,
    end_discussion,
    is_to_remind,
    raise_question,
    remind,
    settle,
)
from cass_portal.announcements.actions.writing import Text, create, discard, edit, open_edition

__all__ = [
    "NOTICE",
    "PolicyRefused",
    "Text",
    "cast_vote",
    "change_policy",
    "create",
    "decline_proposal",
    "discard",
    "edit",
    "end_discussion",
    "forget_unsaved",
    "is_to_remind",
    "keep_unsaved",
    "note_links",
    "open_edition",
    "propose_reinstatement",
    "propose_withdrawal",
    "publish",
    "publish_at_once",
    "raise_question",
    "reinstate",
    "remind",
    "request_sign_off",
    "schedule",
    "seen_at_work",
    "send_back",
    "settle",
    "settle_link",
    "sign_off",
    "throw_away",
    "unschedule",
    "withdraw",
]
