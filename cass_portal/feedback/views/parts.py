"""From one's own matter to the one that was split off it, and back: both have the same author."""

from flask import abort, redirect, url_for
from werkzeug.wrappers import Response

from cass_portal.db import db
from cass_portal.feedback import actions, queries
from cass_portal.feedback.views.room import bp
from cass_portal.web import get_or_404, public
from cass_portal.web.private import limit_guesses


@bp.post("/f/<token>/parts/<reference>")
@public
@limit_guesses
def part(token: str, reference: str) -> Response:
    """Links are not kept, so the other page gets a new one."""
    item = get_or_404(queries.by_follow_token(token))
    others = [*item.split_off, *([item.split_from] if item.split_from else [])]
    other = next((each for each in others if each.reference == reference), None) or abort(404)
    secret = actions.mint_follow_link(other)
    db.session.commit()
    return redirect(url_for(".follow", token=secret), 303)
