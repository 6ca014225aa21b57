"""“Me too” on a public matter: a subscription to that one thing, asked for and confirmed like any other."""

from flask import redirect, url_for
from werkzeug.wrappers import Response

from cass_portal.db import db
from cass_portal.feedback.joining import root_of
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import by_reference
from cass_portal.fields import given
from cass_portal.policy import STRANGER
from cass_portal.subscriptions import actions
from cass_portal.subscriptions.forms import LinkForm
from cass_portal.subscriptions.lifecycle import Frequency, Matter, Scope
from cass_portal.subscriptions.queries import followers_of
from cass_portal.subscriptions.rules import SETTLED, rules_for
from cass_portal.subscriptions.views.blueprint import bp
from cass_portal.text import clean_line
from cass_portal.web import get_or_404, limit, public, render
from cass_portal.web.limits import is_stored, submission_rate
from cass_portal.web.panels import panel
from cass_portal.web.translation import language

FEWEST = 3
"""Smaller numbers are not shown: they would say who."""


@bp.route("/feedback/<reference>/me-too", methods=["GET", "POST"])
@public
@limit(submission_rate, methods=["POST"], deduct_when=is_stored)
def me_too(reference: str) -> Response | str | tuple[str, int]:
    """The answer is the same whether the address is known or not."""
    item, form = get_or_404(by_reference(clean_line(reference), actor=STRANGER)), LinkForm()
    if item.state in SETTLED:
        return redirect(url_for("feedback.show", reference=item.reference), 303)
    if not form.validate_on_submit():
        return render("subscriptions/me_too.html", form=form, item=item), 422 if form.errors else 200
    if not form.website.data:
        rules = rules_for([(Scope.FEEDBACK, item)], matters=Matter, frequency=Frequency.IMMEDIATELY)
        actions.request(given(form.email), rules=rules, language=language())
        db.session.commit()
    return redirect(url_for(".asked"), 303)


@panel("public feedback")
def follow_panel(item: Feedback) -> str:
    """How many say “me too”, and how to say it; for a duplicate, where the matter goes on."""
    root = root_of(item)
    shown = root if db.session.scalar(by_reference(root.reference, actor=STRANGER)) is not None else None
    count = followers_of(shown) if shown is not None else 0
    return render(
        "subscriptions/_me_too.html",
        item=item,
        other=shown if root is not item else None,
        count=count if count >= FEWEST and root is item else 0,
        is_open=item.state not in SETTLED,
    )


@panel("matter facts")
def followers_panel(item: Feedback) -> str:
    """For staff, who may know the number."""
    return render("subscriptions/_followers.html", count=followers_of(item))
