"""My work: what waits for the signed-in person, from every room, oldest promise first."""

from flask import Blueprint

bp = Blueprint("desk", __name__, url_prefix="/desk")
