"""Views of the people room."""

from flask import Blueprint

from cass_portal.people import models  # noqa: F401

bp = Blueprint("people", __name__)
blueprints = [bp]
