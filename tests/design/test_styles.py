"""The rules of the styles: colors only in tokens, logical directions, layers, small enough."""

import gzip
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

STATIC = Path(__file__).parents[2] / "static"
OWN = sorted((STATIC / "css").rglob("*.css"))
COLOR = re.compile(r"#[0-9a-f]{3,8}\b|\b(?:rgb|rgba|hsl|hsla|oklch|oklab|lab|lch)\(", re.IGNORECASE)
PHYSICAL = re.compile(
    r"\b(?:margin|padding|border)-(?:left|right|top|bottom)\b|\btext-align:\s*(?:left|right)"
    r"|(?:^|[\s;{])(?:left|right|top|bottom|width|height|(?:min|max)-(?:width|height)):",
)
FIRST_VISIT_BYTES = 40_000
STYLE_BYTES = 25_000


def own_files() -> list[str]:
    return [str(path.relative_to(STATIC)) for path in OWN]


def source(name: str) -> str:
    return re.sub(r"/\*.*?\*/", "", (STATIC / name).read_text(), flags=re.DOTALL)


@pytest.mark.parametrize("name", own_files())
def test_colors_are_named_only_in_tokens(name: str) -> None:
    found = COLOR.findall(source(name))

    assert bool(found) == (name == "css/tokens.css")


@pytest.mark.parametrize("name", own_files())
def test_directions_are_logical(name: str) -> None:
    without_media = re.sub(r"@media[^{]*", "", source(name))

    assert PHYSICAL.findall(without_media) == []


@pytest.mark.parametrize("name", [*own_files(), "vendor/pico.css"])
def test_every_rule_is_in_a_layer_and_every_brace_closes(name: str) -> None:
    text = source(name)

    outside = re.sub(r"@layer \w+ \{.*\}\s*", "", text, flags=re.DOTALL)

    assert re.sub(r"@layer [\w, ]+;", "", outside).strip() == ""
    assert text.count("{") == text.count("}")
    assert "url(data:" not in text.replace('"', "").replace("'", "")


def test_first_visit_stays_small(client: FlaskClient) -> None:
    page = client.get("/design").text
    styles = re.findall(r'<link rel="stylesheet" href="/static/([^"?]+)', page)

    style_bytes = sum(len(gzip.compress((STATIC / name).read_bytes())) for name in styles)

    assert len(styles) >= 2
    assert style_bytes <= STYLE_BYTES
    assert style_bytes + len(gzip.compress(page.encode())) <= FIRST_VISIT_BYTES


LONG_BEHAVIORS = {"autosave.js": 180, "picker.js": 105}
"""Keeping a text over a lost session and a lost network is one behavior with many ends. So is a box that finds and
picks: by mouse, by keys, by a whole name typed, and saying when nothing is picked."""


@pytest.mark.parametrize("path", sorted((STATIC / "js").glob("*.js")), ids=lambda path: path.name)
def test_behaviors_are_small_and_never_build_code(path: Path) -> None:
    text = path.read_text()

    assert len(text.splitlines()) <= LONG_BEHAVIORS.get(path.name, 90)
    assert re.findall(r"\beval\(|new Function|document\.write|\.style\b|setAttribute\(\"on", text) == []
