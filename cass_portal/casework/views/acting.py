"""What every act on a matter or an assignment does around the act itself."""

from collections.abc import Callable
from typing import TypeVar

from flask import flash, redirect
from werkzeug.wrappers import Response

from cass_portal.casework.forms import ActForm
from cass_portal.db import db
from cass_portal.web import check_version

Row = TypeVar("Row")


def perform(
    row: Row,
    form: ActForm,
    act: Callable[[Row], object],
    *,
    done: str,
    back: str,
    show_again: Callable[[], str],
    versioned: bool = True,
) -> Response | tuple[str, int]:
    """Validate, act, commit, answer; a form that does not hold is shown again with what was typed.

    `versioned`: whoever acts has seen the row as it is now. Words alone (questions, notes) need not have.
    """
    if versioned:
        check_version(row, form.version.data)
    if not form.validate_on_submit():
        return show_again(), 422
    act(row)
    db.session.commit()
    flash(done, "success")
    return redirect(back, 303)
