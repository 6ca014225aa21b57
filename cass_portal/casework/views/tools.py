"""What the tools of the queue show on the page of a matter and of an assignment."""

from typing import Any

from flask import request, url_for

from cass_portal.casework import macros, wordings
from cass_portal.casework.models import Assignment, ReplyTemplate
from cass_portal.casework.views import presence
from cass_portal.casework.views.next_up import along
from cass_portal.db import db
from cass_portal.directory.models import Organization
from cass_portal.feedback.models import Feedback
from cass_portal.text import whole_number
from cass_portal.web import current_actor, render
from cass_portal.web.panels import panel

SHEET, DESK = "layouts/sheet.html", "layouts/desk.html"


@panel("matter head")
def above_matter(item: Feedback) -> str:
    return _above(item, url_for("casework.item", reference=item.reference), item=item)


@panel("assignment head")
def above_assignment(assignment: Assignment) -> str:
    here = url_for("casework.assignment", assignment_id=assignment.id)
    return _above(assignment, here, item=assignment.feedback, assignment=assignment)


@panel("answer form")
def begin_answer(assignment: Assignment) -> str:
    here = url_for("casework.assignment", assignment_id=assignment.id)
    return _begin(here, assignment.organization)


@panel("reply form")
def begin_reply(item: Feedback) -> str:
    return _begin(url_for("casework.item", reference=item.reference), None)


def layout() -> str:
    """The page on the desk, or (`?print`) without anything around it."""
    return SHEET if "print" in request.args else DESK


def begun(item: Feedback, *, assignment: Assignment | None = None) -> dict[str, Any]:
    """The fields of an answer that begins with the text chosen in the address; empty without one."""
    template_id = whole_number(request.args.get("template", ""))
    organization = assignment.organization if assignment else None
    query = wordings.usable(ReplyTemplate, template_id, organization=organization) if template_id else None
    template = db.session.scalar(query) if query is not None else None
    if template is None:
        return {}
    text = wordings.begun_with(template, item, by=current_actor(), assignment=assignment)
    return {"text": text, **({"outcome": template.outcome.value} if template.outcome else {})}


def _above(subject: Any, here: str, *, item: Feedback, assignment: Assignment | None = None) -> str:
    return render(
        "casework/_at_work.html",
        along=along(subject),
        at=presence.beside(item, assignment=assignment),
        macros=_macros(here, assignment),
        version=subject.version,
        print_url=f"{here}?print",
    )


def _macros(here: str, assignment: Assignment | None) -> list[dict[str, str]]:
    actor = current_actor()
    if assignment is None and not actor.is_coordinator:
        return []
    found = wordings.macros_for(assignment.organization if assignment else None)
    return [
        {"name": each.name, "says": macros.says(each, by=actor), "url": f"{here}macros/{each.id}"}
        for each in found
    ]


def _begin(here: str, organization: Organization | None) -> str:
    templates = wordings.templates_for(organization)
    if not templates:
        return ""
    chosen = whole_number(request.args.get("template", ""))
    return render("casework/_begin.html", here=here, templates=templates, chosen=chosen)
