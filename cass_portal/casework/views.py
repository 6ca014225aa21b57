"""Views of the casework room."""

from flask import Blueprint

from cass_portal.casework import models  # noqa: F401

bp = Blueprint("casework", __name__)
blueprints = [bp]
