"""text.py: nothing that anybody types becomes markup that was not meant, and nothing makes the parser slow."""

import contextlib
import re
import time

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from cass_portal import text
from cass_portal.text import TextRefused
from tests.hostile import NAUGHTY, slow_texts

pytestmark = pytest.mark.once
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*(?=:)", re.IGNORECASE)
SLOW = {
    **slow_texts(),
    "headings of two lines": "a\n=\n" * 5_000,
    "paired quotes": ">" * 300 + "\n\n" + "> " * 190,
}


def assert_harmless(markup):
    """Only allowed elements and attributes, and links that lead to pages or mail."""
    for tag in BeautifulSoup(markup, "html5lib").body.find_all(True):
        assert tag.name in text.ALLOWED_TAGS | {"tbody"}, tag.name
        allowed = text.ALLOWED_ATTRIBUTES.get(tag.name, set()) | ({"rel"} if tag.name == "a" else set())
        assert set(tag.attrs) <= allowed, tag.attrs
        # Browsers drop these characters before they look for a scheme (URL standard).
        scheme = SCHEME.match(re.sub(r"[\t\n\r]|^[\x00-\x20]+", "", tag.get("href", "")))
        assert scheme is None or scheme.group().lower() in text.LINK_SCHEMES, tag["href"]


@pytest.mark.parametrize("source", NAUGHTY, ids=range(len(NAUGHTY)))
def test_hostile_markdown_is_harmless(source):
    try:
        markup = text.markdown_to_html(source)
    except TextRefused:
        return

    assert_harmless(markup)


@given(st.text())
def test_any_markdown_is_harmless(source):
    try:
        markup = text.markdown_to_html(source)
    except TextRefused:
        return

    assert_harmless(markup)


@given(st.text() | st.sampled_from(NAUGHTY))
def test_sanitizing_twice_changes_nothing(markup):
    once = text.sanitize(text.clean(markup))

    assert text.sanitize(once) == once


@given(st.text() | st.sampled_from(NAUGHTY))
def test_plain_text_yields_paragraphs_breaks_and_links_only(source):
    found = BeautifulSoup(text.plain_to_html(source), "html5lib").body.find_all(True)

    assert {tag.name for tag in found} <= {"p", "br", "a"}
    assert all(
        set(tag.attrs) == {"href", "rel"} and tag["href"].startswith("http")
        for tag in found
        if tag.name == "a"
    )


@given(st.text() | st.sampled_from(NAUGHTY))
def test_plain_text_keeps_every_visible_character(source):
    shown = BeautifulSoup(text.plain_to_html(source), "html5lib").body.get_text()

    assert "".join(shown.split()) == "".join(text.clean(source).split())


@pytest.mark.parametrize("name", SLOW)
def test_slow_shapes_are_refused_or_quick(name):
    """At most a second of this thread's own time, whatever else the machine does."""
    began = time.thread_time()
    with contextlib.suppress(TextRefused):
        text.markdown_to_html(SLOW[name])

    assert time.thread_time() - began < 1


@pytest.mark.parametrize("marks", ["\u0301\u0316", "\u0f73", "\uff9e\u0301", "\u0301\x01\u0316"], ids=ascii)
def test_marks_beyond_what_any_language_piles_up_go(marks):
    """Sorting them takes time by the square: a hundred thousand stop every page for seconds."""
    began = time.thread_time()
    cleaned = text.clean("─" * 99 + "o" + marks * 100_000 + " end")

    assert time.thread_time() - began < 1
    assert cleaned[:99] == "─" * 99
    assert cleaned.endswith(" end")
    assert len(cleaned) <= 99 + 1 + 2 * text.MARKS + 4


@pytest.mark.parametrize(
    "source",
    ["a" * 40_001, "\n" * 2_001, "[" * 61, "(" * 61, "<" * 61, "*" * 401, "*a" * 1_001, "``a` " * 400],
    ids=["length", "lines", "brackets", "parentheses", "angles", "run", "stars", "backticks"],
)
def test_check_markdown_refuses_what_makes_the_parser_slow(source):
    with pytest.raises(TextRefused):
        text.check_markdown(source)


def test_deep_nesting_is_refused_with_words():
    with pytest.raises(TextRefused, match="deep"):
        text.markdown_to_html("1. " * 3_000)


def test_long_prose_with_all_of_markdown_passes():
    section = (
        "## A heading\n\nSome *words* with a [link](https://example.org/a_(b)) and `code`.\n\n"
        "- one\n- two [x](https://example.org)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
        "```\nint main() { return a[0]; }\n```\n\n"
    )
    source = section * 120

    text.check_markdown(source)


