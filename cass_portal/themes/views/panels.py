"""What the page of a matter says of the themes it is in."""

from typing import Any

from cass_portal.policy import Permission, can
from cass_portal.themes import queries
from cass_portal.themes.lifecycle import ThemeState
from cass_portal.web import current_actor, render
from cass_portal.web.panels import panel


@panel("matter-facts")
def panel_of(item: Any) -> str:
    """At the desk: the themes it is in, and those it could be put into."""
    if not can(current_actor(), Permission.THEME_EDIT):
        return ""
    inside = queries.themes_with(item)
    have = {each.id for each in inside}
    others = [e for e in queries.themes() if e.id not in have and e.state != ThemeState.WITHDRAWN]
    return render("themes/_panel.html", item=item, inside=inside, others=others)


@panel("public-matter")
def public_panel_of(item: Any) -> str:
    """For everybody and its author: the outcomes it is part of."""
    inside = queries.themes_with(item, is_public=True)
    return render("themes/_outcomes.html", themes=inside) if inside else ""
