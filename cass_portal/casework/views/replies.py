"""The Consortium's reply."""

from typing import Any

from flask import request

from cass_portal.casework import actions
from cass_portal.casework import forms as f
from cass_portal.casework.views.blueprint import bp
from cass_portal.casework.views.item import on_item
from cass_portal.policy import Permission
from cass_portal.web import current_actor, requires


@bp.post("/triage/<reference>/reply")
@requires(Permission.FEEDBACK_RELEASE_REPLY)
def reply(reference: str) -> Any:
    """Two buttons: keep the draft, or release it."""
    form = f.ReplyForm()
    is_draft = request.form.get("then") == "draft"

    def act(item: Any) -> None:
        verb = actions.draft_reply if is_draft else actions.release_reply
        verb(item, form.text.data or "", by=current_actor())

    done = "The draft is kept." if is_draft else "Released. The stakeholder has the reply now."
    return on_item(reference, form, act, done=done)
