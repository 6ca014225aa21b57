"""Texts to begin an answer with, macros, and running one of them on a matter."""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from cass_portal.casework import craft_forms as f
from cass_portal.casework import macros, wordings
from cass_portal.casework.actions import wording
from cass_portal.casework.forms import SelectChoice
from cass_portal.casework.models import Macro, ReplyTemplate
from cass_portal.casework.views import assignment as assignments
from cass_portal.casework.views import item as items
from cass_portal.casework.views.blueprint import bp
from cass_portal.db import db
from cass_portal.directory import queries as directory
from cass_portal.directory.models import Organization
from cass_portal.fields import given
from cass_portal.policy import Permission
from cass_portal.text import whole_number
from cass_portal.web import check_version, current_actor, get_or_404, render, requires

OF_COORDINATORS = "coordinators"
Owner = Organization | None


@bp.get("/texts/")
@requires(Permission.TEMPLATE_EDIT)
def texts() -> str:
    """Both kinds on one page: few of each."""
    actor = current_actor()
    kept = db.session.scalars(wordings.editable(Macro, actor=actor)).all()
    return render(
        "casework/texts.html",
        templates=db.session.scalars(wordings.editable(ReplyTemplate, actor=actor)).all(),
        macros=[(each, macros.says(each, by=actor)) for each in kept],
        owners=[(each.value, each.label) for each in _owner_choices()],
    )


@bp.get("/texts/new")
@requires(Permission.TEMPLATE_EDIT)
def new_text() -> str:
    return _show_template(None, _template_form(None, formdata=None))


@bp.post("/texts/new")
@requires(Permission.TEMPLATE_EDIT)
def add_text() -> Any:
    return _save_template(None)


@bp.get("/texts/<int:template_id>/")
@requires(Permission.TEMPLATE_EDIT)
def text(template_id: int) -> str:
    row = _find(ReplyTemplate, template_id)
    return _show_template(row, _template_form(row, formdata=None))


@bp.post("/texts/<int:template_id>/")
@requires(Permission.TEMPLATE_EDIT)
def change_text(template_id: int) -> Any:
    return _save_template(_find(ReplyTemplate, template_id))


@bp.post("/texts/<int:template_id>/ending")
@requires(Permission.TEMPLATE_EDIT)
def end_text(template_id: int) -> Response:
    wording.end_template(_find(ReplyTemplate, template_id), by=current_actor())
    return _done("The text is offered no more.")


@bp.get("/macros/new/<owner>")
@requires(Permission.TEMPLATE_EDIT)
def new_macro(owner: str) -> str:
    of = _owner(owner)
    return _show_macro(None, _macro_form(of, None), of)


@bp.post("/macros/new/<owner>")
@requires(Permission.TEMPLATE_EDIT)
def add_macro(owner: str) -> Any:
    return _save_macro(None, _owner(owner))


@bp.get("/macros/<int:macro_id>/")
@requires(Permission.TEMPLATE_EDIT)
def macro(macro_id: int) -> str:
    row = _find(Macro, macro_id)
    return _show_macro(row, _macro_form(row.organization, row), row.organization)


@bp.post("/macros/<int:macro_id>/")
@requires(Permission.TEMPLATE_EDIT)
def change_macro(macro_id: int) -> Any:
    row = _find(Macro, macro_id)
    return _save_macro(row, row.organization)


@bp.post("/macros/<int:macro_id>/ending")
@requires(Permission.TEMPLATE_EDIT)
def end_macro(macro_id: int) -> Response:
    wording.end_macro(_find(Macro, macro_id), by=current_actor())
    return _done("The macro is offered no more.")


@bp.post("/triage/<reference>/macros/<int:macro_id>")
@requires(Permission.FEEDBACK_ROUTE)
def run_macro(reference: str, macro_id: int) -> Response:
    item = items.find(reference)
    row = get_or_404(wordings.usable(Macro, macro_id, organization=None))
    return _run(row, item, url_for(".item", reference=item.reference))


