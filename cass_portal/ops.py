"""What operators and machines ask: health, security.txt, robots.txt."""

from flask import Blueprint

bp = Blueprint("ops", __name__)
