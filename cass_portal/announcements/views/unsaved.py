"""What is kept while a text is written: the form's fields as last sent, and who is at it. For js/autosave.js."""

from typing import Any

from flask import flash, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from cass_portal.announcements import actions, queries
from cass_portal.announcements.forms import EditionForm
from cass_portal.announcements.models import Editing, Edition
from cass_portal.announcements.queries import editing
from cass_portal.announcements.views.blueprint import EDITION, bp
from cass_portal.announcements.views.sheets import unused_fields
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.policy import Permission
from cass_portal.text import MARKDOWN_LIMIT, clean, whole_number
from cass_portal.web import current_actor, get_or_404, requires

NEVER_KEPT = {"csrf_token", "version", "preview"}
MOST_VALUES = 300
LONGEST_OTHER = 2_000


@bp.post("/desk/announcements/autosave")
@requires(Permission.ANNOUNCEMENT_CREATE)
def autosave_new() -> Any:
    return _autosave(None)


@bp.post(f"{EDITION}/autosave")
@requires(Permission.ANNOUNCEMENT_EDIT)
def autosave(slug: str, number: int) -> Any:
    return _autosave(_found(slug, number))


@bp.post("/desk/announcements/unsaved-text/discarding")
@requires(Permission.ANNOUNCEMENT_CREATE)
def throw_away_new() -> Response:
    return _throw_away(None, url_for(".create"))


@bp.post(f"{EDITION}/unsaved-text/discarding")
@requires(Permission.ANNOUNCEMENT_EDIT)
def throw_away(slug: str, number: int) -> Response:
    return _throw_away(_found(slug, number), url_for(".edit", slug=slug, number=number))


def keep_what_was_sent(edition: Edition | None) -> bool:
    """Keep the form in this request as the person's own, unsaved text; whether it is short enough for that."""
    fields = _fields_sent(edition)
    if fields is not None:
        version = whole_number(request.form.get("version"))
        actions.keep_unsaved(edition, fields=fields, based_on=version, by=current_actor())
    return fields is not None


def others_at(edition: Edition | None) -> list[str]:
    """Sentences on who else is writing on `edition` now."""
    present = editing.present_at(edition, besides=current_actor()) if edition is not None else []
    return [_sentence(each) for each in present]


def _autosave(edition: Edition | None) -> Any:
    """Keep the text (or, of a beat, only that the person is there); who else is there, and whether it grew old."""
    if "beat" in request.form:
        actions.seen_at_work(edition, by=current_actor())
    elif not keep_what_was_sent(edition):
        return jsonify(refused="The text is longer than a form may be."), 422
    told = {
        "others": others_at(edition),
        "is_old": edition is not None and whole_number(request.form.get("version")) != edition.version,
    }
    db.session.commit()
    return jsonify(told)


def _throw_away(edition: Edition | None, address: str) -> Response:
    actions.throw_away(edition, by=current_actor())
    db.session.commit()
    flash("The unsaved text is thrown away.", "success")
    return redirect(address, 303)


def _fields_sent(edition: Edition | None) -> dict[str, Any] | None:
    """The fields of an edition's form, as sent; None where one is longer than the form would take."""
    names = {field.name for field in EditionForm(formdata=None)} - NEVER_KEPT - unused_fields(edition)
    kept = {name: [clean(each) for each in request.form.getlist(name)] for name in names & set(request.form)}
    for name, values in kept.items():
        limit = MARKDOWN_LIMIT if name == "body" else LONGEST_OTHER
        if len(values) > MOST_VALUES or any(len(each) > limit for each in values):
            return None
    return kept


def _sentence(present: Editing) -> str:
    seconds = max(1, int((now() - present.seen_at).total_seconds()))
    return (
        f"{present.person.name} is editing this, last seen {seconds} second{'s' if seconds > 1 else ''} ago."
    )


def _found(slug: str, number: int) -> Edition:
    return get_or_404(queries.desk_edition(current_actor(), slug, number))
