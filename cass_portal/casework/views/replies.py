"""The Consortium's reply to one matter: drafted, previewed, released."""

from typing import Any

from flask import request, url_for

from cass_portal.casework import actions
from cass_portal.casework import forms as f
from cass_portal.casework.consolidation import is_ready, preview_of
from cass_portal.casework.views.blueprint import bp
from cass_portal.casework.views.item import find, on_item
from cass_portal.feedback.conversation import parts_of
from cass_portal.policy import Permission
from cass_portal.web import current_actor, render, requires


@bp.post("/triage/<reference>/reply")
@requires(Permission.FEEDBACK_RELEASE_REPLY)
def reply(reference: str) -> Any:
    """Three buttons: keep the draft, keep it and see it as the stakeholder would, or release it."""
    form, then = f.ReplyForm(), request.form.get("then")
    is_draft = then in ("draft", "preview")

    def act(item: Any) -> None:
        verb = actions.draft_reply if is_draft else actions.release_reply
        verb(item, form.text.data or "", by=current_actor())

    done = "The draft is kept." if is_draft else "Released. The stakeholder has the reply now."
    back = url_for(".reply_preview", reference=reference) if then == "preview" else None
    return on_item(reference, form, act, done=done, back=back)


@bp.get("/triage/<reference>/reply/")
@requires(Permission.FEEDBACK_RELEASE_REPLY)
def reply_preview(reference: str) -> str:
    """The draft as its reader would have it on the page and in the mail."""
    item = find(reference)
    preview = preview_of(item)
    return render(
        "casework/reply_preview.html",
        item=item,
        reply=preview,
        parts=parts_of(preview),
        is_ready=is_ready(item),
    )
