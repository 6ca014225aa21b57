"""Staff enter what somebody told them elsewhere, and change what a matter is about."""

from typing import Any

from flask import flash, redirect, request, url_for
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from cass_portal import tokens
from cass_portal.casework import actions
from cass_portal.casework import intake_forms as i
from cass_portal.casework.actions.entering import Heard
from cass_portal.casework.decided import was_unasked
from cass_portal.casework.views.blueprint import bp
from cass_portal.casework.views.item import on_item
from cass_portal.db import db
from cass_portal.directory.queries import about_by_slugs, about_groups
from cass_portal.feedback.lifecycle import FEEDBACK
from cass_portal.feedback.models import Feedback, FeedbackKind, Source, StakeholderKind, Visibility
from cass_portal.feedback.queries import by_form_key
from cass_portal.fields import given
from cass_portal.policy import Permission, can
from cass_portal.web import current_actor, render, requires
from cass_portal.web.panels import panel

UNASKED = " Nobody is asked whether they want to hear of it: their address is blocked, or was asked too often today."


@bp.route("/feedback/new", methods=["GET", "POST"])
@requires(Permission.FEEDBACK_ENTER)
def enter() -> Response | str | tuple[str, int]:
    form = i.EnterForm()
    form.offer(may_be_public=_is_coordinator())
    if request.method != "POST":
        form.form_key.data = tokens.new_secret()
        return _page(form)
    if not form.validate():
        form.form_key.data = form.form_key.data or tokens.new_secret()
        return _page(form), 422
    item = _entered(form, f"entered:{current_actor().id}:{form.form_key.data}")
    unasked = UNASKED if was_unasked(item) else ""
    flash(f"Entered as {item.reference}. A coordinator chooses who should have it.{unasked}", "success")
    if _is_coordinator():
        return redirect(url_for(".item", reference=item.reference), 303)
    return redirect(url_for(".enter"), 303)


def _entered(form: i.EnterForm, form_key: str) -> Feedback:
    """Stored now, or by the same form a moment ago."""
    try:
        item = actions.enter(_heard(form), by=current_actor(), form_key=form_key)
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        earlier = by_form_key(form_key)
        if earlier is None:
            raise
        return earlier
    return item


def _heard(form: i.EnterForm) -> Heard:
    products, topics = about_by_slugs(form.about.data or [], listed=False)
    return Heard(
        subject=given(form.subject),
        body=given(form.body),
        source=Source(form.source.data),
        source_note=given(form.source_note),
        kind=FeedbackKind(form.kind.data),
        stakeholder_kind=StakeholderKind(form.stakeholder_kind.data),
        name=form.name.data,
        email=form.email.data,
        language=form.language.data,
        visibility=Visibility(form.visibility.data),
        products=products,
        topics=topics,
    )


def _page(form: i.EnterForm) -> str:
    return render("casework/enter.html", form=form, groups=about_groups(), may_import=_is_coordinator())


def _is_coordinator() -> bool:
    return can(current_actor(), Permission.FEEDBACK_MODERATE)


@bp.post("/triage/<reference>/about")
@requires(Permission.FEEDBACK_ROUTE)
def change_about(reference: str) -> Any:
    form = i.AboutForm()

    def act(item: Feedback) -> None:
        products, topics = about_by_slugs(form.about.data or [], listed=False)
        actions.change_about(item, products=products, topics=topics, by=current_actor())

    return on_item(reference, form, act, done="Changed what it is about.")


@panel("matter")
def source_of_matter(item: Feedback) -> str:
    return render("casework/_entered.html", item=item, source_words=i.SOURCE_NAMES).strip()


@panel("matter acts")
def about_of_matter(item: Feedback) -> str:
    if not FEEDBACK.allows("change_about", item.state):
        return ""
    form = i.AboutForm(
        formdata=None, about=[*(each.slug for each in item.products), *(each.slug for each in item.topics)]
    )
    form.version.data = item.version
    return render("casework/_about.html", item=item, form=form, groups=groups_with(item)).strip()


def groups_with(item: Feedback) -> list[Any]:
    """What it can be about; what it is about already stays to be chosen, listed or not."""
    groups: list[Any] = list(about_groups())
    offered = {slug for _, options in groups for slug, *_ in options}
    others = [(each.slug, each.name, "") for each in item.products if each.slug not in offered]
    return [("Not listed publicly", others), *groups] if others else groups


@panel("matter acts")
def undo_of_matter(item: Feedback) -> str:
    """Taking back an acceptance or a rejection that was a mistake."""
    return render("casework/_undo.html", item=item, may_undo_accept=actions.may_undo_accept(item)).strip()
