"""The list of themes, what goes into one, and its way to its readers and back."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from cass_portal.casework.forms import PlainActForm
from cass_portal.casework.queue import reference_in
from cass_portal.db import db
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import by_reference
from cass_portal.fields import given
from cass_portal.policy import Permission
from cass_portal.text import clean_line, whole_number
from cass_portal.themes import actions, queries
from cass_portal.themes import forms as f
from cass_portal.themes.models import Theme
from cass_portal.themes.views.blueprint import bp
from cass_portal.themes.views.writing import Answer, find, page
from cass_portal.web import check_version, current_actor, get_or_404, render, requires


@bp.get("/desk/themes/")
@requires(Permission.THEME_EDIT)
def desk() -> str:
    return render("themes/desk.html", themes=queries.themes())


@bp.get("/desk/themes/<int:theme_id>/preview")
@requires(Permission.THEME_EDIT)
def preview(theme_id: int) -> str:
    """As everybody would read it now, with what it gives away."""
    theme = find(theme_id)
    return render(
        "themes/preview.html",
        theme=theme,
        matters=queries.public_matters(theme),
        further=queries.further_matters(theme),
        warnings=queries.warnings(theme),
    )


@bp.post("/desk/themes/<int:theme_id>/items")
@requires(Permission.THEME_EDIT)
def gather(theme_id: int) -> Answer:
    theme, form = find(theme_id), f.GatherForm()
    check_version(theme, form.version.data)
    item = _matter(form.reference.data) if form.validate() else None
    if item is None and not form.reference.errors:
        form.reference.errors = ["There is no such matter."]
    if item is None:
        return page(theme, gather_form=form), 422
    actions.gather(theme, item, by=current_actor())
    db.session.commit()
    flash(f"{item.reference} is in it now.", "success")
    return redirect(url_for(".theme", theme_id=theme_id), 303)


@bp.post("/desk/themes/<int:theme_id>/items/<reference>/removal")
@requires(Permission.THEME_EDIT)
def leave_out(theme_id: int, reference: str) -> Answer:
    item = get_or_404(by_reference(clean_line(reference), actor=current_actor()))

    def act(theme: Theme) -> None:
        actions.leave_out(theme, item, by=current_actor())

    return _perform(theme_id, PlainActForm(), act, done=f"{item.reference} is out.")


@bp.post("/desk/themes/<int:theme_id>/publication")
@requires(Permission.THEME_EDIT)
def publish(theme_id: int) -> Answer:
    def act(theme: Theme) -> None:
        actions.publish(theme, by=current_actor())

    return _perform(theme_id, PlainActForm(), act, done="Published. Each author is told once.")


@bp.post("/desk/themes/<int:theme_id>/withdrawal")
@requires(Permission.THEME_EDIT)
def withdraw(theme_id: int) -> Answer:
    form = f.WithdrawForm()

    def act(theme: Theme) -> None:
        actions.withdraw(theme, reason=given(form.reason), by=current_actor())

    return _perform(theme_id, form, act, done="Withdrawn. Its readers find the reason in its place.")


@bp.post("/desk/triage/<reference>/themes")
@requires(Permission.THEME_EDIT)
def gather_from_item(reference: str) -> Response:
    """From the page of a matter into a theme that is there."""
    item = get_or_404(by_reference(clean_line(reference), actor=current_actor()))
    back, number = url_for("casework.item", reference=reference), whole_number(request.form.get("theme"))
    if number is None:
        flash("Choose an outcome first.", "error")
        return redirect(back, 303)
    theme = get_or_404(queries.theme(number))
    actions.gather(theme, item, by=current_actor())
    db.session.commit()
    flash(f"It is in “{theme.title}” now.", "success")
    return redirect(back, 303)


def _perform(theme_id: int, form: Any, act: Callable[[Theme], None], *, done: str) -> Answer:
    theme = find(theme_id)
    check_version(theme, form.version.data)
    if not form.validate():
        return page(theme, **({"withdraw_form": form} if isinstance(form, f.WithdrawForm) else {})), 422
    act(theme)
    db.session.commit()
    flash(done, "success")
    return redirect(url_for(".theme", theme_id=theme_id), 303)


def _matter(text: Any) -> Feedback | None:
    reference = reference_in(str(text or ""))
    if reference is None:
        return None
    return db.session.scalar(by_reference(reference, actor=current_actor()))
