"""Views of the announcements room: public pages, the desk's pages and the acts done there."""

from cass_portal.announcements.views import (  # noqa: F401
    acts,
    agreeing,
    beginning,
    changes,
    desk,
    hinting,
    house_style,
    link_check,
    policies,
    public,
    readers,
    unsaved,
    voting,
    writing,
)
from cass_portal.announcements.views.blueprint import bp

blueprints = [bp]
