"""The desk's pages of what leaves the house. For coordinators and administrators."""

from cass_portal.delivery.views import bulletins, deliveries, hearers, panels, reach, sending, suppressed  # noqa: F401
from cass_portal.delivery.views.base import bp

blueprints = [bp]
