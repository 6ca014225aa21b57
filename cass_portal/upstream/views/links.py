"""Links of an assignment: pasted, ended, looked at; an answer begun from what closed. On pages of earlier rooms."""

from typing import Any

from flask import current_app, flash, redirect, url_for
from werkzeug.wrappers import Response

from cass_portal.casework.models import Assignment
from cass_portal.db import db
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import NEVER_SHOWN_AROUND
from cass_portal.fields import given
from cass_portal.policy import Permission, can
from cass_portal.upstream import actions, queries
from cass_portal.upstream.addresses import url_of
from cass_portal.upstream.exporting import new_issues
from cass_portal.upstream.forms import LinkForm
from cass_portal.upstream.models import UpstreamKind, UpstreamLink
from cass_portal.upstream.refusals import AlreadyLinked, NotAnIssue
from cass_portal.upstream.views.blueprint import bp
from cass_portal.upstream.wire import hosts_of
from cass_portal.web import current_actor, get_or_404, render, requires
from cass_portal.web.panels import panel


@bp.post("/desk/inbox/<int:assignment_id>/upstream")
@requires(Permission.UPSTREAM_LINK)
def link(assignment_id: int) -> Response | tuple[str, int]:
    """What was typed and cannot be linked is given back on a page of its own."""
    query = queries.assignments_of(current_actor()).where(Assignment.id == assignment_id)
    assignment, form = get_or_404(query), LinkForm()
    if form.validate():
        try:
            actions.link(assignment, given(form.address), hosts=_hosts(), by=current_actor())
            db.session.commit()
            flash("Linked. We look how it stands, and again whenever it changes.", "success")
            return _back(assignment)
        except (NotAnIssue, AlreadyLinked) as refusal:
            form.address.errors = [f"{str(refusal).capitalize()}."]
    hosts = sorted({*_hosts().github, *_hosts().gitlab})
    return render(
        "upstream/link.html", assignment=assignment, form=form, hosts=hosts, back=_page_of(assignment)
    ), 422


@bp.post("/desk/upstream/<int:link_id>/end")
@requires(Permission.UPSTREAM_LINK)
def end(link_id: int) -> Response:
    return _act(link_id, lambda row: actions.unlink(row, by=current_actor()), done="The link is taken away.")


@bp.post("/desk/upstream/<int:link_id>/seen")
@requires(Permission.UPSTREAM_LINK)
def seen(link_id: int) -> Response:
    return _act(
        link_id, lambda row: actions.settle(row, by=current_actor()), done="Noted: nothing to answer yet."
    )


@bp.post("/desk/upstream/<int:link_id>/look")
@requires(Permission.UPSTREAM_LINK)
def look(link_id: int) -> Response:
    return _act(link_id, lambda row: actions.look_again([row]), done="We look again within a minute.")


@bp.post("/desk/upstream/<int:link_id>/draft")
@requires(Permission.ANSWER_DRAFT)
def draft(link_id: int) -> Response:
    done = "An answer is begun below. Change it as you like, then release it."
    return _act(link_id, lambda row: actions.draft_from(row, by=current_actor()), done=done)


@panel("assignment work")
def of_assignment(assignment: Assignment) -> str:
    """For the member that works on it, above its answer: what closed there may be one."""
    return _drawn(assignment.feedback, [assignment]) if queries.links_of([assignment]) else ""


@panel("assignment acts")
def first_of_assignment(assignment: Assignment) -> str:
    """Folded among the other acts while nothing is linked."""
    if queries.links_of([assignment]):
        return ""
    return _drawn(assignment.feedback, [assignment], quiet=True)


@panel("matter acts")
def of_matter(item: Feedback) -> str:
    """For coordinators: the links of every assignment, and the way to a new issue."""
    return _drawn(item, list(item.assignments), quiet=True)


def _drawn(item: Feedback, assignments: list[Assignment], *, quiet: bool = False) -> str:
    """`quiet`: without a heading where there is nothing yet."""
    actor = current_actor()
    mine = [each for each in assignments if can(actor, Permission.UPSTREAM_LINK, each)]
    public_url = current_app.extensions["settings"].public_url
    is_shown = item.state not in NEVER_SHOWN_AROUND
    exports = new_issues(item, _hosts(), public_url=public_url) if is_shown else []
    if not mine and not exports:
        return ""
    return render(
        "upstream/_links.html",
        quiet=quiet,
        assignments=mine,
        links=[(each, _url(each)) for each in queries.links_of(mine)],
        may_draft=[
            each.id for each in mine if each.answer is None and can(actor, Permission.ANSWER_DRAFT, each)
        ],
        exports=exports,
        is_public=item.is_public and is_shown,
        forms={each.id: _form_of(each) for each in mine},
        changes=UpstreamKind.CHANGE,
    )


def _form_of(assignment: Assignment) -> LinkForm:
    """Several stand on a coordinator's page, each with an id of its own."""
    form = LinkForm(formdata=None)
    form.address.id = form.address.label.field_id = f"upstream-{assignment.id}"
    return form


def _act(link_id: int, act: Any, *, done: str) -> Response:
    row = get_or_404(queries.links_seen_by(current_actor()).where(UpstreamLink.id == link_id))
    act(row)
    db.session.commit()
    flash(done, "success")
    return _back(row.assignment)


def _back(assignment: Assignment) -> Response:
    return redirect(_page_of(assignment), 303)


def _page_of(assignment: Assignment) -> str:
    if assignment.organization_id in current_actor().organization_ids:
        return url_for("casework.assignment", assignment_id=assignment.id)
    return url_for("casework.item", reference=assignment.feedback.reference)


def _url(row: UpstreamLink) -> str:
    return url_of(row.forge, row.host, row.path, row.kind, row.number)


def _hosts() -> Any:
    return hosts_of(current_app.extensions["settings"])
