"""Views of the announcements room."""

from flask import Blueprint

from cass_portal.announcements import models  # noqa: F401

bp = Blueprint("announcements", __name__)
blueprints = [bp]
