"""Pages of who wants to hear of what, and the feeds."""

from cass_portal.subscriptions.views import asking, feeds, me_too, preferences  # noqa: F401
from cass_portal.subscriptions.views.blueprint import bp

blueprints = [feeds.bp, bp]
