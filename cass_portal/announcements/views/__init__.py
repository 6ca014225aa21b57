"""Views of the announcements room: public pages, feeds, the desk's pages and the acts done there."""

from cass_portal.announcements.views import (  # noqa: F401
    acts,
    changes,
    desk,
    feeds,
    link_check,
    public,
    readers,
    unsaved,
    voting,
    writing,
)
from cass_portal.announcements.views.blueprint import bp

blueprints = [bp]
