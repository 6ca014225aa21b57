"""Following one's own feedback by a private link. GET shows, POST acts; a wrong link is a 404 like any other."""

from datetime import timedelta
from typing import Any

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from cass_portal import tokens
from cass_portal.clock import now
from cass_portal.db import db, peek
from cass_portal.feedback import actions, conversation, progress, queries
from cass_portal.feedback.attachments.queries import attachments_for_author
from cass_portal.feedback.forms import ReplyForm, VerdictForm, WithdrawForm
from cass_portal.feedback.lifecycle import FEEDBACK, FeedbackState
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.views.coming_back import words_to_show
from cass_portal.feedback.views.files import drop, keep
from cass_portal.feedback.views.room import bp
from cass_portal.feedback.words import SAID, readers_of
from cass_portal.web import get_or_404, limit, public, public_url, render
from cass_portal.web.limits import is_stored, submission_rate
from cass_portal.web.private import limit_guesses, secret_key
from cass_portal.web.uploads import takes_files

DONE = ("confirmed", "replied", "judged", "withdrawn")
"""What the page may have to acknowledge, said in its address so that no session is needed."""
CONFIRM_SECONDS = actions.UNCONFIRMED_DAYS * 86_400


@bp.get("/f/<token>")
@public
@limit_guesses
def follow(token: str) -> str:
    item = get_or_404(queries.by_follow_token(token))
    if "received" in request.args and item.state in (FeedbackState.UNCONFIRMED, FeedbackState.HELD):
        return _receipt(item, token)
    return _page(item, token)


@bp.post("/f/<token>/replies")
@public
@takes_files
@limit_guesses
@limit(submission_rate, deduct_when=is_stored)
def reply(token: str) -> Response | tuple[str, int]:
    form = ReplyForm()
    form.files.without_trace = peek(lambda: get_or_404(queries.by_follow_token(token)).is_anonymous)
    is_valid = form.validate()  # which looks at files, so outside of a transaction that writes
    files = keep(form.files.checked) if is_valid else []
    item = get_or_404(queries.by_follow_token(token))
    if not is_valid:
        return _page(item, token, reply_form=form), 422
    try:
        actions.reply(item, form.text.data or "", files=files)
        db.session.commit()
    except Exception:
        db.session.rollback()
        drop(files)
        raise
    return _back(token, "replied")


@bp.post("/f/<token>/verdict")
@public
@limit_guesses
@limit(submission_rate, deduct_when=is_stored)
def verdict(token: str) -> Response | tuple[str, int]:
    item, form = get_or_404(queries.by_follow_token(token)), VerdictForm()
    if not form.validate():
        return _page(item, token, verdict_form=form), 422
    actions.give_verdict(item, form.verdict.data, note=form.note.data)
    db.session.commit()
    return _back(token, "judged")


@bp.route("/f/<token>/withdrawal", methods=["GET", "POST"])
@public
@limit_guesses
def withdrawal(token: str) -> Response | tuple[str, int]:
    item, form = get_or_404(queries.by_follow_token(token)), WithdrawForm()
    if not FEEDBACK.allows("withdraw", item.state):
        return redirect(url_for(".follow", token=token), 303)
    if form.validate_on_submit():
        actions.withdraw(item, reason=form.reason.data)
        db.session.commit()
        return _back(token, "withdrawn")
    page = render("feedback/withdrawal.html", item=item, token=token, form=form)
    return page, 422 if form.errors else 200


@bp.route("/f/confirm/<token>", methods=["GET", "POST"])
@public
@limit_guesses
def confirm(token: str) -> Response | str:
    """Mail scanners open every link: only the button on the page confirms."""
    item = _item_to_confirm(token)
    is_spoken_for = actions.awaits_address(item)
    if request.method == "POST" and (is_spoken_for or FEEDBACK.allows("confirm", item.state)):
        (actions.confirm_address if is_spoken_for else actions.confirm)(item)
        secret = actions.mint_follow_link(item)
        db.session.commit()
        return _back(secret, "confirmed")
    return render("feedback/confirm.html", item=item, token=token, is_spoken_for=is_spoken_for)


def _item_to_confirm(token: str) -> Feedback:
    """The item of a signed link; 404 unless it was signed after the item came, for numbers are used again."""
    item_id = tokens.read(secret_key(), tokens.CONFIRM_FEEDBACK, token, max_age=CONFIRM_SECONDS)
    item = db.session.get(Feedback, item_id) if isinstance(item_id, int) else None
    age = tokens.age_of(secret_key(), tokens.CONFIRM_FEEDBACK, token)
    if item is None or age is None or now() - timedelta(seconds=age) < item.created_at - timedelta(seconds=2):
        abort(404)
    return item


def _receipt(item: Feedback, token: str) -> str:
    address = public_url(".follow", token=token)
    return render(
        "feedback/receipt.html",
        item=item,
        address=address,
        expected_by=progress.expected_by(item),
        words=words_to_show(token),
    )


def _may(item: Feedback) -> set[str]:
    """What the page offers. There is no verdict on what was closed without an answer."""
    acts = {each.act for each in FEEDBACK.open_acts(item.state)}
    return acts if item.reply_released_at is not None else acts - {"give_verdict"}


def _page(item: Feedback, token: str, **forms: Any) -> str:
    context: dict[str, Any] = {
        "reply_form": ReplyForm(formdata=None),
        "verdict_form": VerdictForm(formdata=None),
        "done": next((each for each in DONE if each in request.args), None),
        "steps": progress.steps(item),
        "lines": progress.member_lines(item),
        "entries": conversation.entries(item, for_="stakeholder"),
        "question": conversation.last_question(item),
        "files": attachments_for_author(item),
        "named_in": queries.announcements_naming(item),
        "readers": readers_of(item),
        "said": SAID,
        "may": _may(item),
    }
    address = public_url(".follow", token=token)
    return render("feedback/follow.html", item=item, token=token, address=address, **(context | forms))


def _back(token: str, done: str) -> Response:
    acknowledged: dict[str, Any] = {done: 1}
    return redirect(url_for(".follow", token=token, **acknowledged), 303)
