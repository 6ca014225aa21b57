"""Public pages composed of several rooms: home, directory, product, member."""

from flask import Blueprint

bp = Blueprint("front", __name__)
