"""Replies released together: tick what goes out, with an announcement or without; each its own transaction."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from cass_portal.casework import actions, ready
from cass_portal.casework.consolidation import is_out
from cass_portal.casework.forms import ActForm
from cass_portal.casework.views.blueprint import bp
from cass_portal.db import db
from cass_portal.feedback.models import Feedback
from cass_portal.policy import Permission
from cass_portal.text import clean_line, whole_number
from cass_portal.transitions import ActRefused
from cass_portal.web import current_actor, render, requires


class ReleaseForm(ActForm):
    """`announcement`: the id of the one they go with."""

    act = "release"
    announcement = SelectField("Together with the announcement", validate_choice=False)


@bp.get("/replies/")
@requires(Permission.FEEDBACK_RELEASE_REPLY)
def replies() -> str:
    return _page(ReleaseForm(formdata=None))


@bp.post("/replies/")
@requires(Permission.FEEDBACK_RELEASE_REPLY)
def release_replies() -> Response | tuple[str, int]:
    form, chosen = ReleaseForm(), list(dict.fromkeys(request.form.getlist("chosen")))[: ready.MOST]
    edition = _edition_of(form.announcement.data)
    form.validate()
    if not chosen:
        form.form_errors.append("Please tick at least one matter.")
    if form.announcement.data and edition is None:
        form.form_errors.append("That announcement is not there any more. Please choose again.")
    if form.errors:
        return _page(form, chosen=chosen), 422
    announcement = edition.announcement if edition is not None else None
    comes_later = announcement is not None and not is_out(announcement)
    act = actions.bind_reply if comes_later else _release
    refused = [why for each in chosen if (why := _one(each, announcement, act)) is not None]
    done = len(chosen) - len(refused)
    words = "goes out with the announcement" if comes_later else "released"
    if done:
        flash(f"{done} {'reply' if done == 1 else 'replies'}: {words}.", "success")
    if refused:
        flash(f"Not done: {' '.join(refused)}", "error")
    return redirect(url_for(".replies"), 303)


def _release(item: Feedback, announcement: Any, *, by: Any) -> None:
    actions.release_reply(item, ready.text_of(item), announcement=announcement, by=by)


def _one(choice: str, announcement: Any, act: Callable[..., object]) -> str | None:
    """Act on what one tick names, in a transaction of its own; why it was refused, as a sentence."""
    reference, _, version = clean_line(choice).partition("@")
    item = ready.ready_matter(reference[:16])
    if item is None:
        return f"{reference[:16]} is not there."
    if item.reply_released_at is not None:
        return f"{reference}: its reply has been released already."
    if str(item.version) != version:
        return f"{reference} was changed meanwhile; look at it again."
    try:
        act(item, announcement, by=current_actor())
        db.session.commit()
    except ActRefused as refusal:
        db.session.rollback()
        return f"{reference}: {refusal}."
    except StaleDataError:
        db.session.rollback()
        return f"{reference} was changed meanwhile; look at it again."
    return None


def _edition_of(announcement_id: Any) -> Any:
    number = whole_number(announcement_id)
    return next((each for each in ready.announcements_to_choose() if each.announcement_id == number), None)


def _page(form: ReleaseForm, *, chosen: list[str] | None = None) -> str:
    editions = ready.announcements_to_choose()
    words = {True: "", False: " (when it is published)"}
    form.announcement.choices = [
        SelectChoice("", "None: release them now"),
        *(
            SelectChoice(str(each.announcement_id), f"{each.title}{words[is_out(each.announcement)]}")
            for each in editions
        ),
    ]
    return render(
        "casework/replies.html",
        form=form,
        matters=ready.ready_matters(),
        chosen=chosen or [],
        most=ready.MOST,
    )
