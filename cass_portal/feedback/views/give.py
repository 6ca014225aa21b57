"""Giving feedback: one page, no account, and a retry that stores nothing twice."""

import json
from functools import lru_cache
from typing import Any

from flask import current_app, redirect, request, session, url_for
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from cass_portal import tokens
from cass_portal.db import db, peek
from cass_portal.directory.queries import about_by_slugs, about_groups, catalog_stamp
from cass_portal.feedback import actions, queries, return_codes
from cass_portal.feedback.attachments.checking import Kept
from cass_portal.feedback.forms import SUBJECT_LIMIT, FeedbackForm
from cass_portal.feedback.models import Feedback, FeedbackKind, StakeholderKind, Visibility
from cass_portal.feedback.moderation import TOO_OFTEN, asked_too_often, judgment_of
from cass_portal.feedback.prompts import answers_to, prompts_for
from cass_portal.feedback.views.coming_back import follow_secret, hand_out
from cass_portal.feedback.views.files import drop, keep
from cass_portal.feedback.views.hints import ALIKE_SEEN, Before, answers_typed, before_it_is_taken, drawn
from cass_portal.feedback.views.room import bp
from cass_portal.text import clean_line
from cass_portal.web import limit, public, render
from cass_portal.web.limits import is_stored, submission_rate
from cass_portal.web.private import secret_key
from cass_portal.web.translation import language
from cass_portal.web.uploads import takes_files

Groups = tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...]
Parts = tuple[Markup, Markup, Markup]
FORM_SECONDS = 7 * 86_400
SENT = "feedback-sent"
NOT_TYPED = ("csrf_token", "files", "form_key", "seen", "website")
TRAP_REASON = "A field that people cannot see was filled in."
STALE = _("This page was open for very long. Please send it once more.")
CHANGED = _(
    "You sent this page before, as %(reference)s, with another text. Send it once more to store it as new feedback."
)


@bp.route("/feedback/new", methods=["GET", "POST"])
@public
@takes_files
@limit(submission_rate, methods=["POST"], deduct_when=is_stored)
def new() -> Response | tuple[str, int]:
    form = FeedbackForm()
    if request.method != "POST":
        _prefill(form)
        return _page(form), 200
    key = tokens.read(secret_key(), tokens.FEEDBACK_FORM, form.form_key.data or "", max_age=FORM_SECONDS)
    if not form.validate():
        return _page(form), 422
    if key is None:
        return _ask_again(form, STALE)
    if before := peek(lambda: _shown_before(form)):
        return before
    key, digests = _key_of_the_same(form) or key, form.files.digests
    remembered = {_digest(form): key}
    earlier = _store(form, key, keep(form.files.checked))
    if earlier is not None and not _is_the_same(earlier, form, digests):
        return _ask_again(form, str(CHANGED) % {"reference": earlier.reference})
    session[SENT] = {} if form.is_anonymous.data else remembered
    if not form.email.data:
        hand_out(key)
    return redirect(url_for(".follow", token=follow_secret(key), received=1), 303)


def _is_the_same(earlier: Feedback, form: FeedbackForm, digests: list[str]) -> bool:
    """Whether nothing was sent now that was not stored before."""
    texts = (earlier.subject, earlier.body) == (form.subject.data, form.body.data)
    return texts and set(digests) <= {each.digest for each in earlier.attachments}


def _shown_before(form: FeedbackForm) -> tuple[str, int] | None:
    """The page once more with what its author should see first; drawn before anything is stored.

    What was sent already is only answered again.
    """
    if _key_of_the_same(form):
        return None
    before = before_it_is_taken(form)
    if not before:
        return None
    form.files.lose()
    return _page(form, before), 422 if before.is_stopped else 200


def _key_of_the_same(form: FeedbackForm) -> str | None:
    """The key under which this browser sent exactly the same last.

    Back on the form, browsers restore what was typed but not the form's key; sent again, it is no new feedback.
    """
    key: str | None = session.get(SENT, {}).get(_digest(form))
    return key


def _digest(form: FeedbackForm) -> str:
    typed = {each.name: each.data for each in form if each.name not in NOT_TYPED}
    typed |= {"files": form.files.digests, "answers": answers_typed()}
    return tokens.digest(json.dumps(typed, sort_keys=True))


def _prefill(form: FeedbackForm) -> None:
    """What the address names; unknown names are left out by the page."""
    form.about.process_formdata([*request.args.getlist("product"), *request.args.getlist("topic")])
    form.announcement.data = clean_line(request.args.get("announcement", ""))
    form.subject.data = clean_line(request.args.get("subject", ""))[:SUBJECT_LIMIT]
    if request.args.get("kind") in set(FeedbackKind):
        form.kind.data = request.args["kind"]
    _renew_key(form)


