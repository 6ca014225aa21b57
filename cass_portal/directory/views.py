"""Views of the directory room."""

from flask import Blueprint

from cass_portal.directory import models  # noqa: F401

bp = Blueprint("directory", __name__)
blueprints = [bp]
