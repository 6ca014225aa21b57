"""Acts on one edition. Each is a POST below the edition's address and leads back to its page."""

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, url_for
from werkzeug.wrappers import Response

from cass_portal.announcements import actions, queries
from cass_portal.announcements.forms import ActForm, ReasonForm, RemarkForm, ScheduleForm, SignOffForm
from cass_portal.announcements.models import Edition
from cass_portal.announcements.rules import NotReady, needs_vote
from cass_portal.announcements.views.blueprint import EDITION, bp
from cass_portal.announcements.views.desk import page
from cass_portal.announcements.views.link_check import look_at_links
from cass_portal.db import db
from cass_portal.policy import Permission, require
from cass_portal.web import check_version, current_actor, get_or_404, requires

Answer = Response | tuple[str, int]


@bp.post(f"{EDITION}/sign-off-request")
@requires(Permission.ANNOUNCEMENT_EDIT)
def request_sign_off(slug: str, number: int) -> Response:
    edition = found(slug, number)
    require(current_actor(), Permission.ANNOUNCEMENT_EDIT, edition)
    look_at_links(edition)
    asked = (
        "The members are asked to vote." if needs_vote(edition) else "The coordinators are asked to sign off."
    )
    return _press(edition, actions.request_sign_off, asked)


@bp.post(f"{EDITION}/sign-off")
@requires(Permission.ANNOUNCEMENT_SIGN_OFF)
def sign_off(slug: str, number: int) -> Answer:
    """Agree or send back; bound to the hash of the text that was on the page."""
    edition, form = found(slug, number), SignOffForm()
    if form.stance.data not in ("agree", "send_back"):
        abort(400)
    if not form.validate_on_submit():
        return page(edition, sign_off_form=form), 422
    seen, remark = form.text_hash.data or "", form.remark.data
    if form.stance.data == "agree":
        actions.sign_off(edition, text_hash=seen, remark=remark, by=current_actor())
        return done(edition, "Signed off.")
    actions.send_back(edition, text_hash=seen, remark=remark or "", by=current_actor())
    return done(edition, "Sent back to its author.")


@bp.post(f"{EDITION}/schedule")
@requires(Permission.ANNOUNCEMENT_PUBLISH)
def schedule(slug: str, number: int) -> Answer:
    edition, form = found(slug, number), ScheduleForm()
    check_version(edition, form.version.data)
    if not form.validate_on_submit():
        return page(edition, schedule_form=form), 422
    try:
        actions.schedule(edition, at=form.instant, by=current_actor())
    except NotReady as refusal:
        form.publish_at.errors = [f"{refusal}."]
        return page(edition, schedule_form=form), 422
    return done(edition, "Scheduled. It goes out by itself.")


@bp.post(f"{EDITION}/unscheduling")
@requires(Permission.ANNOUNCEMENT_PUBLISH)
def unschedule(slug: str, number: int) -> Response:
    return _press(found(slug, number), actions.unschedule, "Taken off the schedule.")


@bp.post(f"{EDITION}/publication")
@requires(Permission.ANNOUNCEMENT_PUBLISH)
def publish(slug: str, number: int) -> Response:
    return _press(found(slug, number), actions.publish, "Published. Everybody can read it now.")


@bp.post(f"{EDITION}/new-edition")
@requires(Permission.ANNOUNCEMENT_EDIT)
def open_edition(slug: str, number: int) -> Response:
    edition, form = found(slug, number), ActForm()
    check_version(edition, form.version.data)
    draft = actions.open_edition(edition, by=current_actor())
    db.session.commit()
    return redirect(url_for(".edit", slug=slug, number=draft.number), 303)


@bp.post(f"{EDITION}/discarding")
@requires(Permission.ANNOUNCEMENT_DISCARD)
def discard(slug: str, number: int) -> Response:
    return _press(found(slug, number), actions.discard, "Discarded. It stays under “Discarded”.")


@bp.post(f"{EDITION}/withdrawal-proposal")
@requires(Permission.ANNOUNCEMENT_WITHDRAW)
def propose_withdrawal(slug: str, number: int) -> Answer:
    return _give_reason(slug, number, actions.propose_withdrawal)


@bp.post(f"{EDITION}/withdrawal")
@requires(Permission.ANNOUNCEMENT_WITHDRAW)
def withdraw(slug: str, number: int) -> Response:
    return _press(
        found(slug, number), actions.withdraw, "Withdrawn. The text stays readable, marked as withdrawn."
    )


@bp.post(f"{EDITION}/reinstatement-proposal")
@requires(Permission.ANNOUNCEMENT_WITHDRAW)
def propose_reinstatement(slug: str, number: int) -> Answer:
    return _give_reason(slug, number, actions.propose_reinstatement)


@bp.post(f"{EDITION}/reinstatement")
@requires(Permission.ANNOUNCEMENT_WITHDRAW)
def reinstate(slug: str, number: int) -> Response:
    return _press(found(slug, number), actions.reinstate, "Reinstated.")


@bp.post(f"{EDITION}/proposal-refusal")
@requires(Permission.ANNOUNCEMENT_WITHDRAW)
def decline_proposal(slug: str, number: int) -> Answer:
    edition, form = found(slug, number), RemarkForm()
    check_version(edition, form.version.data)
    if not form.validate_on_submit():
        return page(edition, remark_form=form), 422
    actions.decline_proposal(edition, reason=form.reason.data, by=current_actor())
    return done(edition, "It stays as it is.")


def found(slug: str, number: int) -> Edition:
    return get_or_404(queries.desk_edition(current_actor(), slug, number))


def _press(edition: Edition, act: Callable[..., Any], told: str) -> Response:
    """An act that needs nothing but its button."""
    check_version(edition, ActForm().version.data)
    act(edition, by=current_actor())
    return done(edition, told)


def _give_reason(slug: str, number: int, act: Callable[..., Any]) -> Answer:
    edition, form = found(slug, number), ReasonForm()
    check_version(edition, form.version.data)
    if not form.validate_on_submit():
        return page(edition, reason_form=form), 422
    act(edition, reason=form.reason.data, by=current_actor())
    return done(edition, "Proposed. Another coordinator decides.")


def done(edition: Edition, told: str) -> Response:
    address = url_for(".desk_edition", slug=edition.announcement.slug, number=edition.number)
    db.session.commit()
    flash(told, "success")
    return redirect(address, 303)
