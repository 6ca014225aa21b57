"""What pages of the desk say of the machinery behind them."""

from flask import current_app

from cass_portal.mailroom import probes
from cass_portal.web import render
from cass_portal.web.panels import panel


@panel("deliveries")
def unproven(_subject: object) -> str:
    """Listener addresses from which nothing came back, on every page of deliveries."""
    lost = probes.missing(current_app.extensions["settings"])
    return render("ops/_unproven.html", lost=lost) if lost else ""
