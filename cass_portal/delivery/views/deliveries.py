"""What was sent to whom, and what did not arrive."""

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from cass_portal.db import db
from cass_portal.delivery import actions, queries
from cass_portal.delivery.actions.by_staff import RESENT_AT_ONCE
from cass_portal.delivery.forms import FilterForm
from cass_portal.delivery.models import Delivery
from cass_portal.delivery.views.base import bp, page, place
from cass_portal.delivery.words import ROLES, STATES, matter_of
from cass_portal.policy import Permission
from cass_portal.web import current_actor, get_or_404, requires


@bp.get("/deliveries/")
@requires(Permission.DELIVERY_READ)
def index() -> str:
    form = FilterForm()
    found = queries.page_of(current_actor(), form.wanted, before=place("before"), after=place("after"))
    chosen = form.address
    counts, is_more = queries.unsent_counts()
    return page(
        "delivery/index.html",
        page=found,
        form=form,
        chosen=chosen,
        states=STATES,
        counts={state: counts[state] for state in STATES if counts.get(state)},
        counts_are_low=is_more,
        failed=queries.count_failed(current_actor(), form.wanted, most=RESENT_AT_ONCE),
        most=RESENT_AT_ONCE,
        matter_of=matter_of,
        roles=ROLES,
        newer_url=url_for(".index", **chosen, after=found.newer) if found.newer else None,
        older_url=url_for(".index", **chosen, before=found.older) if found.older else None,
    )


@bp.post("/deliveries/<int:delivery_id>/resending")
@requires(Permission.DELIVERY_RESEND)
def resend(delivery_id: int) -> Response:
    delivery = get_or_404(queries.visible_to(current_actor()).where(Delivery.id == delivery_id))
    actions.resend(delivery, by=current_actor())
    db.session.commit()
    flash("It is sent again within a minute.", "success")
    return redirect(url_for(".index", **FilterForm().address), 303)


@bp.post("/deliveries/resending")
@requires(Permission.DELIVERY_RESEND)
def resend_failed() -> Response:
    form = FilterForm()
    count = actions.resend_all(form.wanted, by=current_actor())
    db.session.commit()
    if count:
        flash(f"{_mails(count)} within a minute, at the relay's pace.", "success")
    else:
        flash("Nothing of this has failed.", "info")
    return redirect(url_for(".index", **form.address), 303)


def _mails(count: int) -> str:
    return "One is sent again" if count == 1 else f"{count:,} are sent again, beginning"
