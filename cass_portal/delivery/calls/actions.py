"""What whoever manages a webhook does about one delivery to it."""

from typing import Any

from cass_portal.clock import now
from cass_portal.delivery.models import Delivery, DeliveryState
from cass_portal.history import EventKind, record
from cass_portal.hooks.lifecycle import HookState
from cass_portal.policy import Permission, require
from cass_portal.transitions import TransitionRefused

S = DeliveryState
MAY_GO_AGAIN = (S.SENT, S.FAILED, S.RETRYING)
"""What arrived, too: the other side may have lost it. It keeps its webhook-id."""


def resend_call(delivery: Delivery, *, by: Any) -> None:
    """Call again at once. Raises NotPermitted, TransitionRefused while it waits or the webhook is off."""
    hook = delivery.webhook
    require(by, Permission.WEBHOOK_MANAGE, hook)
    if hook is None or hook.state != HookState.ACTIVE:
        raise TransitionRefused("send_again", hook.state if hook is not None else S.FAILED)
    if delivery.state not in MAY_GO_AGAIN:
        raise TransitionRefused("send_again", delivery.state)
    delivery.state, delivery.attempts, delivery.next_at = S.PENDING, 0, now()
    delivery.sent_at = delivery.leased_until = delivery.error = None
    record(hook.organization or by, EventKind.DELIVERY_RESENT, by=by, hook=hook.id, delivery=delivery.id)
