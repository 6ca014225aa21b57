"""Addresses that are not written to: why, since when, and writing to them again."""

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from cass_portal.db import db
from cass_portal.delivery import actions
from cass_portal.delivery.forms import BlockForm, SearchForm
from cass_portal.delivery.models import Suppression
from cass_portal.delivery.queries import figures
from cass_portal.delivery.queries.suppressed import standing_suppressions, suppressions_for, suppressions_of
from cass_portal.delivery.views.base import bp, page, place
from cass_portal.delivery.words import SUPPRESSED_BECAUSE
from cass_portal.fields import given
from cass_portal.policy import Permission
from cass_portal.transitions import TransitionRefused
from cass_portal.web import current_actor, get_or_404, requires


@bp.get("/deliveries/suppressed/")
@requires(Permission.SUPPRESSION_RELEASE)
def suppressed() -> str:
    return _list(BlockForm())


@bp.post("/deliveries/suppressed/")
@requires(Permission.SUPPRESSION_RELEASE)
def suppress() -> str | Response | tuple[str, int]:
    form = BlockForm()
    if form.validate_on_submit():
        try:
            actions.block(given(form.email), detail=given(form.detail), by=current_actor())
        except TransitionRefused:
            form.email.errors = ["No mail is sent there already."]
        else:
            db.session.commit()
            flash("No mail is sent there any more.", "success")
            return redirect(url_for(".suppressed"), 303)
    return _list(form), 422


@bp.post("/deliveries/suppressed/<int:suppression_id>/release")
@requires(Permission.SUPPRESSION_RELEASE)
def release(suppression_id: int) -> Response:
    suppression = get_or_404(suppressions_for(current_actor()).where(Suppression.id == suppression_id))
    actions.release_suppression(suppression, by=current_actor())
    db.session.commit()
    flash("The address gets mail again. What was not sent meanwhile is not sent now.", "success")
    return redirect(url_for(".suppressed"), 303)


def _list(block_form: BlockForm) -> str:
    search = SearchForm()
    if search.wanted:
        rows, older = suppressions_of(current_actor(), search.wanted), None
    else:
        rows, older = standing_suppressions(current_actor(), before=place("before"))
    return page(
        "delivery/suppressed.html",
        rows=rows,
        search=search,
        form=block_form,
        because=SUPPRESSED_BECAUSE,
        counts=figures.suppressed_counts(),
        newer_url=url_for(".suppressed") if place("before") and not search.wanted else None,
        older_url=url_for(".suppressed", before=older) if older else None,
    )
