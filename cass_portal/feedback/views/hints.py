"""What is shown beside the form while somebody types: what is alike, what goes on, what is asked of its subject.

Only what everybody may read. Nothing is stored, and the text comes in the body of a request, never in its address.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, make_response, request
from flask_babel import format_date, ngettext
from markupsafe import Markup
from werkzeug.wrappers import Response

from cass_portal.db import set_reading
from cass_portal.directory.models import Product, Topic
from cass_portal.directory.queries import about_by_slugs
from cass_portal.feedback.alike import Similar, similar_to
from cass_portal.feedback.forms import HintsForm
from cass_portal.feedback.models import Prompt, PromptKind
from cass_portal.feedback.prompts import prompts_for
from cass_portal.feedback.similar import ALIKE, SAME, beginning_of
from cass_portal.feedback.suggesting import suggested
from cass_portal.feedback.views.room import bp
from cass_portal.feedback.words import STATES
from cass_portal.policy import STRANGER
from cass_portal.text import clean, whole_number
from cass_portal.web import limit, public, render
from cass_portal.web.panels import panels

HINTS_RATE = "90 per minute"
SHOWN = 3
ALIKE_SEEN = "alike"
"""How the form's field `seen` names similar feedback."""
ENOUGH = 12
"""Characters of a text below which nothing can be said of it."""


@dataclass(frozen=True)
class About:
    """What a text is about, as picked and as suggested; what other rooms know of it goes beside the form."""

    products: Sequence[Product]
    topics: Sequence[Topic]


@dataclass(frozen=True)
class Hints:
    similar: Sequence[Similar] = ()
    going_on: Sequence[Markup] = ()
    suggested: Sequence[Product | Topic] = ()

    @property
    def said(self) -> str:
        """For those who do not see them come."""
        count = len(self.similar)
        return str(
            ngettext("%(num)s similar piece of feedback", "%(num)s similar pieces of feedback", count)
            if count
            else ""
        )


@dataclass(frozen=True)
class Before:
    """What is shown once before a form is taken, where the page could not show it while it was typed."""

    prompts: Sequence[Prompt] = ()
    hints: Hints = field(default_factory=Hints)

    @property
    def is_stopped(self) -> bool:
        return any(each.kind == PromptKind.STOP for each in self.prompts)

    def __bool__(self) -> bool:
        return bool(self.prompts or self.hints.similar)


@bp.post("/feedback/hints")
@public
@limit(HINTS_RATE)
def hints() -> Response:
    """A fragment of two parts; js/hints.js puts each into its place."""
    set_reading(True)
    form = HintsForm()
    found = hints_on(form.subject.data or "", form.body.data or "", form.about.data or [])
    prompts = prompts_for(form.about.data or [])
    answer = make_response(render("feedback/_hints_answer.html", hints=found, **drawn(prompts)))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def hints_on(subject: str, body: str, slugs: Sequence[str]) -> Hints:
    subject, body = beginning_of(subject, body)
    products, topics = about_by_slugs(slugs) if slugs else ([], [])
    if len(subject) + len(body) < ENOUGH:
        return Hints(going_on=panels("feedback hints", About(products, topics)) if products or topics else ())
    offered = suggested(f"{subject}\n{body}", without=[*products, *topics])
    about = About(
        [*products, *(each for each in offered if isinstance(each, Product))],
        [*topics, *(each for each in offered if isinstance(each, Topic))],
    )
    return Hints(
        similar=similar_to(subject, body, actor=STRANGER, limit=SHOWN, at_least=ALIKE),
        going_on=panels("feedback hints", about),
        suggested=offered,
    )


def before_it_is_taken(form: Any) -> Before:
    """Prompts and very similar feedback that the author did not see yet. What stops the form is always among them.

    A form without `seen` was not sent by the page: scripts are never asked twice.
    """
    prompts = prompts_for(form.about.data or [])
    stops = [each for each in prompts if each.kind == PromptKind.STOP]
    if stops or form.seen.name not in request.form:
        return Before(prompts=stops)
    seen = set((form.seen.data or "").split())
    alike: Sequence[Similar] = ()
    if ALIKE_SEEN not in seen:
        alike = similar_to(form.subject.data, form.body.data, actor=STRANGER, limit=SHOWN, at_least=SAME)
    unseen = [each for each in prompts if str(each.id) not in seen]
    return Before(prompts=prompts if unseen else (), hints=Hints(similar=alike))


def answers_typed() -> dict[int, str]:
    """What was answered to prompts, by their number: fields “answer-7”. One left empty is as one never shown."""
    fields = {
        name.removeprefix("answer-"): value
        for name, value in request.form.items()
        if name.startswith("answer-")
    }
    numbers = {each: whole_number(each) for each in fields}
    texts = {number: clean(fields[each]).strip() for each, number in numbers.items() if number is not None}
    return {number: text for number, text in texts.items() if text}


def drawn(prompts: Sequence[Prompt]) -> dict[str, Any]:
    """What templates/feedback/_prompts.html needs."""
    return {
        "prompts": prompts,
        "answers": answers_typed() if request.method == "POST" else {},
        "security_contact": current_app.extensions["settings"].security_contact,
        "states": STATES,
        "month": lambda instant: format_date(instant, "LLLL y"),
    }
