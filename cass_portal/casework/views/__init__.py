"""Views of the casework room: triage for coordinators, inbox for members."""

from cass_portal.casework.views import (  # noqa: F401
    answers,
    assignment,
    handing_over,
    inbox,
    item,
    joining,
    moderation,
    replies,
    triage,
)
from cass_portal.casework.views.blueprint import bp

blueprints = [bp]
