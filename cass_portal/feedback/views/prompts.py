"""Desk pages of what is asked and said on the way in. For coordinators and administrators."""

from typing import Any

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from cass_portal.db import db
from cass_portal.directory.models import Product, Topic
from cass_portal.directory.queries import about_by_slugs, about_groups
from cass_portal.feedback import prompting
from cass_portal.feedback.forms import OTHER_LANGUAGES, PROMPT_KINDS, PromptForm
from cass_portal.feedback.models import Prompt, PromptKind
from cass_portal.feedback.prompting import Wording
from cass_portal.feedback.prompts import about_of, standing_prompt, standing_prompts
from cass_portal.feedback.views.room import bp
from cass_portal.languages import LANGUAGES
from cass_portal.policy import Permission
from cass_portal.web import check_version, current_actor, get_or_404, render, requires

ALWAYS = "Everything, whatever it is about"


@bp.get("/desk/prompts/")
@requires(Permission.INTAKE_EDIT)
def prompts() -> str:
    return render(
        "feedback/prompts.html",
        prompts=standing_prompts(),
        kinds=PROMPT_KINDS,
        about_of=about_of,
        languages=LANGUAGES,
    )


@bp.route("/desk/prompts/new", methods=["GET", "POST"])
@requires(Permission.INTAKE_EDIT)
def add_prompt() -> Response | tuple[str, int]:
    form = _with_choices(PromptForm())
    if not form.validate_on_submit():
        return _page(form, None)
    prompting.add_prompt(about=_about(form, None), wording=_wording(form), by=current_actor())
    return _done("Added. It is on the form now.")


@bp.route("/desk/prompts/<int:prompt_id>/", methods=["GET", "POST"])
@requires(Permission.INTAKE_EDIT)
def prompt(prompt_id: int) -> Response | tuple[str, int]:
    found = get_or_404(standing_prompt(prompt_id))
    about = about_of(found)
    texts = {f"text_{code}": text for code, text in found.others.items()}
    form = _with_choices(PromptForm(obj=found, about=about.slug if about else "", **texts), now_about=about)
    if not form.validate_on_submit():
        return _page(form, found)
    check_version(found, form.version.data)
    prompting.change_prompt(found, about=_about(form, about), wording=_wording(form), by=current_actor())
    return _done("Saved.")


@bp.post("/desk/prompts/<int:prompt_id>/end")
@requires(Permission.INTAKE_EDIT)
def end_prompt(prompt_id: int) -> Response:
    prompting.end_prompt(get_or_404(standing_prompt(prompt_id)), by=current_actor())
    return _done("Ended. The form does not show it any more.")


def _done(said: str) -> Response:
    db.session.commit()
    flash(said, "success")
    return redirect(url_for(".prompts"), 303)


def _page(form: PromptForm, found: Prompt | None) -> tuple[str, int]:
    others = [(form.other_texts[code], code, name) for code, name in OTHER_LANGUAGES.items()]
    return render("feedback/prompt.html", form=form, prompt=found, others=others), 422 if form.errors else 200


def _with_choices(form: PromptForm, *, now_about: Product | Topic | None = None) -> PromptForm:
    """What a prompt is about now stays a choice, even a product that is listed no more."""
    offered = [(slug, name, heading) for heading, each in about_groups() for slug, name, _ in each]
    if now_about is not None and now_about.slug not in {slug for slug, *_ in offered}:
        offered.append((now_about.slug, now_about.name, "Not listed"))
    named = [SelectChoice(slug, name, optgroup=heading) for slug, name, heading in offered]
    form.about.choices = [SelectChoice("", ALWAYS), *named]
    return form


def _about(form: PromptForm, now_about: Product | Topic | None) -> Product | Topic | None:
    if now_about is not None and form.about.data == now_about.slug:
        return now_about
    products, topics = about_by_slugs([form.about.data] if form.about.data else [])
    found: list[Product | Topic] = [*products, *topics]
    return found[0] if found else None


def _wording(form: Any) -> Wording:
    return Wording(
        kind=PromptKind(form.kind.data),
        text=form.text.data,
        others={code: each.data for code, each in form.other_texts.items() if each.data},
        url=form.url.data,
        position=form.position.data,
    )
