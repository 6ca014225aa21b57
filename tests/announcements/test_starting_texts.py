"""Texts to start from: one for each purpose, offered before writing, and not to be published as they are."""

import re

import pytest
from bs4 import BeautifulSoup

from cass_portal.announcements.forms.edition import EditionForm
from cass_portal.announcements.lifecycle import AnnouncementKind, ProductLevel, Stage
from cass_portal.announcements.lint import Written, findings
from cass_portal.announcements.models import Edition
from cass_portal.announcements.starting_texts import form_data_of, starting_texts
from cass_portal.db import db

K = AnnouncementKind
TEXTS = [pytest.param(each, id=each.key) for each in starting_texts()]


def found(text, **changes):
    written = Written(*(changes.get(name, getattr(text, name)) for name in ("title", "summary", "body")))
    return findings(written, kind=text.kind, catalog=("Kokkos",), members=(), names_feedback=True)


def test_each_purpose_has_its_text():
    assert [(each.key, each.kind) for each in starting_texts()] == [
        ("incident", K.STATUS),
        ("maintenance", K.STATUS),
        ("release", K.NEWS),
        ("direction", K.DIRECTION),
        ("call-for-input", K.CALL_FOR_INPUT),
        ("you-said-we-did", K.YOU_SAID_WE_DID),
        ("event", K.EVENT),
    ]


@pytest.mark.parametrize("text", TEXTS)
def test_each_prompt_left_is_an_error_and_nothing_else_is_found(text):
    prompts = re.findall(r"\[[^\]]+\]", text.title + text.summary + text.body)

    assert {each.rule for each in found(text)} == {"unfilled"}
    assert len(found(text)) == len(prompts)


@pytest.mark.parametrize("text", TEXTS)
def test_filled_in_it_is_free_of_findings(text):
    filled = {n: re.sub(r"\[[^\]]+\]", "it", getattr(text, n)) for n in ("title", "summary", "body")}

    assert found(text, **filled) == ()


@pytest.mark.parametrize("text", TEXTS)
def test_it_fits_the_form(text):
    assert len(text.title) <= 140
    assert len(text.summary) <= 300
    assert set(text.form_data) <= set(EditionForm.__dict__)
    assert text.fields.get("stage", "scheduled") in set(Stage)
    assert text.fields.get("level", "advisory") in set(ProductLevel)


def test_an_unknown_text_is_a_blank_page():
    assert form_data_of("nothing") == form_data_of(None) == {}


def test_the_writer_chooses_a_text_and_finds_it_in_the_form(house, browser_of):
    author = browser_of(house.author)
    list_page = BeautifulSoup(author.get("/desk/announcements/begin").get_data(as_text=True), "lxml")
    links = [a["href"] for a in list_page.main.find_all("a") if "/new" in a["href"]]
    assert links == [
        *(f"/desk/announcements/new?template={each.key}" for each in starting_texts()),
        "/desk/announcements/new",
    ]

    form = BeautifulSoup(author.get(links[1]).get_data(as_text=True), "lxml").main
    assert form.find(id="title")["value"] == "[product or service]: maintenance on [day, month and year]"
    assert form.find(id="body").text.strip().startswith("[what will be done, and why]")
    assert form.find(id="kind").find("option", selected=True)["value"] == "status"
    assert form.find(id="stage").find("option", selected=True)["value"] == "scheduled"
    blank = BeautifulSoup(author.get(links[-1]).get_data(as_text=True), "lxml").main
    assert blank.find(id="title").get("value", "") == ""


def test_the_desk_leads_to_the_choice(house, browser_of):
    assert 'href="/desk/announcements/begin"' in browser_of(house.author).get("/desk/announcements/").text
    assert 'href="/desk/announcements/begin"' not in browser_of(house.agent).get("/desk/announcements/").text


def test_a_prompt_left_blocks_sign_off_and_says_so(house, browser_of):
    author = browser_of(house.author)
    text = starting_texts()[2]
    author.send(
        "/desk/announcements/new",
        text.form_data
        | {"title": "Solver 2 is out", "summary": "It is faster.", "written_for": "0"}
        | {"organizations": [str(house.alpha.id)]},
    )

    page = author.get("/desk/announcements/solver-2-is-out/").text
    assert "House style asks to mend 5 places, listed below." in page
    assert "“[what is new, in two sentences]” is left from the template." in page
    refused = author.send("/desk/announcements/solver-2-is-out/1/sign-off-request", {"version": "1"})
    assert refused.status_code == 409
    assert "is left from the template" in refused.text
    assert db.session.query(Edition).one().state == "draft"
