"""Pages, feeds, badges and calendars of the status board, and the desk's page of one notice."""

from cass_portal.status.views import board, desk, feeds, files, hinting  # noqa: F401
from cass_portal.status.views.beside import install
from cass_portal.status.views.blueprint import bp

blueprints = [bp]
__all__ = ["blueprints", "install"]
