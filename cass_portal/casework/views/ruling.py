"""Routing without a coordinator: where it is allowed, and what it would have done."""

from typing import Any

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from cass_portal.casework import reviewed, reviewing, teaching
from cass_portal.casework.ruling_forms import RuleForm
from cass_portal.casework.views.blueprint import bp
from cass_portal.db import db
from cass_portal.directory import actions
from cass_portal.directory import queries as directory
from cass_portal.policy import Permission
from cass_portal.text import clean_line
from cass_portal.web import check_version, current_actor, get_or_404, render, requires


@bp.get("/routing/")
@requires(Permission.ROUTING_MANAGE)
def rules() -> str:
    return _show({})


@bp.post("/routing/<short_name>/")
@requires(Permission.ROUTING_MANAGE)
def set_rule(short_name: str) -> Response | tuple[str, int]:
    actor = current_actor()
    member = get_or_404(directory.managed_by(actor).where(directory.is_called(clean_line(short_name))))
    form = RuleForm(member)
    if not form.validate_on_submit():
        return _show({member.short_name: form}), 422
    check_version(member, form.version.data)
    if member.route_above != form.confidence:
        reviewing.ask()
    actions.route_by_rule_above(member, form.confidence, by=actor)
    db.session.commit()
    flash(
        f"New matters go to {member.short_name} by themselves when the portal is at least {form.above.data} % sure."
        if form.confidence is not None
        else f"Nothing goes to {member.short_name} without a coordinator.",
        "success",
    )
    return redirect(url_for(".rules"), 303)


@bp.post("/routing-report")
@requires(Permission.ROUTING_MANAGE)
def ask_for_report() -> Response:
    reviewing.ask()
    db.session.commit()
    flash("A new report is being made. Load this page again in a minute.", "success")
    return redirect(url_for(".rules"), 303)


def _show(given: dict[str, Any]) -> str:
    members = directory.current_members()
    report = reviewing.latest()
    return render(
        "casework/routing.html",
        report=report,
        being_made=reviewing.under_way(),
        looked_at=reviewed.looked_at(report),
        reports=reviewed.told(report, members, actor=current_actor()),
        forms={
            each.short_name: given.get(each.short_name) or RuleForm(each, formdata=None) for each in members
        },
        refused=next(iter(given.values()), None),
        learned=teaching.kept(),
        days=reviewing.DAYS,
    )
