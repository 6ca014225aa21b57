"""Views of the feedback room: giving it, following it by a private link, the public list."""

from cass_portal.feedback.views import (  # noqa: F401
    browse,
    coming_back,
    files,
    follow,
    give,
    hints,
    outcome,
    parts,
    prompts,
)
from cass_portal.feedback.views.room import bp

blueprints = [bp]
