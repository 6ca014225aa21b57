"""Reads of texts to begin with and macros: an organization's for its people, the coordinators' for coordinators."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from cass_portal.casework.models import Assignment, Macro, ReplyTemplate
from cass_portal.casework.placeholders import fill
from cass_portal.db import db
from cass_portal.directory.models import Organization
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.words import joined


def templates_for(organization: Organization | None) -> Sequence[ReplyTemplate]:
    """What its people begin answers with; without an organization the coordinators'. By name."""
    query = sa.select(ReplyTemplate).where(_of(ReplyTemplate, organization), ReplyTemplate.ended_at.is_(None))
    return db.session.scalars(query.order_by(ReplyTemplate.name, ReplyTemplate.id)).all()


def macros_for(organization: Organization | None) -> Sequence[Macro]:
    query = sa.select(Macro).where(_of(Macro, organization), Macro.ended_at.is_(None))
    return db.session.scalars(query.order_by(Macro.name, Macro.id)).all()


def editable(model: Any, *, actor: Any) -> sa.Select[Any]:
    """Templates or macros that `actor` looks after: as coordinator the coordinators', as lead the organization's."""
    led = model.organization_id.in_(sorted(actor.led_organization_ids))
    nobodys = model.organization_id.is_(None)
    query = sa.select(model).where(
        model.ended_at.is_(None), sa.or_(led, nobodys) if actor.is_coordinator else led
    )
    return query.options(joinedload(model.organization)).order_by(model.organization_id, model.name, model.id)


def usable(model: Any, row_id: int, *, organization: Organization | None) -> sa.Select[Any]:
    """One that is offered to the people of `organization`, or without one to coordinators."""
    return sa.select(model).where(model.id == row_id, _of(model, organization), model.ended_at.is_(None))


def owners_for(actor: Any) -> list[Organization | None]:
    """For whom `actor` may keep texts and macros; None are the coordinators."""
    led = [each for each in actor.organizations if each.id in actor.led_organization_ids]
    return [*([None] if actor.is_coordinator else []), *led]


def begun_with(
    template: ReplyTemplate, item: Feedback, *, by: Any, assignment: Assignment | None = None
) -> str:
    """The template's text with what it names filled in."""
    values = {
        "reference": item.reference,
        "subject": item.subject,
        "product": joined([each.name for each in item.products]) or "it",
        "member": assignment.organization.short_name if assignment else "CASS",
        "name": by.name,
        "stakeholder": item.name or "there",
    }
    return fill(template.text, values)


def _of(model: Any, organization: Organization | None) -> sa.ColumnElement[bool]:
    return model.organization_id == organization.id if organization else model.organization_id.is_(None)