def _ask_again(form: FeedbackForm, why: str) -> tuple[str, int]:
    """Give everything typed back under a new form key."""
    form.form_errors.append(why)
    form.files.lose()
    _renew_key(form)
    return _page(form), 422


def _renew_key(form: FeedbackForm) -> None:
    form.form_key.data = tokens.sign(secret_key(), tokens.FEEDBACK_FORM, tokens.new_secret())


def _store(form: FeedbackForm, key: str, files: list[Kept]) -> Feedback | None:
    """None when it is stored now; else what the same form stored before, at the same moment even."""
    words = None if form.email.data else " ".join(return_codes.words_for(key, key=secret_key()))
    way_back = return_codes.way_back(words, key=secret_key()) if words else None
    try:
        _submit(form, key, files=files, way_back=way_back)
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        drop(files)
        earlier = queries.by_form_key(key)
        if earlier is None:
            raise
        return earlier
    return None


def _submit(form: FeedbackForm, key: str, **stored: Any) -> Feedback:
    products, topics = about_by_slugs(form.about.data) if form.about.data else ([], [])
    judgment = judgment_of(form.subject.data or "", form.body.data or "")
    too_often = asked_too_often(form.email.data)
    noticed = judgment.held_because if form.email.data else judgment.reasons
    return actions.submit(
        subject=form.subject.data or "",
        body=form.body.data or "",
        kind=FeedbackKind(form.kind.data),
        stakeholder_kind=StakeholderKind(form.stakeholder_kind.data),
        visibility=Visibility(form.visibility.data),
        products=products,
        topics=topics,
        announcement=queries.announcement_by_slug(form.announcement.data),
        name=form.name.data,
        email=form.email.data,
        affiliation=form.affiliation.data,
        form_key=key,
        follow_secret=follow_secret(key),
        held_because=[*_suspicions(form), *noticed, *([TOO_OFTEN] if too_often else [])],
        spam_score=judgment.score,
        language=language(),
        answers_given=answers_to(prompts_for(form.about.data or []), answers_typed(), language=language()),
        hold=bool(form.website.data) or too_often,
        is_anonymous=bool(form.is_anonymous.data),
        ping_email=None if form.email.data else form.ping_email.data,
        **stored,
    )


def _suspicions(form: FeedbackForm) -> list[str]:
    """Why a coordinator should look first. A person's text is held, never refused."""
    age = tokens.age_of(secret_key(), tokens.FEEDBACK_FORM, form.form_key.data or "") or 0
    quick = age < current_app.extensions["settings"].form_minimum_seconds
    reasons = [
        (TRAP_REASON, form.website.data),
        (f"Sent {max(age, 0):.0f} seconds after the form was opened.", quick),
    ]
    return [reason for reason, holds in reasons if holds]


def _page(form: FeedbackForm, before: Before | None = None) -> str:
    """`before` is shown at the top; what it shows, and all prompts, count as seen from now on."""
    groups = _groups(catalog_stamp(), language())
    prompts = before.prompts if before and before.prompts else prompts_for(form.about.data or [])
    is_alike_seen = bool(before and before.hints.similar) or ALIKE_SEEN in (form.seen.data or "").split()
    form.seen.data = " ".join([*(str(each.id) for each in prompts), *([ALIKE_SEEN] if is_alike_seen else [])])
    is_fresh = request.method != "POST" and not form.subject.data and form.kind.data == FeedbackKind.OTHER
    about = tuple(form.about.data or ())
    picker, text_fields, fields = (
        _fresh_fields(groups, about, language()) if is_fresh else _fields(form, groups)
    )
    return render(
        "feedback/new.html",
        form=form,
        picker_field=picker,
        text_fields=text_fields,
        fields=fields,
        announcement=queries.announcement_by_slug(form.announcement.data),
        before=before,
        **drawn(prompts),
    )


@lru_cache(maxsize=4)
def _groups(_stamp: tuple[Any, ...], _language: str) -> Groups:
    """What feedback can be about, kept while the catalog stays as it is."""
    return tuple((heading, tuple(options)) for heading, options in about_groups())


@lru_cache(maxsize=64)
def _fresh_fields(groups: Groups, about: tuple[str, ...], _language: str) -> Parts:
    """The fields before anybody typed: they follow from the arguments alone, and drawing them costs the most."""
    return _fields(FeedbackForm(formdata=None, data={"about": about}), groups)


def _fields(form: FeedbackForm, groups: Groups) -> Parts:
    """What it is about, the text, the rest: what belongs to what was picked and what is alike come between them."""
    names = ("feedback/_picker.html", "feedback/_text_fields.html", "feedback/_fields.html")
    picker, text, rest = (Markup(render(each, form=form, groups=groups)) for each in names)
    return picker, text, rest
