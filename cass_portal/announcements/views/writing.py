"""Writing: a new document, and the text of an open edition."""

from typing import Any

from flask import flash, redirect, request, url_for
from markupsafe import Markup
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from cass_portal.announcements import actions, queries
from cass_portal.announcements.forms.edition import LEVEL_WORDS
from cass_portal.announcements.models import AnnouncementKind, Edition
from cass_portal.announcements.rules import check
from cass_portal.announcements.views.blueprint import EDITION, bp
from cass_portal.announcements.views.house_style import remedies_in
from cass_portal.announcements.views.link_check import look_at_links
from cass_portal.announcements.views.sheets import Sheet
from cass_portal.announcements.views.unsaved import keep_what_was_sent, others_at
from cass_portal.db import db
from cass_portal.policy import Permission
from cass_portal.text import preview
from cass_portal.web import current_actor, get_or_404, render, requires

Answer = str | Response | tuple[str, int]


@bp.route("/desk/announcements/new", methods=["GET", "POST"])
@requires(Permission.ANNOUNCEMENT_CREATE)
def create() -> Answer:
    actor = current_actor()
    sheet = Sheet(actor)
    if request.method != "POST":
        return _form_page(sheet)
    if sheet.form.preview.data or not sheet.form.validate():
        return _not_yet(sheet)
    announcement = actions.create(
        kind=AnnouncementKind(sheet.frame["kind"]),
        organization=sheet.organization_written_for,
        **sheet.text,
        by=actor,
    )
    actions.throw_away(None, by=actor)
    db.session.commit()
    look_at_links(announcement.latest_edition)
    flash("The draft is saved. Request sign-off when it is ready.", "success")
    return redirect(url_for(".document", slug=announcement.slug), 303)


@bp.route(f"{EDITION}/edit", methods=["GET", "POST"])
@requires(Permission.ANNOUNCEMENT_EDIT)
def edit(slug: str, number: int) -> Answer:
    actor = current_actor()
    sheet = Sheet(actor, _found(slug, number))
    if request.method != "POST":
        return _form_page(sheet)
    if sheet.form.preview.data or not sheet.form.validate():
        return _not_yet(sheet)
    if sheet.form.version.data != sheet.stored.version:
        return _conflict(sheet)
    try:
        changed = actions.edit(sheet.stored, **sheet.frame, **sheet.text, by=actor)
        actions.throw_away(sheet.stored, by=actor)
        db.session.commit()
    except StaleDataError:  # somebody else's text was stored between our look and our own
        db.session.rollback()
        return _conflict(Sheet(actor, _found(slug, number)))
    look_at_links(sheet.stored)
    flash(*("Saved.", "success") if changed else ("Nothing was changed, so nothing was saved.", "info"))
    return redirect(url_for(".desk_edition", slug=slug, number=number), 303)


def _found(slug: str, number: int) -> Edition:
    """An edition that may be edited now."""
    edition = get_or_404(queries.desk_edition(current_actor(), slug, number))
    check("edit", edition, by=current_actor())
    return edition


def _not_yet(sheet: Sheet) -> Answer:
    """The preview, or what stands against saving. The text is kept as the person's own."""
    keep_what_was_sent(sheet.edition)
    page = _form_page(sheet)
    db.session.commit()
    return (page, 422) if sheet.form.errors else page


def _conflict(sheet: Sheet) -> Answer:
    """The newer text beside mine, which is kept; saving once more replaces the newer one."""
    keep_what_was_sent(sheet.edition)
    sheet.form.version.process_data(sheet.stored.version)
    page = _form_page(sheet, is_conflict=True)
    db.session.commit()
    return page, 409


def _form_page(sheet: Sheet, *, is_conflict: bool = False) -> str:
    form, edition = sheet.form, sheet.edition
    shows_preview = form.preview.data or not form.errors
    endpoint, names = (".autosave", _names(edition)) if edition is not None else (".autosave_new", {})
    return render(
        "announcements/form.html",
        form=form,
        edition=edition,
        groups=sheet.groups,
        remedies=remedies_in(form) if edition is not None or form.preview.data else None,
        writers=sheet.writers,
        preview=Markup(preview(form.body.data)) if form.body.data and shows_preview else None,
        level_products=form.chosen(sheet.products, "products"),
        level_words=LEVEL_WORDS,
        restored=sheet.restored,
        newer=edition if is_conflict or sheet.is_outdated else None,
        is_conflict=is_conflict,
        differences=sheet.differences if is_conflict or sheet.restored is not None else [],
        others=others_at(edition),
        autosave_url=url_for(endpoint, **names),
        autosave_key=f"{sheet.actor.id}:{url_for(endpoint, **names)}",
    )


def _names(edition: Edition) -> dict[str, Any]:
    return {"slug": edition.announcement.slug, "number": edition.number}
