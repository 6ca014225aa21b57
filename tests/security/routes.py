"""Every route of the application as a test can call it: its address with ALPHA's objects filled in."""

from collections.abc import Iterator
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

IGNORED = ("static",)


def calls(app: Flask) -> Iterator[tuple[str, str, Rule]]:
    """(name of the call, method, rule) of every route × GET or POST, sorted by name."""
    found = [
        (f"{method} {rule.endpoint}", method, rule)
        for rule in app.url_map.iter_rules()
        for method in ("GET", "POST")
        if method in rule.methods and rule.endpoint not in IGNORED
    ]
    yield from sorted(found, key=lambda each: each[0])


def address(app: Flask, rule: Rule, values: dict[str, Any], overrides: dict[str, dict[str, Any]]) -> str:
    """The route's address; `overrides` by endpoint where a name means something else there."""
    chosen = {**values, **overrides.get(rule.endpoint, {})}
    missing = rule.arguments - set(chosen)
    assert not missing, f"{rule.endpoint} needs a value for {sorted(missing)} in tests/security"
    with app.test_request_context():
        return app.url_map.bind("localhost").build(
            rule.endpoint, {name: chosen[name] for name in rule.arguments}
        )
