"""Links of assignments on the desk, and the two addresses that forges call."""

from cass_portal.upstream.views import called, links  # noqa: F401
from cass_portal.upstream.views.blueprint import bp

blueprints = [bp]
