"""Mail that came in: the tray that a coordinator empties, and what was done without one. For coordinators."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from cass_portal.db import db, peek
from cass_portal.feedback.lifecycle import FEEDBACK
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import by_reference
from cass_portal.mailroom import actions, queries
from cass_portal.mailroom.actions.settling import PlacedAs
from cass_portal.mailroom.enclosures import Enclosures, enclosures_of
from cass_portal.mailroom.forms import DismissForm, PlaceForm
from cass_portal.mailroom.models import InboundMail, MailState
from cass_portal.mailroom.queries import Shelf
from cass_portal.mailroom.words import EMPTY, KINDS, SHELVES
from cass_portal.policy import Permission
from cass_portal.text import clean_line, excerpt, plain_to_html, whole_number
from cass_portal.web import check_version, current_actor, get_or_404, render, requires

bp = Blueprint("mailroom", __name__, url_prefix="/desk/mail")
blueprints = [bp]


@bp.get("/")
@requires(Permission.MAIL_SETTLE)
def index() -> str:
    wanted = request.args.get("shelf", "")
    shelf = Shelf(wanted) if wanted in set(Shelf) else Shelf.TRAY
    found = queries.page_of(shelf, actor=current_actor(), before=whole_number(request.args.get("before")))
    return render(
        "mailroom/index.html",
        page=found,
        shelf=shelf,
        shelves=_tabs(shelf),
        empty_words=EMPTY[shelf],
        kinds=KINDS,
        excerpt=excerpt,
        older_url=url_for(".index", shelf=shelf.value, before=found.older) if found.older else None,
    )


@bp.get("/<int:mail_id>")
@requires(Permission.MAIL_SETTLE)
def show(mail_id: int) -> str:
    mail = get_or_404(queries.one(mail_id, actor=current_actor()))
    place = PlaceForm(data={"reference": mail.feedback.reference if mail.feedback else None, "as_": "reply"})
    return _page(mail, place=place, dismiss=DismissForm())


@bp.get("/<int:mail_id>/message")
@requires(Permission.MAIL_SETTLE)
def message(mail_id: int) -> Response:
    """The octets as they came in, as text that no browser takes for anything else."""
    mail = get_or_404(queries.visible_to(current_actor()).where(InboundMail.id == mail_id))
    if mail.raw is None:
        raise NotFound
    answer = Response(mail.raw, content_type="text/plain")
    answer.headers.set("Content-Disposition", "attachment", filename=f"mail-{mail.id}.txt")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@bp.post("/<int:mail_id>/placement")
@requires(Permission.MAIL_SETTLE)
def place(mail_id: int) -> Response | tuple[str, int]:
    enclosures = _enclosures(mail_id)
    mail = get_or_404(queries.one(mail_id, actor=current_actor()))
    form = PlaceForm()
    check_version(mail, form.version.data)
    item = _matter_for(form) if form.validate_on_submit() else None
    if item is None:
        return _page(mail, place=form, dismiss=DismissForm(formdata=None)), 422
    actions.place(mail, item, as_=PlacedAs(form.as_.data), by=current_actor(), enclosures=enclosures)
    db.session.commit()
    flash(f"It is part of {item.reference} now.", "success")
    return redirect(url_for(".index"), 303)


def _enclosures(mail_id: int) -> Enclosures | None:
    """The files of a mail, stored before a transaction begins; what comes to nothing is tidied away as unnamed."""
    db.session.rollback()
    mail = peek(lambda: get_or_404(queries.one(mail_id, actor=current_actor())))
    raw, has_files = mail.raw, bool(mail.attachments)
    db.session.rollback()
    if raw is None or not has_files:
        return None
    settings = current_app.extensions["settings"]
    return enclosures_of(raw, current_app.extensions["attachments"], scans=bool(settings.clamd))


@bp.post("/<int:mail_id>/dismissal")
@requires(Permission.MAIL_SETTLE)
def dismiss(mail_id: int) -> Response | tuple[str, int]:
    mail = get_or_404(queries.one(mail_id, actor=current_actor()))
    form = DismissForm()
    check_version(mail, form.version.data)
    if not form.validate_on_submit():
        return _page(mail, place=PlaceForm(formdata=None), dismiss=form), 422
    actions.dismiss(mail, reason=str(form.reason.data), by=current_actor())
    db.session.commit()
    flash("It is settled; the reason stands beside it.", "success")
    return redirect(url_for(".index"), 303)


def _matter_for(form: PlaceForm) -> Feedback | None:
    """The matter that the form names, if it takes what the form wants to put into it; else the form says why not."""
    reference = clean_line(form.reference.data or "").upper()
    item = db.session.scalar(by_reference(reference, actor=current_actor()))
    if item is None:
        form.reference.errors = [*form.reference.errors, "There is no matter with this reference."]
        return None
    if form.as_.data == PlacedAs.REPLY and not FEEDBACK.allows("reply", item.state):
        words = f"This matter takes no replies as it stands: it is {item.state.value.replace('_', ' ')}."
        form.reference.errors = [*form.reference.errors, words]
        return None
    return item


def _page(mail: InboundMail, *, place: PlaceForm, dismiss: DismissForm) -> str:
    for form in (place, dismiss):
        form.version.data = mail.version
    return render(
        "mailroom/mail.html",
        mail=mail,
        body=plain_to_html(mail.text),
        kinds=KINDS,
        waits=mail.state == MailState.TRAY,
        is_kept=queries.is_kept(mail),
        forms={"place": place, "dismiss": dismiss},
    )


def _tabs(chosen: Shelf) -> list[dict[str, Any]]:
    return [
        {"label": label, "href": url_for(".index", shelf=shelf.value), "active": shelf == chosen}
        for shelf, label in SHELVES.items()
    ]
