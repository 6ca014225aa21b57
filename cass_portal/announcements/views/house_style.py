"""House style beside the editor: what the rules find in a text as it is being written. Stores nothing."""

from flask import request

from cass_portal.announcements.forms.edition import EditionForm
from cass_portal.announcements.lint import Remedy, Written, remedies
from cass_portal.announcements.models import AnnouncementKind
from cass_portal.announcements.proofreading import proofread_text
from cass_portal.announcements.views.blueprint import bp
from cass_portal.policy import Permission
from cass_portal.text import MARKDOWN_LIMIT, clean, clean_line
from cass_portal.web import render, requires


@bp.post("/desk/announcements/lint")
@requires(Permission.ANNOUNCEMENT_CREATE)
def lint() -> str:
    """A fragment for js/lint.js, from the editor's fields as they stand."""
    kind = request.form.get("kind", "")
    found = proofread_text(
        Written(
            clean_line(request.form.get("title", ""))[:200],
            clean_line(request.form.get("summary", ""))[:400],
            clean(request.form.get("body", ""))[:MARKDOWN_LIMIT],
            clean(request.form.get("change_note", ""))[:1_000],
        ),
        kind=AnnouncementKind(kind) if kind in set(AnnouncementKind) else AnnouncementKind.NEWS,
        names_feedback=bool(request.form.get("feedback", "").strip()),
    )
    return render("announcements/_lint_answer.html", remedies=remedies(found))


def remedies_in(form: EditionForm) -> list[Remedy]:
    """What the rules find in what the form holds, for the page that is drawn without JavaScript."""
    note = form.change_note.data if "change_note" in form else None
    found = proofread_text(
        Written(form.title.data or "", form.summary.data or "", form.body.data or "", note),
        kind=form.chosen_kind or AnnouncementKind.NEWS,
        names_feedback=bool(form.feedback.data),
    )
    return remedies(found)
