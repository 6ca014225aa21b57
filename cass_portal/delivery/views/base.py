"""The blueprint, and what every page of it shows."""

from typing import Any

from flask import Blueprint, request

from cass_portal.delivery.bulletins import standing_pause
from cass_portal.delivery.forms import PauseForm
from cass_portal.text import whole_number
from cass_portal.web import render

bp = Blueprint("delivery", __name__, url_prefix="/desk")


def page(template: str, **values: Any) -> str:
    """With the switch that holds everything back, whose banner stands on every page."""
    return render(
        template, pause=standing_pause(), pause_form=values.pop("pause_form", None) or PauseForm(), **values
    )


def place(name: str) -> int | None:
    return whole_number(request.args.get(name))
