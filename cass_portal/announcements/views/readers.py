"""Readers from outside: links to an unpublished edition, made and ended at the desk, and the page that they open."""

from typing import Any

from flask import flash, redirect, url_for
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from cass_portal import tokens
from cass_portal.announcements import queries
from cass_portal.announcements.actions import readers as actions
from cass_portal.announcements.forms import KIND_WORDS
from cass_portal.announcements.forms.agreement import CommentForm, ReaderForm
from cass_portal.announcements.models import Edition, ReaderLink, ReaderLinkKind
from cass_portal.announcements.queries import readers as links
from cass_portal.announcements.views.blueprint import EDITION, bp
from cass_portal.db import db
from cass_portal.policy import Permission, require
from cass_portal.web import current_actor, get_or_404, limit, public, public_url, render, requires
from cass_portal.web.limits import is_stored, submission_rate
from cass_portal.web.private import limit_guesses, secret_key

Answer = str | Response | tuple[str, int]
FORM_SECONDS = 7 * 86_400
STALE = "This page was open for very long. Please send it once more."
SENT_BEFORE = "You sent this page before, with another text. Send it once more to add this one."


@bp.route(f"{EDITION}/readers", methods=["GET", "POST"])
@requires(Permission.ANNOUNCEMENT_EDIT)
def readers(slug: str, number: int) -> Answer:
    """The links to an edition. The secret of a new one is on the answer that made it, and nowhere else."""
    edition = _edited(slug, number)
    form = ReaderForm()
    if not form.validate_on_submit():
        answer = _desk_page(edition, form)
        return (answer, 422) if form.errors else answer
    link, secret = actions.invite_reader(
        edition, kind=ReaderLinkKind(form.kind.data), label=form.label.data or "", by=current_actor()
    )
    db.session.commit()
    address = public_url(".preview", token=secret)
    return _desk_page(edition, ReaderForm(formdata=None), made=link, address=address), 201


@bp.post(f"{EDITION}/readers/<int:link_id>/end")
@requires(Permission.ANNOUNCEMENT_EDIT)
def end_reader_link(slug: str, number: int, link_id: int) -> Response:
    link = get_or_404(links.link_to(_edited(slug, number), link_id))
    actions.end_reader_link(link, by=current_actor())
    db.session.commit()
    flash("The link is ended. It opens nothing any more.", "success")
    return redirect(url_for(".readers", slug=slug, number=number), 303)


@bp.get("/preview/<token>")
@public
@limit_guesses
def preview(token: str) -> Answer:
    link = get_or_404(links.by_secret(token))
    return _preview_page(link, token)


@bp.post("/preview/<token>/comments")
@public
@limit_guesses
@limit(submission_rate, deduct_when=is_stored)
def comment(token: str) -> Answer:
    link, form = get_or_404(links.by_secret(token)), CommentForm()
    if not link.is_open:
        return _preview_page(link, token, form)
    if not form.validate():
        return _preview_page(link, token, form, status=422)
    seen = _seen(link, form)
    if seen is None:
        return _ask_again(link, token, form, STALE)
    return _store(link, token, form, text_hash=seen[0], form_key=seen[1])


def _store(link: ReaderLink, token: str, form: CommentForm, *, text_hash: str, form_key: str) -> Answer:
    """A repeated sending of one form is answered as the first was, and stored once."""
    body = form.body.data or ""
    try:
        actions.comment(link, body=body, text_hash=text_hash, form_key=form_key)
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        earlier = links.comment_by_form_key(form_key)
        if earlier is None or earlier.body != body:
            return _ask_again(get_or_404(links.by_secret(token)), token, form, SENT_BEFORE)
    return redirect(url_for(".preview", token=token, _anchor="comments"), 303)


def _ask_again(link: ReaderLink, token: str, form: CommentForm, why: str) -> Answer:
    """Give everything typed back under a new form key."""
    form.form_errors.append(why)
    form.form_key.data = _form_key(link)
    return _preview_page(link, token, form, status=422)


def _form_key(link: ReaderLink) -> str:
    seen = [link.id, link.edition.text_hash, tokens.new_secret()]
    return tokens.sign(secret_key(), tokens.COMMENT_FORM, seen)


def _seen(link: ReaderLink, form: CommentForm) -> tuple[str, str] | None:
    """Digest of the text on the page that the form came with, and the form's own key; None unless made for `link`."""
    signed = tokens.read(secret_key(), tokens.COMMENT_FORM, form.form_key.data or "", max_age=FORM_SECONDS)
    if signed is None or signed[0] != link.id:
        return None
    return signed[1], signed[2]


def _preview_page(
    link: ReaderLink, token: str, form: CommentForm | None = None, *, status: int = 200
) -> Answer:
    """The unpublished text; 410 with where to go from there once the link has ended."""
    edition = link.edition
    if not link.is_open:
        kept = form.body.data if form is not None else None
        return render("announcements/preview_ended.html", edition=edition, link=link, kept=kept), 410
    if form is None:
        form = CommentForm(formdata=None)
        form.form_key.data = _form_key(link)
    return render(
        "announcements/preview.html",
        edition=edition,
        link=link,
        token=token,
        form=form,
        kind_words=KIND_WORDS,
    ), status


def _edited(slug: str, number: int) -> Edition:
    edition: Edition = get_or_404(queries.desk_edition(current_actor(), slug, number))
    require(current_actor(), Permission.ANNOUNCEMENT_EDIT, edition)
    return edition


def _desk_page(edition: Edition, form: ReaderForm, **made: Any) -> str:
    return render(
        "announcements/readers.html",
        edition=edition,
        links=links.links_to(edition),
        form=form,
        **({"made": None, "address": None} | made),
    )
