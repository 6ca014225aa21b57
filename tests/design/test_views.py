"""The page /design, and the error page that every refusal shares."""

import re
from pathlib import Path

import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient

TEMPLATES = Path(__file__).parents[2] / "templates"
DRAWN_BY_LAYOUTS = {"logo"}


def test_design_shows_every_component() -> None:
    components = {path.stem for path in (TEMPLATES / "components").glob("*.html")}

    shown = re.findall(r'from "components/(\w+)\.html"', (TEMPLATES / "design" / "index.html").read_text())

    assert sorted(shown) == sorted(components - DRAWN_BY_LAYOUTS)


def test_design_shows_every_state_with_picture_and_words(client: FlaskClient) -> None:
    states = re.findall(r"\('(?:neutral|info|wait|good|warn|bad)', '[\w-]+', marked\('", _status_source())

    markup = client.get("/design").text

    badges = re.findall(
        r'<span class="status" data-tone="\w+"><svg class="icon".*?</svg><span>[^<]+</span></span>', markup
    )
    assert len(states) > 40
    assert len(badges) >= len(states)
    assert markup.count('<span class="status"') == len(badges)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 429, 500, 503])
def test_error_page_gives_back_what_was_typed(app: Flask, status: int) -> None:
    with app.test_request_context("/"):
        markup = render_template("errors/error.html", status=status, kept=[("body", "<My words>")])

    assert f"Error {status}" in markup
    assert "&lt;My words&gt;</textarea>" in markup


def test_unknown_address_says_what_to_do_next(client: FlaskClient) -> None:
    answer = client.get("/there/is/no/such/page")

    assert answer.status_code == 404
    assert "Nothing is lost." in answer.text


def _status_source() -> str:
    return (TEMPLATES / "components" / "status.html").read_text()
