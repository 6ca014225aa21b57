"""What holds for every page any test gets: valid HTML5, one h1 that the title holds, one main, labeled fields."""

import re
from functools import lru_cache
from typing import Any

import html5lib
import lxml.html

from tests.measuring import unmeasured

UNLABELED_TYPES = ("hidden", "submit", "button", "image", "reset")
SECRET_VALUE = re.compile(r'value="[\w.-]{40,}"')


def check_page(markup: str, *, is_strict: bool = True) -> None:
    """Raises AssertionError naming what is wrong. What differs only by a form's token is checked once.

    Not strict, it forgives what a browser forgives, in a twentieth of the time.
    """
    with unmeasured():
        _check(SECRET_VALUE.sub('value="x"', markup), is_strict)


@lru_cache(maxsize=2_000)
def _check(markup: str, is_strict: bool) -> None:
    """Raises AssertionError naming what is wrong. Fragments (no doctype) are only parsed."""
    if not markup.lstrip().lower().startswith("<!doctype"):
        html5lib.HTMLParser(strict=True).parseFragment(markup)
        return
    if is_strict:
        parser = html5lib.HTMLParser(
            html5lib.getTreeBuilder("lxml"), strict=True, namespaceHTMLElements=False
        )
        page = parser.parse(markup).getroot()
    else:
        page = lxml.html.document_fromstring(markup)
    headings = page.xpath("//h1")
    assert len(headings) == 1, f"{len(headings)} h1 elements"
    title, heading = _words(page.find("head/title")), _words(headings[0])
    assert heading in title, f"title {title!r} does not hold the heading {heading!r}"
    assert len(page.xpath("//main")) == 1, "a page has one main"
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids)), f"ids used twice: {sorted({i for i in ids if ids.count(i) > 1})}"
    labeled = set(page.xpath("//label/@for"))
    for control in page.xpath("//input | //select | //textarea"):
        assert _is_labeled(control, labeled), f"no label for {control.get('name')}"
    for form in page.xpath("//form"):
        assert form.get("method"), f"a form without a method: {form.get('action')}"
        if form.get("method").lower() == "post":
            assert form.xpath(".//input[@name='csrf_token']"), f"no token in the form {form.get('action')}"
    assert not page.xpath("//*[@style]"), "an inline style"
    assert not page.xpath("//script[not(@src)]"), "an inline script"


def _is_labeled(control: Any, labeled: set[str]) -> bool:
    named = control.get("aria-label") or control.get("aria-labelledby")
    return bool(
        control.get("type", "text") in UNLABELED_TYPES
        or named
        or control.get("id") in labeled
        or control.xpath("ancestor::label")
    )


def _words(tag: Any) -> str:
    return " ".join(" ".join(tag.itertext()).split()) if tag is not None else ""
