"""The room's blueprint, apart so that each module of views can register on it."""

from flask import Blueprint

bp = Blueprint("upstream", __name__)
