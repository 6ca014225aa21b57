"""What later rooms show on an earlier room's page: a room may not import those after it, so they leave it here."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from markupsafe import Markup

Panel = Callable[[Any], str]

_PANELS: defaultdict[str, list[Panel]] = defaultdict(list)


def panel(page: str) -> Callable[[Panel], Panel]:
    """Show what the function renders for the page's subject; an empty string shows nothing."""

    def keep(draw: Panel) -> Panel:
        _PANELS[page].append(draw)
        return draw

    return keep


def panels(page: str, subject: Any) -> list[Markup]:
    """For templates: what other rooms show on `page`, in the order of the rooms."""
    return [Markup(drawn) for draw in _PANELS[page] if (drawn := draw(subject))]
