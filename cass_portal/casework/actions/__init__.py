"""What the federation does with a matter, by group. Each act asks policy and lifecycle, changes rows, records its one
event and settles the item's state; nothing here commits."""

from cass_portal.casework.actions.answering import draft_answer, release_answer
from cass_portal.casework.actions.entering import enter
from cass_portal.casework.actions.joining import merge, split, unmerge
from cass_portal.casework.actions.leading import change_role
from cass_portal.casework.actions.leaving import succeed
from cass_portal.casework.actions.marking import mark_incompatibility
from cass_portal.casework.actions.moderation import (
    accept,
    change_about,
    deflect,
    may_undo_accept,
    narrow,
    publish_item,
    reject,
    undo_accept,
    undo_reject,
)
from cass_portal.casework.actions.promising import change_due
from cass_portal.casework.actions.refusing import accept_refusal, decline_refusal, propose_refusal
from cass_portal.casework.actions.replying import bind_reply, draft_reply, release_reply
from cass_portal.casework.actions.routing import return_to_triage, route, route_by_rule, waive
from cass_portal.casework.actions.senders import end_mark, mark_address, mark_sender
from cass_portal.casework.actions.talking import ask, note
from cass_portal.casework.actions.working import acknowledge, take, work

__all__ = [
    "accept",
    "accept_refusal",
    "acknowledge",
    "ask",
    "bind_reply",
    "change_about",
    "change_due",
    "change_role",
    "decline_refusal",
    "deflect",
    "draft_answer",
    "draft_reply",
    "end_mark",
    "enter",
    "mark_address",
    "mark_incompatibility",
    "mark_sender",
    "may_undo_accept",
    "merge",
    "narrow",
    "note",
    "propose_refusal",
    "publish_item",
    "reject",
    "release_answer",
    "release_reply",
    "return_to_triage",
    "route",
    "route_by_rule",
    "split",
    "succeed",
    "take",
    "undo_accept",
    "undo_reject",
    "unmerge",
    "waive",
    "work",
]
