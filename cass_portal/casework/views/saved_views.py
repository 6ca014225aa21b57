"""Lists under a name: saved from the page, renamed, put in order, made the first one, deleted."""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from cass_portal.casework import craft_forms as f
from cass_portal.casework import saved
from cass_portal.casework.actions import viewing
from cass_portal.casework.models import SavedView
from cass_portal.casework.views.blueprint import bp
from cass_portal.casework.views.lists import ENDPOINTS
from cass_portal.db import db
from cass_portal.fields import given
from cass_portal.policy import Permission, might
from cass_portal.web import current_actor, get_or_404, render, requires


@bp.get("/views/")
@requires(Permission.DESK_ENTER)
def saved_views() -> str:
    actor = current_actor()
    pages = [page for page, permission in viewing.PAGES.items() if might(actor, permission)]
    rows = {page: saved.saved(page, actor=actor) for page in pages}
    return render("casework/views.html", rows=rows, endpoints=ENDPOINTS, names=_owners(actor))


@bp.post("/views/<page>/saving")
@requires(Permission.DESK_ENTER)
def save_view(page: str) -> Response:
    """Keep the list that the form stands beside."""
    actor = current_actor()
    if page not in viewing.PAGES or not might(actor, viewing.PAGES[page]):
        abort(404)
    query = f.unpacked(page, request.form.get("query", ""))
    form = f.view_form(page, actor, sent=True)
    asked: dict[str, Any] = dict(query)
    back = url_for(ENDPOINTS[page], **asked)
    if not form.validate_on_submit():
        flash(" ".join(text for texts in form.errors.values() for text in texts), "error")
        return redirect(back, 303)
    owner = form.owner.data
    view = viewing.save_view(
        page,
        given(form.name),
        query,
        by=actor,
        organization=next((each for each in actor.organizations if str(each.id) == owner), None),
        for_coordinators=owner == f.COORDINATORS,
    )
    db.session.commit()
    flash(f"Saved as “{view.name}”.", "success")
    return redirect(_address(view), 303)


@bp.post("/views/<int:view_id>/list")
@requires(Permission.DESK_ENTER)
def update_view(view_id: int) -> Response:
    """The view shows what the page shows now."""
    view = _find(view_id)
    viewing.change_view(view, query=f.unpacked(view.page, request.form.get("query", "")), by=current_actor())
    db.session.commit()
    flash(f"“{view.name}” shows this list now.", "success")
    return redirect(_address(view), 303)


@bp.post("/views/<int:view_id>/name")
@requires(Permission.DESK_ENTER)
def rename_view(view_id: int) -> Response:
    view, form = _find(view_id), f.RenameForm()
    if form.validate_on_submit():
        viewing.change_view(view, name=given(form.name), by=current_actor())
        return _done("Renamed.")
    flash("Please give it a name of at most 80 characters.", "error")
    return redirect(url_for(".saved_views"), 303)


@bp.post("/views/<int:view_id>/place")
@requires(Permission.DESK_ENTER)
def move_view(view_id: int) -> Response:
    viewing.move_view(_find(view_id), up=request.form.get("to") != "down", by=current_actor())
    return _done("Moved.")


@bp.post("/views/<int:view_id>/default")
@requires(Permission.DESK_ENTER)
def choose_default(view_id: int) -> Response:
    wanted = request.form.get("wanted") != "no"
    viewing.choose_default(_find(view_id), wanted=wanted, by=current_actor())
    return _done("The page opens with it now." if wanted else "The page opens with everything again.")


@bp.post("/views/<int:view_id>/deletion")
@requires(Permission.DESK_ENTER)
def delete_view(view_id: int) -> Response:
    view = _find(view_id)
    viewing.delete_view(view, by=current_actor())
    return _done(f"“{view.name}” is deleted.")


def _find(view_id: int) -> SavedView:
    return get_or_404(saved.visible_views(current_actor()).where(SavedView.id == view_id))


def _address(view: SavedView) -> str:
    query: dict[str, Any] = {**view.query, "view": str(view.id)}
    return url_for(ENDPOINTS[view.page], **query)


def _done(words: str) -> Response:
    db.session.commit()
    flash(words, "success")
    return redirect(url_for(".saved_views"), 303)


def _owners(actor: Any) -> dict[int, str]:
    return {each.id: each.short_name for each in actor.organizations}
