"""What holds for every page any test gets: valid HTML5, one h1 that the title holds, one main, labeled fields."""

import re
from functools import lru_cache
from typing import Any

import html5lib
from bs4 import BeautifulSoup

UNLABELED_TYPES = ("hidden", "submit", "button", "image", "reset")


SECRET_VALUE = re.compile(r'value="[\w.-]{40,}"')


def check_page(markup: str) -> None:
    """Raises AssertionError naming what is wrong. What differs only by a form's token is checked once."""
    _check(SECRET_VALUE.sub('value="x"', markup))


@lru_cache(maxsize=2_000)
def _check(markup: str) -> None:
    """Raises AssertionError naming what is wrong. Fragments (no doctype) are only parsed."""
    if not markup.lstrip().lower().startswith("<!doctype"):
        html5lib.HTMLParser(strict=True).parseFragment(markup)
        return
    html5lib.HTMLParser(strict=True).parse(markup)
    page = BeautifulSoup(markup, "lxml")
    headings = page.find_all("h1")
    assert len(headings) == 1, f"{len(headings)} h1 elements"
    title, heading = _words(page.title), _words(headings[0])
    assert heading in title, f"title {title!r} does not hold the heading {heading!r}"
    assert len(page.find_all("main")) == 1, "a page has one main"
    ids = [tag["id"] for tag in page.find_all(id=True)]
    assert len(ids) == len(set(ids)), f"ids used twice: {sorted({i for i in ids if ids.count(i) > 1})}"
    for control in page.find_all(["input", "select", "textarea"]):
        _check_label(page, control)
    for form in page.find_all("form"):
        assert form.get("method"), f"a form without a method: {form.get('action')}"
        if form["method"].lower() == "post":
            assert form.find("input", attrs={"name": "csrf_token"}), (
                f"no token in the form {form.get('action')}"
            )
    assert not page.find_all(style=True), "an inline style"
    assert not [s for s in page.find_all("script") if not s.get("src")], "an inline script"


def _check_label(page: Any, control: Any) -> None:
    if control.get("type", "text") in UNLABELED_TYPES:
        return
    labeled = control.get("aria-label") or control.get("aria-labelledby") or control.find_parent("label")
    labeled = labeled or (control.get("id") and page.find("label", attrs={"for": control["id"]}))
    assert labeled, f"no label for {control.get('name')}"


def _words(tag: Any) -> str:
    return " ".join(tag.get_text(" ").split()) if tag else ""
