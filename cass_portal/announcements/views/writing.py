"""Writing: a new document, the text of an open edition, and its preview."""

from typing import Any

from flask import flash, redirect, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from cass_portal.announcements import actions, queries
from cass_portal.announcements.forms import EditionForm
from cass_portal.announcements.models import AnnouncementKind, Edition
from cass_portal.announcements.rules import check
from cass_portal.announcements.views.blueprint import bp
from cass_portal.db import db
from cass_portal.directory import queries as directory
from cass_portal.directory.models import Organization, Product
from cass_portal.fields import given
from cass_portal.policy import Permission
from cass_portal.text import preview
from cass_portal.web import current_actor, get_or_404, render, requires

Answer = str | Response | tuple[str, int]


@bp.route("/desk/announcements/new", methods=["GET", "POST"])
@requires(Permission.ANNOUNCEMENT_CREATE)
def create() -> Answer:
    actor = current_actor()
    led = [each for each in actor.organizations if each.id in actor.led_organization_ids]
    writers: list[Organization | None] = [None, *led] if actor.is_coordinator else [*led]
    organizations, products = _offered(actor, None)
    form = EditionForm()
    form.offer(organizations=organizations, products=products, written_for=writers)
    del form.change_note, form.is_minor
    if form.preview.data or not form.validate_on_submit():
        return _form_page(form, products, writers=writers)
    announcement = actions.create(
        kind=AnnouncementKind(form.kind.data),
        organization=next((each for each in led if str(each.id) == form.written_for.data), None),
        **_text_of(form, organizations, products),
        by=actor,
    )
    db.session.commit()
    flash("The draft is saved. Request sign-off when it is ready.", "success")
    return redirect(url_for(".document", slug=announcement.slug), 303)


@bp.route("/desk/announcements/<slug>/<int(max=9999):number>/edit", methods=["GET", "POST"])
@requires(Permission.ANNOUNCEMENT_EDIT)
def edit(slug: str, number: int) -> Answer:
    actor = current_actor()
    edition = get_or_404(queries.desk_edition(actor, slug, number))
    check("edit", edition, by=actor)
    form = EditionForm(data=_data_of(edition))
    organizations, products = _offered(actor, edition)
    form.offer(organizations=organizations, products=products, written_for=[])
    _leave_out(form, edition)
    if form.preview.data or not form.validate_on_submit():
        return _form_page(form, products, edition=edition)
    if form.version.data != edition.version:
        form.version.process_data(edition.version)
        return _form_page(form, products, edition=edition, newer=edition), 409
    changed = actions.edit(
        edition,
        kind=AnnouncementKind(form.kind.data) if "kind" in form else None,
        change_note=form.change_note.data if "change_note" in form else None,
        is_minor=form.is_minor.data if "is_minor" in form else False,
        **_text_of(form, organizations, products),
        by=actor,
    )
    db.session.commit()
    flash(
        "Saved." if changed else "Nothing was changed, so nothing was saved.",
        "success" if changed else "info",
    )
    return redirect(url_for(".desk_edition", slug=slug, number=number), 303)


def _form_page(form: EditionForm, products: list[Product], **context: Any) -> Any:
    page = render(
        "announcements/form.html",
        form=form,
        groups=[("Products", [(each.id, each.name, directory.words_of(each)) for each in products])],
        **({"edition": None, "newer": None, "writers": []} | context),
        preview=Markup(preview(form.body.data))
        if form.body.data and (form.preview.data or not form.errors)
        else None,
    )
    return (page, 422) if form.errors else page


def _offered(actor: Any, edition: Edition | None) -> tuple[list[Organization], list[Product]]:
    """What may be chosen: what is current and the person's to name, and what is chosen already."""
    organizations = [
        each
        for each in directory.current_members()
        if actor.is_coordinator or each.id in actor.led_organization_ids
    ]
    products = directory.listed_products()
    if edition is not None:
        organizations += [each for each in edition.organizations if each not in organizations]
        products += [each for each in edition.products if each not in products]
    return organizations, products


def _data_of(edition: Edition) -> dict[str, Any]:
    plain = ("title", "summary", "body", "change_note", "is_minor", "version")
    return {
        **{name: getattr(edition, name) for name in plain},
        "kind": edition.announcement.kind.value,
        "organizations": [each.id for each in edition.organizations],
        "products": [each.id for each in edition.products],
    }


def _leave_out(form: EditionForm, edition: Edition) -> None:
    """Drop the fields that do not apply: the kind is fixed once public, a first edition changes nothing."""
    del form.written_for
    if edition.announcement.first_published_at is not None:
        del form.kind
    if edition.number == 1:
        del form.change_note, form.is_minor


def _text_of(form: EditionForm, organizations: list[Organization], products: list[Product]) -> actions.Text:
    return {
        "title": given(form.title),
        "summary": given(form.summary),
        "body": given(form.body),
        "organizations": form.chosen(organizations, "organizations"),
        "products": form.chosen(products, "products"),
    }
