"""Views of the casework room: triage for coordinators, inbox for members."""

from cass_portal.casework import models  # noqa: F401
from cass_portal.casework.views import (
    answers,
    assignment,
    handing_over,
    inbox,
    item,
    moderation,
    replies,
    triage,
)
from cass_portal.casework.views.blueprint import bp

blueprints = [bp]

__all__ = [
    "answers",
    "assignment",
    "blueprints",
    "handing_over",
    "inbox",
    "item",
    "moderation",
    "replies",
    "triage",
]
