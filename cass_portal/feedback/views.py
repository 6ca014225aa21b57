"""Views of the feedback room."""

from flask import Blueprint

from cass_portal.feedback import models  # noqa: F401

bp = Blueprint("feedback", __name__)
blueprints = [bp]
