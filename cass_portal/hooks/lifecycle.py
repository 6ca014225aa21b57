"""Whether a webhook is called. Pure."""

from enum import StrEnum

from cass_portal.policy import Permission
from cass_portal.transitions import Lifecycle, Transition


class HookState(StrEnum):
    ACTIVE = "active"
    OFF = "off"
    ENDED = "ended"


S, P = HookState, Permission
HOOK = Lifecycle(
    HookState,
    [
        Transition("change", frozenset({S.ACTIVE, S.OFF}), None, P.WEBHOOK_MANAGE, "Save"),
        Transition("rotate", frozenset({S.ACTIVE, S.OFF}), None, P.WEBHOOK_MANAGE, "New secret"),
        Transition("test", frozenset({S.ACTIVE, S.OFF}), None, P.WEBHOOK_MANAGE, "Send a test"),
        Transition("switch_off", frozenset({S.ACTIVE}), S.OFF, P.WEBHOOK_MANAGE, "Switch off"),
        Transition("give_up", frozenset({S.ACTIVE}), S.OFF, None, "Switched off after days of failure"),
        Transition("switch_on", frozenset({S.OFF}), S.ACTIVE, P.WEBHOOK_MANAGE, "Switch on"),
        Transition("end", frozenset({S.ACTIVE, S.OFF}), S.ENDED, P.WEBHOOK_MANAGE, "Remove"),
    ],
)
