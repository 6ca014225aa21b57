"""Calls of webhooks: which are due, what they say, what became of them. Made beside the mails, in `background`.

Of one webhook one call is under way at a time: what is slow holds up only itself.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta

import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import claim, db
from cass_portal.delivery import outcomes
from cass_portal.delivery.actions import count
from cass_portal.delivery.bulletins import standing_pause
from cass_portal.delivery.channels.base import ChannelError
from cass_portal.delivery.channels.calling import Call, Caller, CallFailed
from cass_portal.delivery.contents import NothingToSay
from cass_portal.delivery.letterhead import Letterhead
from cass_portal.delivery.models import Channel, Delivery, DeliveryState, Lane
from cass_portal.delivery.outcomes import Outcome
from cass_portal.hooks import actions as hooks
from cass_portal.hooks.lifecycle import HookState
from cass_portal.hooks.models import HookAttempt, Webhook
from cass_portal.hooks.payloads import telling_of
from cass_portal.hooks.queries import is_told
from cass_portal.hooks.signing import valid_secrets

CHANNELS = (Channel.WEBHOOK, Channel.SLACK, Channel.MATTERMOST, Channel.MATRIX)
LEASE = timedelta(seconds=90)
"""A call takes ten seconds at most, and is noted at the next turn of the worker."""
PATIENCE = timedelta(days=3)
"""A webhook that took nothing for so long is switched off."""


def due(*, limit: int, busy: Collection[int] = ()) -> list[int]:
    """The next delivery of each webhook that has one and is not `busy`; none while sending is paused."""
    free = sa.or_(Delivery.leased_until.is_(None), Delivery.leased_until < now())
    query = (
        sa.select(sa.func.min(Delivery.id))
        .where(
            Delivery.is_due(), Delivery.lane == Lane.PERSONAL, Delivery.channel.in_(CHANNELS), free,
            Delivery.webhook_id.not_in(busy),
        )
        .group_by(Delivery.webhook_id)
        .limit(limit)
    )  # fmt: skip
    return list(db.session.scalars(query)) if standing_pause() is None else []


def claim_calls(ids: Collection[int]) -> list[int]:
    """Lease them, save those that another worker took meanwhile."""
    still = sa.and_(Delivery.is_due(), Delivery.id.in_(ids))
    marks = {"state": DeliveryState.SENDING}
    return sorted(claim(Delivery, still, limit=len(ids), lease=LEASE, order_by=Delivery.next_at, marks=marks))


def written(delivery: Delivery, channels: Mapping[Channel, Caller], letterhead: Letterhead) -> Call:
    """The call of `delivery`, as things stand now. Raises NothingToSay."""
    hook = delivery.webhook
    if hook is None or not is_told(hook, delivery.event):
        raise NothingToSay("the webhook is off or removed, or the matter does not concern it any more")
    caller = channels[delivery.channel]
    content = caller.content_of(telling_of(delivery.event, hook, link=letterhead.link))
    secrets = valid_secrets(hook, key=letterhead.secret, at=now())
    headers = caller.headers_for(content, message_id=delivery.message_id, at=now(), secrets=secrets)
    return Call(delivery.id, hook.id, hook.url, content, headers)


def suppress(delivery: Delivery, reason: str) -> None:
    _note(delivery, outcomes.suppressed(delivery.attempts, reason))


def settle(call: Call, error: ChannelError | None) -> None:
    """Note the call, what became of the delivery, and how the webhook does."""
    delivery = db.session.get_one(Delivery, call.delivery_id, populate_existing=True)
    db.session.add(
        HookAttempt(
            webhook_id=call.hook_id, delivery_id=call.delivery_id, at=now(), request=call.content.decode(),
            status=call.status, answer=call.answer, milliseconds=call.milliseconds,
        )
    )  # fmt: skip
    if delivery.state != DeliveryState.SENDING:
        return  # Its lease ran out, and another worker has settled it.
    _note(delivery, _outcome(delivery, error))
    if error is None:
        _does_well(call.hook_id)
    else:
        _does_badly(db.session.get_one(Webhook, call.hook_id, populate_existing=True), error, delivery)


def _outcome(delivery: Delivery, error: ChannelError | None) -> Outcome:
    if error is None:
        return outcomes.sent(delivery.attempts)
    found = outcomes.failed(delivery.attempts, str(error), permanent=error.permanent)
    asked = error.not_before if isinstance(error, CallFailed) else None
    if found.next_at is None or asked is None or asked <= found.next_at:
        return found
    return Outcome(found.state, found.attempts, error=found.error, next_at=asked)


def _does_well(hook_id: int) -> None:
    """No new version of it: nothing was changed for whoever edits it."""
    failing = sa.update(Webhook).where(Webhook.id == hook_id, Webhook.failing_since.is_not(None))
    db.session.execute(failing.values(failing_since=None))


def _does_badly(hook: Webhook, error: ChannelError, delivery: Delivery) -> None:
    """Since when, and whether that is enough. One failure after a long silence is not: a second attempt has to fail."""
    if hook.state != HookState.ACTIVE:
        return
    if isinstance(error, CallFailed) and error.is_gone:
        hooks.give_up(hook, reason=f"{error}.")
    elif hook.failing_since is None:
        first = sa.update(Webhook).where(Webhook.id == hook.id, Webhook.failing_since.is_(None))
        db.session.execute(first.values(failing_since=now()))
    elif now() - hook.failing_since >= PATIENCE and delivery.attempts > 1:
        hooks.give_up(hook, reason=f"{error}.")


def _note(delivery: Delivery, outcome: Outcome) -> None:
    delivery.state, delivery.attempts, delivery.error = outcome.state, outcome.attempts, outcome.error
    delivery.sent_at, delivery.leased_until = outcome.sent_at, None
    delivery.next_at = outcome.next_at or delivery.next_at
    count(delivery.channel, {outcome.counted_as: 1})
