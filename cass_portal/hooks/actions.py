"""The verbs of webhooks. An organization's lead has them for its own, administrators for all and the Consortium's."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import Organization
from cass_portal.history import EventKind, record
from cass_portal.hooks.addresses import check_address
from cass_portal.hooks.lifecycle import HOOK, HookState
from cass_portal.hooks.models import HookAttempt, HookKind, Webhook
from cass_portal.hooks.queries import count_of
from cass_portal.hooks.rules import check
from cass_portal.hooks.signing import BOTH_COUNT
from cass_portal.hooks.wishes import kinds_of
from cass_portal.policy import SYSTEM, Permission, require
from cass_portal.transitions import ActRefused

MOST = 20
"""Webhooks of one organization: every event of theirs is as many calls."""
ATTEMPTS_KEPT = timedelta(days=30)


class HookRefused(ActRefused):
    """It cannot be set up this way; the message says why."""


def create(
    organization: Organization | None,
    *,
    kind: HookKind,
    name: str,
    url: str,
    wishes: Iterable[str],
    is_local: bool,
    by: Any,
) -> Webhook:
    """Set up a webhook of `organization`, or of the Consortium. Raises NotPermitted, AddressRefused, HookRefused."""
    hook = Webhook(organization_id=organization.id if organization is not None else None, kind=kind)
    require(by, Permission.WEBHOOK_MANAGE, hook)
    if count_of(hook.organization_id) >= MOST:
        raise HookRefused(f"there are {MOST} webhooks already: remove one first")
    _describe(hook, name=name, url=url, wishes=wishes, is_local=is_local)
    hook.created_by_id, hook.created_at = by.id, now()
    hook.generation, hook.state = 1, HookState.ACTIVE
    db.session.add(hook)
    db.session.flush()
    _record(hook, EventKind.HOOK_CREATED, by=by)
    return hook


def change(hook: Webhook, *, name: str, url: str, wishes: Iterable[str], is_local: bool, by: Any) -> None:
    """Raises NotPermitted, TransitionRefused, AddressRefused, HookRefused. The kind stays as it is."""
    check("change", hook, by=by)
    before = hook.url
    _describe(hook, name=name, url=url, wishes=wishes, is_local=is_local)
    if hook.url != before:
        hook.failing_since = None
    _record(hook, EventKind.HOOK_CHANGED, by=by, moved=hook.url != before)


def rotate(hook: Webhook, *, by: Any) -> None:
    """Make a new secret; the one before signs beside it for 24 hours. Twice in a row ends an old one at once."""
    check("rotate", hook, by=by)
    if hook.kind != HookKind.WEBHOOK:
        raise HookRefused("a chat has no secret but its address: change that")
    hook.generation += 1
    hook.previous_until = now() + BOTH_COUNT
    _record(hook, EventKind.HOOK_ROTATED, by=by)


def test(hook: Webhook, *, by: Any) -> None:
    """The worker sends a test when it meets the event, also to one that is off."""
    check("test", hook, by=by)
    _record(hook, EventKind.HOOK_TESTED, by=by)


def switch_off(hook: Webhook, *, by: Any) -> None:
    """Nothing is sent until it is switched on again; what happens meanwhile is not sent later."""
    hook.state = check("switch_off", hook, by=by)
    hook.off_reason = None
    _record(hook, EventKind.HOOK_CHANGED, by=by, state=hook.state.value)


def switch_on(hook: Webhook, *, by: Any) -> None:
    hook.state = check("switch_on", hook, by=by)
    hook.failing_since = hook.off_reason = None
    _record(hook, EventKind.HOOK_CHANGED, by=by, state=hook.state.value)


def end(hook: Webhook, *, by: Any) -> None:
    """Remove it for good. Its address is forgotten; its calls go with the others of their age."""
    hook.state = check("end", hook, by=by)
    hook.url = ""
    _record(hook, EventKind.HOOK_ENDED, by=by)


def give_up(hook: Webhook, *, reason: str) -> None:
    """Switched off by the portal, because calling it is of no use; whoever manages it is mailed."""
    hook.state = HOOK.after("give_up", hook.state)
    hook.off_reason = reason
    _record(hook, EventKind.HOOK_GIVEN_UP, by=SYSTEM, note=reason)


def forget_attempts(at: datetime) -> None:
    """What was said and answered is kept for 30 days."""
    db.session.execute(sa.delete(HookAttempt).where(HookAttempt.at < at - ATTEMPTS_KEPT))


def _describe(hook: Webhook, *, name: str, url: str, wishes: Iterable[str], is_local: bool) -> None:
    check_address(url, is_local=is_local)
    kinds = kinds_of(wishes, to_organization=hook.organization_id is not None)
    if not kinds:
        raise HookRefused("choose at least one thing that it is told of")
    hook.name, hook.url, hook.kinds = name, url, kinds


def _record(hook: Webhook, kind: EventKind, *, by: Any, **detail: Any) -> None:
    """On the organization, else on the person who acts; where the portal acts, on who set it up. Never the address."""
    subject = hook.organization or (by if by.id is not None else hook.created_by)
    record(subject, kind, by=by, hook=hook.id, name=hook.name, **detail)
