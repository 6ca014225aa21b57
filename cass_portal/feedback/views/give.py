"""Giving feedback: one page, no account, and a retry that stores nothing twice."""

import json
from functools import lru_cache
from typing import Any

from flask import current_app, redirect, request, session, url_for
from markupsafe import Markup
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from cass_portal import tokens
from cass_portal.db import db
from cass_portal.directory.queries import about_by_slugs, about_groups, catalog_stamp
from cass_portal.feedback import actions, queries
from cass_portal.feedback.forms import FeedbackForm
from cass_portal.feedback.models import Feedback, FeedbackKind, StakeholderKind, Visibility
from cass_portal.feedback.moderation import TOO_OFTEN, asked_too_often, judgment_of
from cass_portal.feedback.views.room import bp
from cass_portal.text import clean_line
from cass_portal.web import limit, public, render
from cass_portal.web.limits import is_stored, submission_rate
from cass_portal.web.private import secret_key

Groups = tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...]
FORM_SECONDS = 7 * 86_400
SENT = "feedback-sent"
NOT_TYPED = ("csrf_token", "form_key", "website")
TRAP_REASON = "A field that people cannot see was filled in."
STALE = "This page was open for very long. Please send it once more."
CHANGED = "You sent this page before, as {reference}, with another text. Send it once more to store it as new feedback."


@bp.route("/feedback/new", methods=["GET", "POST"])
@public
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
    key = _key_of_the_same(form) or key
    earlier = _store(form, key)
    if earlier is not None and (earlier.subject, earlier.body) != (form.subject.data, form.body.data):
        return _ask_again(form, CHANGED.format(reference=earlier.reference))
    session[SENT] = {_digest(form): key}
    return redirect(url_for(".follow", token=_follow_secret(key), received=1), 303)


def _key_of_the_same(form: FeedbackForm) -> str | None:
    """The key under which this browser sent exactly the same last.

    Back on the form, browsers restore what was typed but not the form's key; sent again, it is no new feedback.
    """
    key: str | None = session.get(SENT, {}).get(_digest(form))
    return key


def _digest(form: FeedbackForm) -> str:
    typed = {each.name: each.data for each in form if each.name not in NOT_TYPED}
    return tokens.digest(json.dumps(typed, sort_keys=True))


def _prefill(form: FeedbackForm) -> None:
    """What the address names; unknown names are left out by the page."""
    form.about.process_formdata([*request.args.getlist("product"), *request.args.getlist("topic")])
    form.announcement.data = clean_line(request.args.get("announcement", ""))
    _renew_key(form)


def _ask_again(form: FeedbackForm, why: str) -> tuple[str, int]:
    """Give everything typed back under a new form key."""
    form.form_errors.append(why)
    _renew_key(form)
    return _page(form), 422


def _renew_key(form: FeedbackForm) -> None:
    form.form_key.data = tokens.sign(secret_key(), tokens.FEEDBACK_FORM, tokens.new_secret())


def _store(form: FeedbackForm, key: str) -> Feedback | None:
    """None when it is stored now; else what the same form stored before, at the same moment even."""
    try:
        _submit(form, key)
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        earlier = queries.by_form_key(key)
        if earlier is None:
            raise
        return earlier
    return None


def _submit(form: FeedbackForm, key: str) -> Feedback:
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
        follow_secret=_follow_secret(key),
        held_because=[*_suspicions(form), *noticed, *([TOO_OFTEN] if too_often else [])],
        spam_score=judgment.score,
        hold=bool(form.website.data) or too_often,
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


def _follow_secret(key: str) -> str:
    """The private link is derived from the form's key, so that a retry is answered with the same one."""
    return tokens.derived_secret(secret_key(), purpose="follow", of=key)


def _page(form: FeedbackForm) -> str:
    groups = _groups(catalog_stamp())
    fresh = request.method != "POST"
    return render(
        "feedback/new.html",
        form=form,
        fields=_fresh_fields(groups, tuple(form.about.data or ())) if fresh else _fields(form, groups),
        announcement=queries.announcement_by_slug(form.announcement.data),
    )


@lru_cache(maxsize=4)
def _groups(_stamp: tuple[Any, ...]) -> Groups:
    """What feedback can be about, kept while the catalog stays as it is."""
    return tuple((heading, tuple(options)) for heading, options in about_groups())


@lru_cache(maxsize=64)
def _fresh_fields(groups: Groups, about: tuple[str, ...]) -> Markup:
    """The fields before anybody typed: they follow from the arguments alone, and drawing them costs the most."""
    return _fields(FeedbackForm(formdata=None, data={"about": about}), groups)


def _fields(form: FeedbackForm, groups: Groups) -> Markup:
    return Markup(render("feedback/_fields.html", form=form, groups=groups))
