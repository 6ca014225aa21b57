"""Pages of who wants to hear of what, and the feeds."""

from cass_portal.subscriptions.views import feeds

blueprints = [feeds.bp]
