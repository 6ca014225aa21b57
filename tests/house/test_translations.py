"""Each language says every text of the source, with the same places and markup, and is compiled as it stands."""

import io
import re

import pytest
from babel.messages.pofile import read_po

from cass_portal.languages import DEFAULT, LANGUAGES
from tools import translations

pytestmark = pytest.mark.once

OTHERS = sorted(set(LANGUAGES) - {DEFAULT})
PLACES = re.compile(r"%\(\w+\)s|\{\w+\}|%%|<[^>]+>")


def forms(text):
    return [text] if isinstance(text, str) else list(text)


@pytest.fixture(scope="module")
def template():
    return translations.texts()


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_is_translated_and_none_is_left_over(code, template):
    said = {
        each.id: each.string for each in read_po(io.BytesIO(translations.po_of(code).read_bytes())) if each.id
    }

    assert set(said) == {each.id for each in template if each.id}
    assert {text for text, words in said.items() if not all(forms(words))} == set()


@pytest.mark.parametrize("code", OTHERS)
def test_places_and_markup_are_kept(code):
    catalog = read_po(io.BytesIO(translations.po_of(code).read_bytes()))

    differing = {
        each.id: words
        for each in catalog
        if each.id
        for words in forms(each.string)
        if sorted(PLACES.findall(words)) != sorted(PLACES.findall(forms(each.id)[-1]))
    }

    assert differing == {}


@pytest.mark.parametrize("code", OTHERS)
def test_the_compiled_file_is_of_the_text(code):
    po = translations.po_of(code)

    compiled = translations.as_mo(read_po(io.BytesIO(po.read_bytes()), locale=code))

    assert po.with_suffix(".mo").read_bytes() == compiled
