"""Files of a matter: stored when they come, served to be saved, removed by a coordinator."""

from collections.abc import Sequence
from typing import cast

from flask import abort, current_app, flash, redirect, url_for
from werkzeug.wrappers import Response

from cass_portal.db import db
from cass_portal.feedback.attachments import actions, queries
from cass_portal.feedback.attachments.checking import Checked, Kept, drop_all, put_all
from cass_portal.feedback.attachments.names import disposition, nameless
from cass_portal.feedback.models import Attachment, Feedback
from cass_portal.feedback.safe_forms import RemoveFileForm
from cass_portal.feedback.views.room import bp
from cass_portal.fields import given
from cass_portal.policy import Permission
from cass_portal.storage import NotStored, Store
from cass_portal.web import current_actor, get_or_404, public, render, requires
from cass_portal.web.panels import panel
from cass_portal.web.private import limit_guesses

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def store() -> Store:
    return cast("Store", current_app.extensions["attachments"])


def keep(files: Sequence[Checked]) -> list[Kept]:
    """Put checked files into the store. Never inside a transaction: the store may be at the other end of a network."""
    db.session.rollback()
    return put_all(store(), files, scans=bool(current_app.extensions["settings"].clamd))


def drop(files: Sequence[Kept]) -> None:
    """What was put and no row came to name."""
    drop_all(store(), files)


@panel("matter files")
def files_at_the_desk(item: Feedback) -> str:
    """What came with the matter and with what was said since, for staff who read those words."""
    found = queries.attachments_for(item, actor=current_actor())
    return render("feedback/desk_files.html", item=item, files=found) if found else ""


@bp.get("/feedback/<reference>/attachments/<int:number>")
@public
def attachment(reference: str, number: int) -> Response:
    found = get_or_404(queries.attachment_of(reference, number, actor=current_actor()))
    return _file(found)


@bp.get("/f/<token>/attachments/<int:number>")
@public
@limit_guesses
def own_attachment(token: str, number: int) -> Response:
    return _file(get_or_404(queries.attachment_by_follow_token(token, number)))


@bp.route("/feedback/<reference>/attachments/<int:number>/removal", methods=["GET", "POST"])
@requires(Permission.ATTACHMENT_REMOVE)
def remove_attachment(reference: str, number: int) -> Response | tuple[str, int]:
    found = get_or_404(queries.removable(reference, number, actor=current_actor()))
    form = RemoveFileForm()
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render(
            "feedback/remove_attachment.html", item=found.feedback, attachment=found, form=form
        ), status
    actions.remove_attachment(found, reason=given(form.reason), by=current_actor())
    key = found.key
    db.session.commit()
    store().delete(key)
    flash("The file is removed. Nobody can open it any more.", "success")
    return redirect(url_for("casework.item", reference=reference), 303)


def _file(found: Attachment) -> Response:
    """The file, to be saved and never to be shown, a chunk at a time."""
    name = found.name or nameless(found.feedback.reference, found.id, found.media_type)
    size, media_type, key = found.size, found.media_type, found.key
    db.session.rollback()
    try:
        content = store().read(key)
    except NotStored:
        abort(404)
    answer = Response(content, mimetype=media_type, direct_passthrough=True)
    answer.headers.update(HEADERS | {"Content-Disposition": disposition(name), "Content-Length": str(size)})
    return answer
