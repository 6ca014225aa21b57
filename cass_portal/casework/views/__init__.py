"""Views of the casework room: triage for coordinators, inbox for members."""

from cass_portal.casework.views import (  # noqa: F401
    answers,
    assignment,
    bulk,
    calendars,
    departures,
    due,
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
    promises,
    releasing,
    replies,
    ruling,
    saved_views,
    tools,
    triage,
    wordings,
)
from cass_portal.casework.views.blueprint import bp

blueprints = [bp]
