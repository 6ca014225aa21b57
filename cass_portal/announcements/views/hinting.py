"""What this room knows of the subject of feedback that is being typed: current announcements."""

from typing import Any

from cass_portal.announcements.forms import KIND_WORDS
from cass_portal.announcements.queries.lately import current_about
from cass_portal.web import render
from cass_portal.web.panels import panel

SHOWN = 2


@panel("feedback hints")
def announced(about: Any) -> str:
    """The same for everybody, of the last months. `about` holds products and topics."""
    found = current_about(about.products, limit=SHOWN)
    return render("announcements/_hint.html", editions=found, kinds=KIND_WORDS) if found else ""
