"""What every view needs: declared access, rendering, safe addresses. create_app() installs it."""

from flask import render_template as render

from cass_portal.web.access import current_actor, public, requires
from cass_portal.web.limits import limit
from cass_portal.web.pages import Conflict, check_version, get_or_404, present_address, public_url, safe_next

__all__ = [
    "Conflict",
    "check_version",
    "current_actor",
    "get_or_404",
    "limit",
    "present_address",
    "public",
    "public_url",
    "render",
    "requires",
    "safe_next",
]
