"""Views of the feedback room: giving it, following it by a private link, the public list."""

from cass_portal.feedback.views import browse, coming_back, files, follow, give, parts  # noqa: F401
from cass_portal.feedback.views.room import bp

blueprints = [bp]
