"""Views of the announcements room: public pages, feeds, the desk's pages and the acts done there."""

from cass_portal.announcements.views import acts, changes, desk, feeds, public, writing  # noqa: F401
from cass_portal.announcements.views.blueprint import bp

blueprints = [bp]
