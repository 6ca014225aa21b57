"""What templates may call: assets with a content digest, times, words for enums."""

import hashlib
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, url_for
from jinja2 import StrictUndefined

from cass_portal.clock import now
from cass_portal.policy import STRANGER, Permission, can
from cass_portal.text import excerpt
from cass_portal.web.access import current_actor
from cass_portal.web.desk import navigation
from cass_portal.web.panels import panels

UNITS = (
    (31_536_000, "year"),
    (2_592_000, "month"),
    (604_800, "week"),
    (86_400, "day"),
    (3_600, "hour"),
    (60, "minute"),
)


def install(app: Flask) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(ago=ago, exact=exact, day=day, words=words, excerpt=excerpt)
    app.jinja_env.globals.update(asset=asset, P=Permission, panels=panels)
    app.context_processor(_desk_context)


def asset(path: str) -> str:
    """Address of a static file that changes when its content does."""
    return url_for("static", filename=path, v=_digest(path))


def ago(instant: datetime) -> str:
    """“3 days ago”, “in 2 hours”; “just now” within a minute."""
    seconds = (now() - instant).total_seconds()
    for size, unit in UNITS:
        count = int(abs(seconds) // size)
        if count:
            phrase = f"{count} {unit}{'s' if count > 1 else ''}"
            return f"{phrase} ago" if seconds > 0 else f"in {phrase}"
    return "just now"


def exact(instant: datetime) -> str:
    """“12 March 2026, 14:05 UTC”."""
    return f"{instant.day} {instant:%B %Y, %H:%M} UTC"


def day(value: date) -> str:
    """“12 March 2026”."""
    return f"{value.day} {value:%B %Y}"


def words(value: StrEnum | str) -> str:
    """An enum's value as words: “in progress”."""
    return str(value).replace("_", " ")


@cache
def _digest(path: str) -> str:
    """Of the file as it was when this process first needed it."""
    folder = Path(current_app.static_folder or "static")
    return hashlib.sha256((folder / path).read_bytes()).hexdigest()[:12]


def _desk_context() -> dict[str, Any]:
    """Navigation of the desk; public pages carry no personal state, so they get none."""
    access = g.get("access")
    if access is None or access.permission is None:
        return {}
    actor = current_actor()
    if actor is STRANGER:
        return {}
    return {
        "me": actor,
        "desk_person": actor.name,
        "desk_nav": navigation(actor),
        "may": lambda permission, subject=None: can(actor, permission, subject),
    }
