"""A file of what many people said: looked through first, then imported exactly as it was shown."""

from contextlib import closing
from dataclasses import dataclass
from typing import Any

from flask import Response as FlaskResponse
from flask import flash, redirect, request, url_for
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from cass_portal import spreadsheet, tokens
from cass_portal.casework import intake_forms as i
from cass_portal.casework import sheets
from cass_portal.casework.importing import alike, names_known, take_in, taken_in_before
from cass_portal.casework.views.blueprint import bp
from cass_portal.db import db
from cass_portal.feedback.words import KIND_NAMES
from cass_portal.policy import Permission
from cass_portal.text import clean_line
from cass_portal.web import current_actor, render, requires
from cass_portal.web.private import secret_key
from cass_portal.web.uploads import takes_files

PIECE = 200_000
"""Characters of one hidden field: forms have a limit for each."""
SHOWN_SECONDS = 3_600
STALE = "That was shown too long ago. Choose the file once more."


@dataclass(frozen=True)
class File:
    text: str
    name: str


@bp.route("/feedback/import", methods=["GET", "POST"])
@requires(Permission.FEEDBACK_MODERATE)
@takes_files
def import_file() -> Response | str | tuple[str, int]:
    form = i.FileForm()
    if request.method != "POST":
        return _page(form)
    if not form.validate():
        return _page(form), 422
    carried = "".join(request.form.getlist("carried"))
    try:
        if carried:
            return _import(form, _opened(carried))
        file = _sent(form)
        return _page(form, file=file, sheet=_looked_through(file))
    except sheets.NotReadable as refusal:
        form.file.errors = [str(refusal)]
        return _page(form), 422


@bp.get("/feedback/import/example.csv")
@requires(Permission.FEEDBACK_MODERATE)
def import_example() -> FlaskResponse:
    """A file to begin from: the header and one row."""
    answer = FlaskResponse(spreadsheet.written(sheets.EXAMPLE), content_type=spreadsheet.MIMETYPE)
    answer.headers["Content-Disposition"] = "attachment; filename=feedback.csv"
    return answer


def _sent(form: i.FileForm) -> File:
    """Raises NotReadable."""
    sent = form.file.data
    if not sent or not getattr(sent, "filename", ""):
        raise sheets.NotReadable("Choose a file first.")
    with closing(sent):
        octets = sent.stream.read(sheets.OCTETS + 1)
    return File(sheets.decoded(octets), clean_line(sent.filename)[:100])


def _opened(carried: str) -> File:
    """The file that was shown to the same person. Raises NotReadable."""
    told = tokens.read(secret_key(), tokens.IMPORTED_FILE, carried, max_age=SHOWN_SECONDS)
    if not isinstance(told, list) or told[0] != current_actor().id:
        raise sheets.NotReadable(STALE)
    return File(told[1], told[2])


def _looked_through(file: File) -> sheets.Sheet:
    return sheets.read(file.text, known=names_known(), default_note=f"From the file {file.name}")


def _import(form: i.FileForm, file: File) -> Response | tuple[str, int]:
    sheet = _looked_through(file)
    try:
        count = take_in(sheet, by=current_actor())
        db.session.commit()
    except IntegrityError:
        # Somebody imports the same rows at this moment: show what is left to do.
        db.session.rollback()
        return _page(form, file=file, sheet=_looked_through(file)), 409
    words = (
        f"{count:,} rows became feedback and wait in triage." if count else "Nothing was new in this file."
    )
    flash(words, "success")
    return redirect(url_for(".triage", tab="new"), 303)


def _page(form: i.FileForm, *, file: File | None = None, sheet: sheets.Sheet | None = None) -> str:
    before = taken_in_before(sheet) if sheet is not None else {}
    context: dict[str, Any] = {"sheet": sheet, "before": before, "file": file, "pieces": []}
    if file is not None and sheet is not None:
        carried = tokens.sign(secret_key(), tokens.IMPORTED_FILE, [current_actor().id, file.text, file.name])
        context["pieces"] = [carried[place : place + PIECE] for place in range(0, len(carried), PIECE)]
        context["alike"] = alike(sheet, actor=current_actor())
        context["fresh"] = sum(1 for each in sheet.good if each.key not in before)
    return render("casework/import.html", form=form, columns=sheets.COLUMNS, kind_names=KIND_NAMES, **context)
