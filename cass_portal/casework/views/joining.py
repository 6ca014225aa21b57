"""Two matters side by side, joining them, taking them apart; and making two of one."""

from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from cass_portal.casework import actions, duplicates
from cass_portal.casework import forms as f
from cass_portal.casework.actions.joining import check_joining
from cass_portal.casework.joining_forms import JoinForm, SplitForm
from cass_portal.casework.refusals import NotTheirWords
from cass_portal.casework.views.acting import perform
from cass_portal.casework.views.blueprint import bp
from cass_portal.casework.views.entering import groups_with
from cass_portal.casework.views.item import find, on_item
from cass_portal.db import db
from cass_portal.directory.queries import about_by_slugs
from cass_portal.feedback.joining import root_of, standing_merge
from cass_portal.feedback.lifecycle import FEEDBACK, FeedbackState
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import by_reference
from cass_portal.fields import given
from cass_portal.policy import Permission, can
from cass_portal.text import clean_line
from cass_portal.transitions import ActRefused
from cass_portal.web import check_version, current_actor, get_or_404, render, requires
from cass_portal.web.panels import panel


@bp.get("/triage/<reference>/duplicate")
@requires(Permission.FEEDBACK_MERGE)
def compare(reference: str) -> str | Response:
    """`q` is the reference of the other matter, however it was typed; without it, what might be the same."""
    item, typed = find(reference), clean_line(request.args.get("q", ""))
    if not FEEDBACK.allows("merge", item.state):
        return redirect(url_for(".item", reference=item.reference), 303)
    other = duplicates.named(typed, actor=current_actor()) if typed else None
    return _compare(item, other, typed=typed)


@bp.post("/triage/<reference>/duplicate")
@requires(Permission.FEEDBACK_MERGE)
def join(reference: str) -> Any:
    form, matter = JoinForm(), find(reference)
    check_version(matter, form.version.data)
    other = get_or_404(by_reference(form.into.data or "", actor=current_actor()))
    check_version(other, form.into_version.data)

    def act(item: Feedback) -> None:
        actions.merge(item, other, by=current_actor())

    return perform(
        matter,
        form,
        act,
        done=f"Joined with {other.reference}. Its author is told, and hears what comes of it.",
        back=url_for(".item", reference=reference),
        show_again=lambda: _compare(matter, other, typed=other.reference),
    )


@bp.post("/triage/<reference>/duplicate/undo")
@requires(Permission.FEEDBACK_MERGE)
def take_apart(reference: str) -> Any:
    def act(item: Feedback) -> None:
        actions.unmerge(item, by=current_actor())

    return on_item(reference, f.PlainActForm(), act, done="Taken apart. Everything is as it was.")


@bp.route("/triage/<reference>/split", methods=["GET", "POST"])
@requires(Permission.FEEDBACK_MERGE)
def split(reference: str) -> Response | str | tuple[str, int]:
    item, form = find(reference), SplitForm()
    if not FEEDBACK.allows("split", item.state):
        return redirect(url_for(".item", reference=item.reference), 303)
    if request.method != "POST":
        form.version.data, form.body.data = item.version, item.body
        form.about.data = [*(each.slug for each in item.products), *(each.slug for each in item.topics)]
        return _split(item, form)
    check_version(item, form.version.data)
    if not form.validate():
        return _split(item, form), 422
    products, topics = about_by_slugs(form.about.data or [], listed=False)
    try:
        second = actions.split(
            item, given(form.subject), given(form.body), by=current_actor(), products=products, topics=topics
        )
    except NotTheirWords as refusal:
        form.body.errors = [f"Only words of the author: {refusal}."]
        return _split(item, form), 422
    db.session.commit()
    flash(f"Two matters now: this one came of {item.reference}. Choose who should have it.", "success")
    return redirect(url_for(".item", reference=second.reference), 303)


def _compare(item: Feedback, other: Feedback | None, *, typed: str) -> str:
    form = JoinForm(formdata=None)
    if other is not None:
        form.version.data, form.into.data, form.into_version.data = (
            item.version,
            other.reference,
            other.version,
        )
    return render(
        "casework/compare.html",
        item=item,
        other=other,
        typed=typed,
        refusal=_refusal(item, other),
        proposals=[] if other else duplicates.proposals(item, actor=current_actor()),
        form=form,
        visibility_words=f.VISIBILITY_WORDS,
        stakeholder_words=f.STAKEHOLDER_WORDS,
    )


def _refusal(item: Feedback, other: Feedback | None) -> str | None:
    """Why the two cannot be joined, before anybody tries."""
    if other is None:
        return None
    try:
        check_joining(item, other)
    except ActRefused as refusal:
        return str(refusal)
    return None


def _split(item: Feedback, form: SplitForm) -> str:
    return render("casework/split.html", item=item, form=form, groups=groups_with(item))


@panel("matter")
def joined_panel(item: Feedback) -> str:
    """On a matter's page: what it is joined with, and what is joined with it or came of it. Coordinators read all."""
    if not can(current_actor(), Permission.FEEDBACK_READ_ALL):
        return ""
    merge = standing_merge(item) if item.state == "merged" else None
    if merge is None and not (item.duplicates or item.split_off or item.split_from):
        return ""
    return render("casework/_joined.html", item=item, merge=merge, root=root_of(item) if merge else None)


@panel("matter twins")
def twins_panel(item: Feedback) -> str:
    """Below the words of a new matter: whoever joins it in time spares a member the same answer twice."""
    if item.state != FeedbackState.NEW or not can(current_actor(), Permission.FEEDBACK_MERGE, item):
        return ""
    parts = [item.split_from, *item.split_off]
    found = [each for each in duplicates.proposals(item, actor=current_actor()) if each not in parts]
    return render("casework/_twins.html", item=item, proposals=found) if found else ""


@panel("matter acts")
def joining_panel(item: Feedback) -> str:
    """Folded below the other acts; what may say the same only where the page has not shown it already."""
    acts = {each.act for each in FEEDBACK.open_acts(item.state)} & {"merge", "split"}
    if not acts or not can(current_actor(), Permission.FEEDBACK_MERGE, item):
        return ""
    looks = "merge" in acts and item.state != FeedbackState.NEW
    found = duplicates.proposals(item, actor=current_actor()) if looks else []
    return render("casework/_joining.html", item=item, acts=acts, proposals=found)
