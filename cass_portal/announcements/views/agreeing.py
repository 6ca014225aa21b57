"""Acts around a vote: ending the discussion, raising a question, publishing at once."""

from cass_portal.announcements import actions
from cass_portal.announcements.forms.acts import ActForm
from cass_portal.announcements.forms.agreement import AtOnceForm, QuestionForm
from cass_portal.announcements.rules import check
from cass_portal.announcements.views.acts import Answer, done, found
from cass_portal.announcements.views.blueprint import EDITION, bp
from cass_portal.announcements.views.desk import page
from cass_portal.policy import Permission
from cass_portal.web import check_version, current_actor, requires


@bp.post(f"{EDITION}/discussion-end")
@requires(Permission.ANNOUNCEMENT_SIGN_OFF)
def end_discussion(slug: str, number: int) -> Answer:
    edition = found(slug, number)
    check_version(edition, ActForm().version.data)
    actions.end_discussion(edition, by=current_actor())
    return done(edition, "The discussion is ended.")


@bp.post(f"{EDITION}/important-question")
@requires(Permission.ANNOUNCEMENT_VOTE)
def raise_question(slug: str, number: int) -> Answer:
    edition, form = found(slug, number), QuestionForm()
    check("raise_question", edition, by=current_actor())
    check_version(edition, form.version.data)
    if not form.validate_on_submit():
        return page(edition, question_form=form), 422
    actions.raise_question(edition, reason=form.question_reason.data or "", by=current_actor())
    return done(edition, "It is an important question now: only a vote of the members lets it out.")


@bp.post(f"{EDITION}/publication-at-once")
@requires(Permission.ANNOUNCEMENT_PUBLISH)
def publish_at_once(slug: str, number: int) -> Answer:
    edition, form = found(slug, number), AtOnceForm()
    check("publish_at_once", edition, by=current_actor())
    check_version(edition, form.version.data)
    if not form.validate_on_submit():
        return page(edition, at_once_form=form), 422
    actions.publish_at_once(edition, reason=form.at_once_reason.data or "", by=current_actor())
    return done(edition, "Published. The members are asked to ratify it.")
