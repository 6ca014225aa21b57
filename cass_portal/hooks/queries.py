"""Reads of webhooks. Leads see their organizations', administrators all; addresses and secrets are for nobody else."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from cass_portal.db import db
from cass_portal.directory.lifecycle import Level
from cass_portal.directory.models import Organization
from cass_portal.history import Event, EventKind
from cass_portal.hooks.concerns import Concern, concern_of
from cass_portal.hooks.lifecycle import HookState
from cass_portal.hooks.models import HookAttempt, Webhook


def managed_by(actor: Any) -> sa.Select[Webhook]:
    """Webhooks that `actor` manages and that were not removed: the Consortium's first, then by organization."""
    query = (
        sa.select(Webhook)
        .outerjoin(Webhook.organization)
        .where(Webhook.state != HookState.ENDED)
        .order_by(sa.func.coalesce(Organization.short_name, ""), Webhook.name, Webhook.id)
        .options(joinedload(Webhook.organization), joinedload(Webhook.created_by))
    )
    if actor.is_administrator:
        return query
    return query.where(Webhook.organization_id.in_(sorted(actor.led_organization_ids)))


def owners_for(actor: Any) -> sa.Select[Organization]:
    """Organizations for which `actor` may set up a webhook: all present members, or those the actor leads."""
    query = (
        sa.select(Organization).where(Organization.level != Level.FORMER).order_by(Organization.short_name)
    )
    if actor.is_administrator:
        return query
    return query.where(Organization.id.in_(sorted(actor.led_organization_ids)))


def count_of(organization_id: int | None) -> int:
    """How many webhooks the organization has, or the Consortium."""
    theirs = Webhook.organization_id.is_not_distinct_from(organization_id)
    query = sa.select(sa.func.count()).select_from(Webhook).where(theirs, Webhook.state != HookState.ENDED)
    return db.session.scalar(query) or 0


def hooks_for(event: Event) -> list[Webhook]:
    """Webhooks that are told of `event`. For the worker."""
    if event.kind == EventKind.HOOK_TESTED:
        tested = db.session.get(Webhook, event.detail["hook"])
        return [tested] if tested is not None and is_told(tested, event) else []
    concern = concern_of(event)
    if not concern.organization_ids and not concern.consortium:
        return []
    theirs = Webhook.organization_id.in_(sorted(concern.organization_ids))
    everybodys = Webhook.organization_id.is_(None) if concern.consortium else sa.false()
    query = sa.select(Webhook).where(Webhook.state == HookState.ACTIVE, sa.or_(theirs, everybodys))
    found = db.session.scalars(query.order_by(Webhook.id))
    return [each for each in found if _is_told(each, event, concern)]


def is_told(hook: Webhook, event: Event) -> bool:
    """Whether `hook` is to be told of `event` as things stand now. A test goes to one that is off, too."""
    if event.kind == EventKind.HOOK_TESTED:
        return hook.id == event.detail["hook"] and hook.state != HookState.ENDED
    return hook.state == HookState.ACTIVE and _is_told(hook, event, concern_of(event))


def attempts_for(delivery_ids: Collection[int]) -> dict[int, list[HookAttempt]]:
    """By delivery, the calls that were made for it, the newest first. For whoever manages the webhook."""
    query = sa.select(HookAttempt).where(HookAttempt.delivery_id.in_(delivery_ids))
    found: dict[int, list[HookAttempt]] = {each: [] for each in delivery_ids}
    for attempt in db.session.scalars(query.order_by(HookAttempt.id.desc())):
        found[attempt.delivery_id].append(attempt)
    return found


def _is_told(hook: Webhook, event: Event, concern: Concern) -> bool:
    is_theirs = concern.consortium if hook.organization_id is None else (
        hook.organization_id in concern.organization_ids
    )  # fmt: skip
    is_about_itself = event.kind == EventKind.HOOK_GIVEN_UP and event.detail.get("hook") == hook.id
    return is_theirs and event.kind.value in hook.kinds and not is_about_itself
