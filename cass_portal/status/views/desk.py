"""The desk's page of one notice: its timeline, and the form that adds to it. For coordinators and stewards' people."""

from typing import Any

from flask import flash, redirect, url_for
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from cass_portal.announcements.lifecycle import OVER, Stage
from cass_portal.announcements.models import Edition
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.fields import given
from cass_portal.policy import Permission, can, require
from cass_portal.status import actions, queries
from cass_portal.status.forms import UpdateForm, form_for
from cass_portal.status.lifecycle import REOPEN_WITHIN, possible
from cass_portal.status.rules import affected_by
from cass_portal.status.views.blueprint import bp
from cass_portal.web import current_actor, get_or_404, render, requires

Answer = str | Response | tuple[str, int]


@bp.get("/desk/status/<slug>/")
@requires(Permission.ANNOUNCEMENT_READ_OPEN)
def notice(slug: str) -> Answer:
    return _page(_found(slug))


@bp.post("/desk/status/<slug>/updates")
@requires(Permission.STATUS_UPDATE)
def post_update(slug: str) -> Answer:
    """The late one of two gets 409 with the newer update above their own text."""
    found = _found(slug)
    require(current_actor(), Permission.STATUS_UPDATE, affected_by(found.announcement))
    form = _form(found)
    if not form.validate_on_submit():
        return _page(found, form=form), 422
    if form.version.data != found.announcement.version:
        return _late(slug)
    try:
        actions.post_update(
            found.announcement,
            stage=Stage(form.stage.data),
            body=given(form.body),
            levels=form.levels(found.edition.products),
            ends_at=form.instant,
            post_mortem_url=form.post_mortem_url.data,
            is_minor=not form.tell.data,
            by=current_actor(),
        )
        db.session.commit()
    except StaleDataError:
        db.session.rollback()
        return _late(slug)
    flash("Posted. Everybody can read it now.", "success")
    return redirect(url_for(".notice", slug=slug), 303)


def _found(slug: str) -> queries.Notice:
    edition: Edition = get_or_404(queries.by_slug(slug))
    return queries.notices_of([edition])[0]


def _form(notice: queries.Notice, **options: Any) -> UpdateForm:
    standing = notice.standing
    may_reopen = standing.ended_at is not None and now() - standing.ended_at <= REOPEN_WITHIN
    products = [(each, notice.level_of(each)) for each in notice.edition.products]
    return form_for(possible(standing.stage, may_reopen=may_reopen), products, **options)


def _late(slug: str) -> Answer:
    """What was typed, in a form made from the notice as it is now."""
    found = _found(slug)
    form = _form(found)
    form.version.process_data(found.announcement.version)
    return _page(found, form=form, is_late=True), 409


def _page(notice: queries.Notice, *, form: UpdateForm | None = None, is_late: bool = False) -> str:
    actor, announcement = current_actor(), notice.announcement
    affected = affected_by(announcement)
    may_post = can(actor, Permission.STATUS_UPDATE, affected) and not notice.standing.is_withdrawn
    usual = {"version": announcement.version, "stage": notice.standing.stage.value}
    return render(
        "status/notice.html",
        shown=notice,
        form=form or _form(notice, formdata=None, data=usual),
        may_post=may_post,
        is_late=is_late,
        is_over=notice.standing.stage in OVER,
    )
