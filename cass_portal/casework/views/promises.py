"""The page of broken promises: what is overdue, by whom and how long; and how many promises were kept."""

from typing import Any

from flask import Response, request, url_for

from cass_portal import spreadsheet
from cass_portal.casework import promises
from cass_portal.casework.forms import ROLE_WORDS, SelectChoice
from cass_portal.casework.inbox import Place
from cass_portal.casework.promise_forms import PromisesForm
from cass_portal.casework.promises import Broken, Filters
from cass_portal.casework.views.blueprint import bp
from cass_portal.casework.views.due import due_of
from cass_portal.directory.models import Organization
from cass_portal.policy import Permission
from cass_portal.web import current_actor, render, requires

COLUMNS = ("Reference", "Matter", "Member", "Role", "Late", "Due on", "How late", "With", "Steps taken")
KEPT_IN_ADDRESS = ("organization", "waits", "step", "nobody")


@bp.get("/promises/", endpoint="promises")
@requires(Permission.PROMISES_READ)
def promises_page() -> str:
    actor = current_actor()
    members = promises.members_for(actor)
    form = _form(members)
    place = Place.read(request.args.get("from", ""))
    page = promises.page_of(_filters(form, members), actor=actor, place=place)
    return render(
        "casework/promises.html",
        form=form,
        rows=page.rows,
        kept=promises.kept_by(members),
        kept_days=promises.KEPT_DAYS,
        first=_address() if place else None,
        after=_address(**{"from": str(page.after)}) if page.after else None,
        is_filtered=any(form.data.values()),
        export=url_for(".promises_file", **_kept()),
        has_several=len(members) > 1,
        may_open=actor.is_coordinator,
        own=actor.organization_ids,
    )


@bp.get("/promises/broken.csv")
@requires(Permission.PROMISES_READ)
def promises_file() -> Response:
    """The same list, at most ten thousand lines. No cell can be taken for a formula."""
    actor = current_actor()
    members = promises.members_for(actor)
    page = promises.page_of(_filters(_form(members), members), actor=actor, size=promises.EXPORTED)
    rows = [COLUMNS, *(_line(row) for row in page.rows)]
    answer = Response(spreadsheet.written(rows), content_type=spreadsheet.MIMETYPE)
    answer.headers["Content-Disposition"] = "attachment; filename=broken-promises.csv"
    return answer


def _line(row: Broken) -> list[Any]:
    each, badge = row.assignment, due_of(row.assignment)
    return [
        each.feedback.reference,
        each.feedback.subject if row.may_read else "",
        each.organization.short_name,
        ROLE_WORDS[each.role],
        "acknowledgment" if each.state == "sent" else "answer",
        each.due_on,
        badge.words if badge else "",
        each.person.name if each.person else "",
        each.overdue_steps,
    ]


def _form(members: list[Organization]) -> PromisesForm:
    form = PromisesForm(request.args)
    names = [SelectChoice(each.short_name, each.short_name) for each in members]
    form.organization.choices = [SelectChoice("", "All members"), *names]
    return form


def _filters(form: PromisesForm, members: list[Organization]) -> Filters:
    """What is asked for; a member that the reader may not look at asks for all that they may."""
    chosen = next((each.id for each in members if each.short_name == form.organization.data), None)
    return Filters(
        organization_id=chosen,
        step=int(form.step.data) if form.step.data in ("2", "3") else 0,
        unread={"acknowledgment": True, "answer": False}.get(form.waits.data),
        with_nobody=bool(form.nobody.data),
    )


def _kept() -> dict[str, Any]:
    return {name: value for name, value in request.args.items() if name in KEPT_IN_ADDRESS and value}


def _address(**changes: str) -> str:
    return url_for(".promises", **{**_kept(), **changes})
