"""Webhooks and chat channels: where members and the Consortium want to be told by their own systems."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.db import Model, Versioned, enum_type
from cass_portal.directory.models import Organization
from cass_portal.hooks.lifecycle import HookState
from cass_portal.people.models import Person


class HookKind(StrEnum):
    """How the other side wants it: a signed webhook, or what a chat's incoming webhook takes."""

    WEBHOOK = "webhook"
    SLACK = "slack"
    MATTERMOST = "mattermost"
    MATRIX = "matrix"


class Webhook(Versioned, Model):
    """`organization` None: the Consortium's own. `kinds` are the names of the event kinds it wants.

    Secrets are computed from the portal's key, the id and `generation`; the one before counts until
    `previous_until`. `failing_since` is the first failure since the last success.
    """

    __tablename__ = "webhook"

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    kind: Mapped[HookKind] = mapped_column(enum_type(HookKind))
    name: Mapped[str] = mapped_column(sa.String(80))
    url: Mapped[str] = mapped_column(sa.String(2000))
    kinds: Mapped[list[str]] = mapped_column(default=list)
    generation: Mapped[int] = mapped_column(default=1)
    previous_until: Mapped[datetime | None]
    state: Mapped[HookState] = mapped_column(enum_type(HookState), default=HookState.ACTIVE)
    failing_since: Mapped[datetime | None]
    off_reason: Mapped[str | None]
    created_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]

    organization: Mapped[Organization | None] = relationship()
    created_by: Mapped[Person] = relationship()

    @property
    def organization_ids(self) -> frozenset[int]:
        return frozenset({self.organization_id} if self.organization_id is not None else ())


class HookAttempt(Model):
    """One call: what was said and what came back. `status` None: no answer. Kept for some weeks.

    `delivery_id` is the delivery it was made for.
    """

    __tablename__ = "hook_attempt"
    __table_args__ = (sa.Index("ix_hook_attempt_webhook", "webhook_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[int] = mapped_column(sa.ForeignKey("webhook.id"))
    delivery_id: Mapped[int] = mapped_column(sa.ForeignKey("delivery.id"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    request: Mapped[str]
    status: Mapped[int | None]
    answer: Mapped[str]
    milliseconds: Mapped[int]

    webhook: Mapped[Webhook] = relationship()
