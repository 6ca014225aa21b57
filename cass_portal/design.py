"""The page /design: every component in every state. Registered in development only."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Blueprint, current_app
from markupsafe import Markup
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from cass_portal.casework.clocks import Badge, badge
from cass_portal.clock import now
from cass_portal.fields import CheckboxesField, Form
from cass_portal.web import public, render
from cass_portal.workdays import Calendar

bp = Blueprint("design", __name__)

HOSTILE = "\u202eMallory\u202c " + "Unbroken" * 20
PROSE = Markup(
    '<p>Two codes that use <a href="#type">Kokkos</a> disagree about <code>nvcc_wrapper</code>. '
    "A paragraph keeps to a measure of about seventy characters, so that the eye finds "
    "the next line without looking for it.</p>"
    "<h3>A smaller heading</h3><ul><li>First</li><li>Second, <strong>with weight</strong></li></ul>"
)
ANY = SelectChoice("", "Any")
KINDS = [
    SelectChoice("problem", "Problem"),
    SelectChoice("request", "Request"),
    SelectChoice("praise", "Praise"),
]


class SampleForm(Form):
    subject = StringField("In one line", [InputRequired("Give it a short title.")])
    body = TextAreaField("What happened, or what do you wish?", [InputRequired("Tell us a little more.")])
    kind = SelectField("Kind", choices=KINDS)
    visibility = RadioField(
        "Who may read it",
        [InputRequired()],
        choices=[SelectChoice("public", "Everybody"), SelectChoice("private", "Only coordinators")],
    )
    topics = CheckboxesField(
        "Topics", choices=[SelectChoice("training", "Training"), SelectChoice("licensing", "Licensing")]
    )
    email = StringField("Mail address", description="Only to answer you; never shown.")
    consent = BooleanField("It may be shown publicly without my name")
    affiliation = StringField("Affiliation")


class SampleFilter(Form):
    state = SelectField(
        "State", choices=[ANY, SelectChoice("new", "New"), SelectChoice("routed", "With the members")]
    )
    kind = SelectField("Kind", choices=[ANY, *KINDS])


@bp.get("/design")
@public
def index() -> str:
    return render("design/index.html", **_samples())


def _promises() -> list[Badge]:
    """Far, soon, late and on hold."""
    today, calendar = now().date(), Calendar()
    due = [today + timedelta(days=days) for days in (21, 0, -14)]
    return [badge(day, at=now(), calendar=calendar) for day in due] + [
        badge(today, at=now(), calendar=calendar, is_paused=True)
    ]


def _samples() -> dict[str, Any]:
    form = SampleForm(formdata=None)
    for name, message in (("subject", "Give it a short title."), ("visibility", "Choose who may read it.")):
        form[name].errors = [message]
    instants = [now() - timedelta(days=days) for days in (6, 3, 1)]
    return {
        "form": form,
        "filter_form": SampleFilter(formdata=None, prefix="filter-"),
        "groups": _groups(),
        "prose": PROSE,
        "promises": _promises(),
        "hostile": HOSTILE,
        "instants": instants,
        "steps": _steps(instants),
        "entries": _entries(instants),
        "icons": _icons(),
    }


def _groups() -> list[tuple[str, list[tuple[str, str, str]]]]:
    return [
        (
            "Products",
            [
                ("kokkos", "Kokkos", "performance portability"),
                ("petsc", "PETSc", "solvers"),
                ("tau", "TAU", "profiling"),
            ],
        ),
        (
            "Topics",
            [("training", "Training", "tutorial course"), ("licensing", "Licensing and foundations", "")],
        ),
    ]


def _steps(instants: list[Any]) -> list[dict[str, Any]]:
    return [
        {"label": "Received", "state": "done", "at": instants[0]},
        {"label": "Read by a coordinator", "state": "done", "at": instants[1]},
        {
            "label": "With S4PST and RAPIDS",
            "state": "now",
            "detail": "S4PST is working on it. An answer is due by December 11.",
        },
        {"label": "Answered", "state": "todo"},
    ]


def _entries(instants: list[Any]) -> list[dict[str, Any]]:
    return [
        {"who": "Ada Example", "title": "wrote", "kind": "message", "at": instants[0], "body": PROSE},
        {"title": "Routed to S4PST and RAPIDS", "at": instants[1], "icon": "send"},
        {
            "who": HOSTILE,
            "on_behalf_of": "S4PST",
            "title": "noted for colleagues",
            "kind": "note",
            "at": instants[1],
            "body": "Seen in 4.4 too.",
        },
        {
            "who": "Grace Example",
            "on_behalf_of": "S4PST",
            "title": "answered",
            "kind": "answer",
            "at": instants[2],
            "body": PROSE,
        },
    ]


def _icons() -> list[str]:
    folder = Path(current_app.root_path) / str(current_app.template_folder) / "components" / "icons"
    return sorted(path.stem for path in folder.glob("*.svg"))