@bp.post("/inbox/<int:assignment_id>/macros/<int:macro_id>")
@requires(Permission.ASSIGNMENT_WORK)
def run_macro_for_member(assignment_id: int, macro_id: int) -> Response:
    assignment = assignments.find(assignment_id)
    row = get_or_404(wordings.usable(Macro, macro_id, organization=assignment.organization))
    return _run(row, assignment, url_for(".assignment", assignment_id=assignment_id))


def _run(row: Macro, subject: Any, back: str) -> Response:
    """All of it or, with the reason, nothing."""
    check_version(subject, whole_number(request.form.get("version")))
    name = row.name
    try:
        macros.run(row, subject, by=current_actor())
    except macros.MacroStopped as stopped:
        db.session.rollback()
        flash(f"Nothing was done. {stopped}.", "error")
        return redirect(back, 303)
    db.session.commit()
    flash(f"Done: {name}.", "success")
    return redirect(back, 303)


def _save_template(row: ReplyTemplate | None) -> Any:
    form = _template_form(row, formdata=request.form)
    if row is not None:
        check_version(row, form.version.data)
    if not form.validate_on_submit():
        return _show_template(row, form), 422
    wording.save_template(
        row,
        name=given(form.name),
        text=given(form.text),
        outcome=form.chosen_outcome,
        by=current_actor(),
        organization=row.organization if row is not None else _owner(form.owner.data),
    )
    return _done("The text is kept.")


def _template_form(row: ReplyTemplate | None, *, formdata: Any) -> f.TemplateForm:
    values: dict[str, Any] = {}
    if row is not None:
        values = {"name": row.name, "text": row.text, "outcome": row.outcome.value if row.outcome else ""}
    form = f.TemplateForm(formdata=formdata, **values)
    if row is None:
        form.owner.choices = _owner_choices()
    else:
        del form.owner
        form.version.data = form.version.data if formdata else row.version
    return form


def _show_template(row: ReplyTemplate | None, form: f.TemplateForm) -> str:
    return render("casework/text.html", template=row, form=form)


def _save_macro(row: Macro | None, of: Owner) -> Any:
    form = _macro_form(of, row, formdata=request.form)
    if row is not None:
        check_version(row, form.version.data)
    is_valid = form.validate_on_submit()
    if is_valid and not form.steps():
        form.form_errors.append("Choose at least one act.")
    if not is_valid or not form.steps():
        return _show_macro(row, form, of), 422
    wording.save_macro(row, name=given(form.name), steps=form.steps(), by=current_actor(), organization=of)
    return _done("The macro is kept.")


def _macro_form(of: Owner, row: Macro | None, *, formdata: Any = None) -> f.MacroForm:
    form = f.MacroForm(formdata=formdata, **(f.of_macro(row) if row is not None else {}))
    form.offer("inbox" if of else "triage", directory.current_members() if of is None else [])
    if row is not None and not formdata:
        form.version.data = row.version
    return form


def _show_macro(row: Macro | None, form: f.MacroForm, of: Owner) -> str:
    owner = of.short_name if of else OF_COORDINATORS
    return render("casework/macro.html", macro=row, form=form, owner=owner, organization=of)


def _owner(text: str) -> Owner:
    """For whom: one of those the person may keep texts for, else 404."""
    owners: dict[str, Owner] = {
        each.short_name if each else OF_COORDINATORS: each for each in wordings.owners_for(current_actor())
    }
    return owners[text] if text in owners else abort(404)


def _owner_choices() -> list[SelectChoice]:
    return [
        SelectChoice(e.short_name, f"Everybody at {e.short_name}")
        if e
        else SelectChoice(OF_COORDINATORS, "Coordinators")
        for e in wordings.owners_for(current_actor())
    ]


def _find(model: Any, row_id: int) -> Any:
    return get_or_404(wordings.editable(model, actor=current_actor()).where(model.id == row_id))


def _done(words: str) -> Response:
    db.session.commit()
    flash(words, "success")
    return redirect(url_for(".texts"), 303)
