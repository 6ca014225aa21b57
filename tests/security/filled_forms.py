"""The forms of all pages that a person sees, filled in as somebody would who just wants to get through."""

from typing import Any
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup
from flask import Flask

from tests.security.overrides import overrides_of
from tests.security.routes import address, calls
from tests.security.world import World

WORDS = "Words that are long enough for a form."
BY_TYPE = {"email": "somebody@example.org", "password": "correct horse battery", "number": "5"}
ONLY_FITTING = {"feedback": "", "is_anonymous": "", "follows_clock": "", "levels": "", "post_mortem_url": ""}
"""Fields that take nothing but what fits the others; left empty."""
BY_NAME = {"to": "https://example.org/elsewhere", "current": "correct horse battery"}


def pages_of(app: Flask, world: World, *, actor: str) -> list[str]:
    return [
        address(app, rule, world.values, overrides_of(world, actor=actor))
        for _, method, rule in calls(app)
        if method == "GET" and rule.endpoint != "design.index"  # whose forms lead nowhere
    ]


def forms_on(browser: Any, pages: list[str], *, words: str | None = None) -> dict[str, dict[str, str]]:
    """By the address that it is sent to: the fields of the first form with it, and their values.

    With `words`, every field that takes text holds them, whatever it held before.
    """
    found: dict[str, dict[str, str]] = {}
    for page in pages:
        answer = browser.get(page)
        if answer.mimetype != "text/html":
            continue
        for form in BeautifulSoup(answer.text, "lxml").find_all("form"):
            if form.get("method", "get").lower() == "post":
                path = urlsplit(urljoin(f"http://localhost{page}", form.get("action") or page)).path
                found.setdefault(path, _values(form, words))
    return found


def _values(form: Any, words: str | None) -> dict[str, str]:
    values: dict[str, str] = {}
    for field in form.find_all(["input", "textarea", "select"]):
        name = field.get("name")
        if name and name != "csrf_token" and not (field.name == "input" and name in values):
            values[name] = ONLY_FITTING.get(
                name, words if words is not None and _takes_text(field) else _value(field)
            )
    for button in form.find_all("button", attrs={"name": True, "value": True}):
        values[button["name"]] = button["value"]  # the last one: it objects, sends back, and wants a reason
    return values


def _takes_text(field: Any) -> bool:
    return field.name == "textarea" or (field.name == "input" and field.get("type", "text") == "text")


def _value(field: Any) -> str:
    if field.name == "select":
        options = [each.get("value", "") for each in field.find_all("option")]
        return next((each for each in options if each), "")
    if field.name == "textarea":
        return field.text.strip() or WORDS
    kind = field.get("type", "text")
    if kind in ("hidden", "radio", "checkbox", "date", "datetime-local", "submit"):
        return field.get("value") or ""
    return BY_NAME.get(field["name"]) or field.get("value") or BY_TYPE.get(kind, WORDS)
