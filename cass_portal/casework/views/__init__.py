"""Views of the casework room: triage for coordinators, inbox for members."""

from cass_portal.casework import models  # noqa: F401
from cass_portal.casework.views import answers, assignment, inbox, item, moderation, replies, routing, triage
from cass_portal.casework.views.blueprint import bp

blueprints = [bp]

__all__ = ["answers", "assignment", "blueprints", "inbox", "item", "moderation", "replies", "routing", "triage"]
