"""Views of the delivery room."""

from flask import Blueprint

from cass_portal.delivery import models  # noqa: F401

bp = Blueprint("delivery", __name__)
blueprints = [bp]
