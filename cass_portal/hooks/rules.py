"""Who may act on a webhook, in which state."""

from typing import Any

from cass_portal.hooks.lifecycle import HOOK, HookState
from cass_portal.hooks.models import Webhook
from cass_portal.policy import Permission, require


def check(act: str, hook: Webhook, *, by: Any) -> HookState:
    """The state that `act` leads to. Raises NotPermitted, TransitionRefused."""
    require(by, Permission.WEBHOOK_MANAGE, hook)
    return HOOK.after(act, hook.state)
