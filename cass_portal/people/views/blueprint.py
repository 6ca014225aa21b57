"""The blueprint that the desk's pages about people share."""

from flask import Blueprint

bp = Blueprint("people", __name__)
