"""The acts of a subscriber, and those that happen to one."""

from cass_portal.subscriptions.actions.asking import (
    answer_requests,
    ask,
    ask_for_link,
    confirm,
    new_link,
    request,
)
from cass_portal.subscriptions.actions.changing import ZoneUnknown, add, again, change, set_time_zone
from cass_portal.subscriptions.actions.ending import end, end_all
from cass_portal.subscriptions.actions.tidying import end_unconfirmed, end_what_is_gone, forget_idle

__all__ = [
    "ZoneUnknown",
    "add",
    "again",
    "answer_requests",
    "ask",
    "ask_for_link",
    "change",
    "confirm",
    "end",
    "end_all",
    "end_unconfirmed",
    "end_what_is_gone",
    "forget_idle",
    "new_link",
    "request",
    "set_time_zone",
]