def test_markdown_becomes_the_html_it_means():
    markup = text.markdown_to_html("# Top\n\n**bold** and [there](https://example.org/)\n\n|a|\n|-|\n|b|")

    assert "<h2>Top</h2>" in markup
    assert "<strong>bold</strong>" in markup
    assert '<a href="https://example.org/" rel="nofollow noopener noreferrer">there</a>' in markup
    assert "<td>b</td>" in markup
    assert "<h1" not in markup


def test_images_and_their_requests_never_pass():
    assert "<img" not in text.markdown_to_html("![alt](https://evil.example/pixel.png)")


def test_a_base_makes_relative_links_absolute():
    markup = text.sanitize(
        '<a href="/products/kokkos/">k</a> <a href="https://example.org/">e</a>',
        base="https://cass.example.org/x/",
    )

    assert 'href="https://cass.example.org/products/kokkos/"' in markup
    assert 'href="https://example.org/"' in markup


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\x00b\x1b[31m\x7f\x85", "ab[31m"),
        ("a\r\nb\rc\u2028d\u2029e", "a\nb\nc\nd\ne"),
        ("x\ud800y\udfff", "xy"),
        ("e\u0301", "é"),
        ("\ufeffa\ufffe\uffff", "a"),
        ("tab\tstays", "tab\tstays"),
    ],
)
def test_clean_keeps_what_may_be_stored(typed, kept):
    assert text.clean(typed) == kept


@given(st.text())
def test_clean_text_fits_every_database_and_stays_clean(source):
    cleaned = text.clean(source)

    cleaned.encode()
    assert "\x00" not in cleaned
    assert text.clean(cleaned) == cleaned


@given(st.text())
def test_a_line_is_one_line_without_reordering(source):
    line = text.clean_line(source)

    assert len(line.splitlines()) <= 1
    assert line == line.strip()
    assert not set(line) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


@pytest.mark.parametrize(
    ("typed", "link"),
    [
        ("see https://example.org/a.", "https://example.org/a"),
        ("(https://example.org/a)", "https://example.org/a"),
        ('"https://example.org/?a=1&b=2"', "https://example.org/?a=1&b=2"),
    ],
)
def test_plain_text_links_addresses_without_their_punctuation(typed, link):
    found = BeautifulSoup(text.plain_to_html(typed), "html5lib").find("a")

    assert found["href"] == found.get_text() == link
    assert found["rel"] == ["nofollow", "noopener", "noreferrer"]


def test_plain_text_keeps_paragraphs_and_line_breaks():
    assert text.plain_to_html("a\nb\n\n \nc & <d>") == "<p>a<br>\nb</p><p>c &amp; &lt;d&gt;</p>"
    assert text.plain_to_html(" \n\n ") == ""


def test_to_plain_gives_the_words_back():
    assert (
        text.to_plain("<h2>A &amp; b</h2><ul><li>one</li><li>two</li></ul><p>x<br>y</p>")
        == "A & b\none\ntwo\nx\ny"
    )


@given(st.text(), st.integers(10, 60))
def test_an_excerpt_is_never_longer_than_asked(source, length):
    assert len(text.excerpt(source, length=length)) <= length


def test_an_excerpt_ends_at_a_word():
    assert text.excerpt("one two three four", length=12) == "one two…"
    assert text.excerpt("one two", length=12) == "one two"
    assert text.excerpt("a" * 40, length=12) == "a" * 11 + "…"


@pytest.mark.parametrize(
    ("title", "made"),
    [("Kokkos 4.5: Änderung!", "kokkos-4-5-anderung"), ("日本", ""), ("--", ""), ("a" * 90, "a" * 70)],
)
def test_a_slug_is_plain_words(title, made):
    assert text.slug(title) == made


@given(st.text())
def test_a_slug_fits_an_address(title):
    assert re.fullmatch(r"([a-z0-9]+(-[a-z0-9]+)*)?", text.slug(title))


@pytest.mark.parametrize(
    ("written", "number"),
    [("1", 1), ("2147483647", 2**31 - 1), ("2147483648", None), ("0", None), ("-1", None), ("1.0", None),
     ("٣", None), ("²", None), ("", None), (None, None), ("9" * 5000, None), (7, 7)],
)  # fmt: skip
def test_a_whole_number_is_one_that_names_a_row(written, number):
    assert text.whole_number(written) == number


def test_a_whole_number_may_have_a_lower_limit():
    assert [text.whole_number(each, most=2199) for each in ("2199", "2200", "0026")] == [2199, None, 26]
