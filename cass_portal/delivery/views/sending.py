"""The switch that holds everything back."""

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from cass_portal.db import db
from cass_portal.delivery import actions
from cass_portal.delivery.forms import PauseForm
from cass_portal.delivery.views.base import bp, page
from cass_portal.fields import given
from cass_portal.policy import Permission
from cass_portal.web import current_actor, requires


@bp.get("/deliveries/pause")
@requires(Permission.SENDING_PAUSE)
def sending() -> str:
    return page("delivery/sending.html")


@bp.post("/deliveries/pause")
@requires(Permission.SENDING_PAUSE)
def pause_sending() -> str | Response | tuple[str, int]:
    form = PauseForm()
    if not form.validate_on_submit():
        return page("delivery/sending.html", pause_form=form), 422
    actions.pause_sending(reason=given(form.reason), by=current_actor())
    db.session.commit()
    flash("Nothing leaves any more. What happens is kept and goes out afterwards.", "success")
    return redirect(url_for(".index"), 303)


@bp.post("/deliveries/resumption")
@requires(Permission.SENDING_PAUSE)
def resume_sending() -> Response:
    actions.resume_sending(by=current_actor())
    db.session.commit()
    flash("Sending goes on, what is urgent first.", "success")
    return redirect(url_for(".index"), 303)
