"""The room's blueprint, apart so that each module of views can register on it."""

from flask import Blueprint

bp = Blueprint("announcements", __name__)
EDITION = "/desk/announcements/<slug>/<int(max=9999):number>"
"""The address of one edition at the desk; acts on it are below."""
