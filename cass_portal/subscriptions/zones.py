"""The time zones one can choose."""

from functools import cache
from zoneinfo import available_timezones

NO_PLACES = ("Factory", "localtime", "posixrules", "posix", "right", "SystemV")
"""Files beside the zones in some systems' time zone databases."""


@cache
def time_zones() -> frozenset[str]:
    """Every name a browser may know its zone by, older names too."""
    return frozenset(each for each in available_timezones() if each.split("/")[0] not in NO_PLACES)
