"""Weeks after the answer, by the link of a mail: has it held? GET shows, for scanners open every link; POST says it."""

from flask import redirect, url_for
from werkzeug.wrappers import Response

from cass_portal.db import db
from cass_portal.feedback import actions, conversation, queries
from cass_portal.feedback.forms import VerdictForm
from cass_portal.feedback.lifecycle import FEEDBACK
from cass_portal.feedback.views.room import bp
from cass_portal.web import get_or_404, limit, public, render
from cass_portal.web.limits import is_stored, submission_rate
from cass_portal.web.private import limit_guesses


@bp.route("/f/<token>/outcome", methods=["GET", "POST"])
@public
@limit_guesses
@limit(submission_rate, methods=["POST"], deduct_when=is_stored)
def outcome(token: str) -> Response | str | tuple[str, int]:
    item, form = get_or_404(queries.by_follow_token(token)), VerdictForm()
    if item.reply_released_at is None or not FEEDBACK.allows("give_verdict", item.state):
        return redirect(url_for(".follow", token=token), 303)
    if form.validate_on_submit():
        actions.give_verdict(item, form.verdict.data, note=form.note.data, is_check=True)
        db.session.commit()
        return redirect(url_for(".follow", token=token, judged=1), 303)
    answers = [each for each in conversation.entries(item, for_="stakeholder") if each["kind"] == "answer"]
    page = render("feedback/outcome.html", item=item, token=token, form=form, answers=answers)
    return (page, 422) if form.is_submitted() else page
