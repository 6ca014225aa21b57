"""Views of the casework room: triage for coordinators, inbox for members."""

from cass_portal.casework.views import (  # noqa: F401
    answers,
    assignment,
    departures,
    due,
    bulk,
    entering,
    handing_over,
    held,
    importing,
    inbox,
    item,
    joining,
    keys,
    moderation,
    notes,
    presence,
    releasing,
    promises,
    replies,
    ruling,
    saved_views,
    tools,
    triage,
    wordings,
)
from cass_portal.casework.views.blueprint import bp

blueprints = [bp]
