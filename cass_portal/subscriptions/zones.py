"""The time zones one can choose."""

from functools import cache
from importlib.resources import files
from zoneinfo import available_timezones

NO_PLACES = ("Factory", "localtime", "posixrules", "posix", "right", "SystemV")
"""Files beside the zones in some systems' time zone databases."""


@cache
def time_zones() -> frozenset[str]:
    """Every name a browser may know its zone by, older names too."""
    return frozenset(each for each in available_timezones() if each.split("/")[0] not in NO_PLACES)


@cache
def offered_zones() -> tuple[str, ...]:
    """Those that are named for people to choose from, without the older names: by country, as `zone.tab` has them."""
    table = (files("tzdata.zoneinfo") / "zone.tab").read_text(encoding="utf-8")
    lines = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return tuple(sorted({columns[2] for columns in lines} & time_zones()))
