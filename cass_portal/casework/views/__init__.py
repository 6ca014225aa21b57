"""Views of the casework room: triage for coordinators, inbox for members."""

from cass_portal.casework.views import (  # noqa: F401
    answers,
    assignment,
    handing_over,
    held,
    inbox,
    item,
    joining,
    moderation,
    releasing,
    replies,
    triage,
)
from cass_portal.casework.views.blueprint import bp

blueprints = [bp]
