"""Writing a theme: a new one, and the texts of one that is there."""

from typing import Any

from flask import flash, redirect, request, url_for
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from cass_portal.db import db
from cass_portal.policy import Permission
from cass_portal.text import clean_line
from cass_portal.themes import actions, queries
from cass_portal.themes import forms as f
from cass_portal.themes.lifecycle import THEME
from cass_portal.themes.models import Theme
from cass_portal.themes.views.blueprint import bp
from cass_portal.web import current_actor, get_or_404, render, requires

Answer = str | Response | tuple[str, int]


@bp.route("/desk/themes/new", methods=["GET", "POST"])
@requires(Permission.THEME_EDIT)
def create() -> Answer:
    form = f.ThemeForm()
    if request.method != "POST":
        return render("themes/new.html", form=form)
    if not form.validate():
        return render("themes/new.html", form=form), 422
    theme = actions.create(by=current_actor(), **form.text)
    db.session.commit()
    flash("The draft is saved. Add the matters that it is about.", "success")
    return redirect(url_for(".theme", theme_id=theme.id), 303)


@bp.get("/desk/themes/<int:theme_id>/")
@requires(Permission.THEME_EDIT)
def theme(theme_id: int) -> str:
    return page(find(theme_id))


@bp.post("/desk/themes/<int:theme_id>/")
@requires(Permission.THEME_EDIT)
def edit(theme_id: int) -> Answer:
    found, form = find(theme_id), f.ThemeForm()
    if not form.validate():
        return page(found, form=form), 422
    if form.version.data != found.version:
        return _conflict(found, form)
    try:
        actions.edit(found, by=current_actor(), **form.text)
        db.session.commit()
    except StaleDataError:
        db.session.rollback()
        return _conflict(find(theme_id), form)
    flash("Saved. Nobody is told again.", "success")
    return redirect(url_for(".theme", theme_id=theme_id), 303)


def find(theme_id: int) -> Theme:
    return get_or_404(queries.theme(theme_id))


def page(found: Theme, *, newer: bool = False, **forms: Any) -> str:
    """The editor; `newer`: somebody saved meanwhile, and the form holds what is not saved yet.

    A form that comes back keeps the version that it was written over.
    """
    text = clean_line(request.args.get("q", ""))[:200]
    blank = {
        "form": f.ThemeForm(formdata=None, obj=found),
        "gather_form": f.GatherForm(formdata=None),
        "withdraw_form": f.WithdrawForm(formdata=None),
    }
    for each in blank.values():
        each.version.data = found.version
    return render(
        "themes/theme.html",
        theme=found,
        acts={each.act for each in THEME.open_acts(found.state)},
        newer=newer,
        warnings=queries.warnings(found),
        text=text,
        results=queries.matters_found(text, found, actor=current_actor()) if text else [],
        **(blank | forms),
    )


def _conflict(found: Theme, form: f.ThemeForm) -> tuple[str, int]:
    """The newer text beside what was typed; saving again replaces it."""
    form.version.data = found.version
    return page(found, newer=True, form=form), 409
