"""What this room knows of the subject of feedback that is being typed: what is broken or worked on now."""

from typing import Any

from cass_portal.status import queries
from cass_portal.web import render
from cass_portal.web.panels import panel

SHOWN = 3


@panel("feedback hints")
def going_on(about: Any) -> str:
    """The same for everybody. `about` holds products and topics."""
    wanted = {each.id for each in about.products}
    if not wanted:
        return ""
    found = [
        each for each in queries.open_notices() if wanted & {product.id for product in each.edition.products}
    ]
    return render("status/_hint.html", notices=found[:SHOWN]) if found else ""
