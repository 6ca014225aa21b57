"""What templates may call: assets with a content digest, times, words for enums."""

import hashlib
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_datetime, format_timedelta
from flask import Flask, current_app, g, has_request_context, request, url_for
from jinja2 import StrictUndefined

from cass_portal.clock import now
from cass_portal.languages import marked
from cass_portal.policy import STRANGER, Permission, can
from cass_portal.text import excerpt
from cass_portal.web.access import current_actor
from cass_portal.web.desk import navigation
from cass_portal.web.panels import panels
from cass_portal.web.translation import language, root_of_host, said

UNITS = (31_536_000, 2_592_000, 604_800, 86_400, 3_600, 60)
"""Years, months, weeks, days, hours and minutes, in seconds."""
DAYS = {"en": "d MMMM y"}
"""Patterns of days where the language's own (“12 de marzo de 2026”) is not what we write."""
INSTANTS = {"en": "d MMMM y, HH:mm 'UTC'", "es": "d 'de' MMMM 'de' y, HH:mm 'UTC'"}


def install(app: Flask) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(ago=ago, exact=exact, day=day, words=words, excerpt=excerpt, spoken=said)
    app.jinja_env.globals.update(asset=asset, marked=marked, P=Permission, panels=panels)
    app.context_processor(_desk_context)


def asset(path: str) -> str:
    """Address of a static file that changes when its content does."""
    address = url_for("static", filename=path, v=_digest(path))
    if not has_request_context():
        return address
    return root_of_host() + address.removeprefix(request.script_root)


def ago(instant: datetime) -> str:
    """“3 days ago”, “in 2 hours”; “just now” within a minute."""
    seconds = (now() - instant).total_seconds()
    size = next((each for each in UNITS if abs(seconds) >= each), None)
    if size is None:
        return said("just now")
    whole = timedelta(seconds=size * int(abs(seconds) // size))
    return _away(-whole if seconds > 0 else whole, language())


def exact(instant: datetime) -> str:
    """“12 March 2026, 14:05 UTC”."""
    return _exact(instant, language())


def day(value: date) -> str:
    """“12 March 2026”."""
    return format_date(value, DAYS.get(language(), "long"), locale=language())


@lru_cache(maxsize=4096)
def _exact(instant: datetime, code: str) -> str:
    return format_datetime(instant, INSTANTS[code], locale=code)


@lru_cache(maxsize=4096)
def _away(whole: timedelta, code: str) -> str:
    return format_timedelta(whole, add_direction=True, threshold=1, locale=code)


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
