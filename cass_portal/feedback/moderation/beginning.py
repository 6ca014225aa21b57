"""The data that the look at texts begins with (beginning.yaml), read once. Pure."""

import importlib.resources
import re
from functools import cache
from typing import Any

import yaml


@cache
def _told() -> dict[str, Any]:
    text = (
        importlib.resources.files("cass_portal.feedback.moderation")
        .joinpath("beginning.yaml")
        .read_text("utf-8")
    )
    told: dict[str, Any] = yaml.safe_load(text)
    return told


@cache
def words(name: str) -> frozenset[str]:
    """insults, shorteners."""
    return frozenset(str(_told()[name]).split())


@cache
def lines(name: str) -> tuple[str, ...]:
    """threats, unwanted, genuine."""
    return tuple(_told()[name])


@cache
def pattern(name: str) -> re.Pattern[str]:
    """to_the_reader, probes: one of their patterns."""
    return re.compile("|".join(f"(?:{each})" for each in _told()[name]), re.IGNORECASE)
