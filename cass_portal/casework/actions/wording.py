"""Texts to begin an answer with, and macros: several acts under one button."""

from typing import Any

from cass_portal.casework.lifecycle import Outcome
from cass_portal.casework.models import Macro, ReplyTemplate
from cass_portal.casework.placeholders import check_known
from cass_portal.casework.refusals import NotReusable
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import Organization
from cass_portal.history import EventKind, record
from cass_portal.policy import NotPermitted, Permission, require
from cass_portal.text import check_markdown


def save_template(
    template: ReplyTemplate | None,
    *,
    name: str,
    text: str,
    outcome: Outcome | None,
    by: Any,
    organization: Organization | None = None,
) -> ReplyTemplate:
    """Keep a text (Markdown with placeholders) of `organization`, or without one of the coordinators.

    Raises TextRefused where a placeholder means nothing.
    """
    require(by, Permission.TEMPLATE_EDIT, organization)
    _check_owner(organization, by)
    check_markdown(text)
    check_known(text)
    template = template or ReplyTemplate(organization=organization)
    template.name, template.text, template.outcome = name, text, outcome
    db.session.add(template)
    record(
        organization or by, EventKind.TEMPLATE_CHANGED, by=by, acting_for=organization, name=name, act="saved"
    )
    return template


def end_template(template: ReplyTemplate, *, by: Any) -> None:
    """It is offered no more; answers begun with it stay as they are."""
    require(by, Permission.TEMPLATE_EDIT, template.organization)
    _check_owner(template.organization, by)
    if template.ended_at is not None:
        raise NotReusable("this text was ended already")
    template.ended_at = now()
    of = template.organization
    record(of or by, EventKind.TEMPLATE_CHANGED, by=by, acting_for=of, name=template.name, act="ended")


def save_macro(
    macro: Macro | None,
    *,
    name: str,
    steps: list[dict[str, Any]],
    by: Any,
    organization: Organization | None = None,
) -> Macro:
    """Keep acts under a name: of `organization` on its assignments, without one on matters in triage."""
    require(by, Permission.TEMPLATE_EDIT, organization)
    _check_owner(organization, by)
    if not steps:
        raise NotReusable("a macro needs at least one act")
    macro = macro or Macro(organization=organization)
    macro.name, macro.steps = name, steps
    db.session.add(macro)
    record(
        organization or by, EventKind.MACRO_CHANGED, by=by, acting_for=organization, name=name, act="saved"
    )
    return macro


def end_macro(macro: Macro, *, by: Any) -> None:
    require(by, Permission.TEMPLATE_EDIT, macro.organization)
    _check_owner(macro.organization, by)
    if macro.ended_at is not None:
        raise NotReusable("this macro was ended already")
    macro.ended_at = now()
    of = macro.organization
    record(of or by, EventKind.MACRO_CHANGED, by=by, acting_for=of, name=macro.name, act="ended")


def _check_owner(organization: Organization | None, by: Any) -> None:
    """Leads look after their organization's, coordinators after the coordinators'."""
    allowed = by.is_coordinator if organization is None else organization.id in by.led_organization_ids
    if not allowed:
        raise NotPermitted("of somebody else")
