"""Reads of what was sent to a webhook. For whoever manages it."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from cass_portal.delivery.models import Delivery
from cass_portal.hooks.models import Webhook
from cass_portal.hooks.queries import managed_by
from cass_portal.paging import first_of

PAGE = 20


def page_of(hook: Webhook, *, before: int | None = None) -> tuple[list[Delivery], int | None]:
    """Deliveries to `hook`, the newest first, and the number to go on before (None at the end)."""
    query = sa.select(Delivery).where(Delivery.webhook_id == hook.id).options(joinedload(Delivery.event))
    if before is not None:
        query = query.where(Delivery.id < before)
    rows, has_more = first_of(query.order_by(Delivery.id.desc()), size=PAGE)
    return rows, rows[-1].id if has_more else None


def delivery_of(hook_id: int, delivery_id: int, *, actor: Any) -> sa.Select[Delivery]:
    """One delivery to a webhook that `actor` manages."""
    managed = managed_by(actor).with_only_columns(Webhook.id).order_by(None)
    return sa.select(Delivery).where(
        Delivery.id == delivery_id, Delivery.webhook_id == hook_id, Delivery.webhook_id.in_(managed)
    )
