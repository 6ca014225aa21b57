"""House style where people meet it: on the edition's page, in the editor and beside the keys."""

import pytest

from cass_portal.announcements import actions
from cass_portal.announcements.lifecycle import AnnouncementKind, EditionState
from cass_portal.announcements.models import Edition
from cass_portal.announcements.proofreading import proofread, sentences_of_errors
from cass_portal.announcements.rules import NotReady, missing_for
from cass_portal.db import db
from tests import factories

S = EditionState


def draft(house, **fields):
    document = factories.announcement(
        "Something new", by=house.author, slug="new-one", state=S.DRAFT, organizations=[house.alpha], **fields
    )
    return document.latest_edition


def test_an_error_blocks_the_request_and_a_warning_does_not(house):
    edition = draft(house, body="All SSOs met on 3 March.")

    with pytest.raises(NotReady, match="Text, line 1: “SSOs” is not what CASS calls its members"):
        actions.request_sign_off(edition, by=house.author)
    edition.body = "All member organizations met on 3 March."
    actions.request_sign_off(edition, by=house.author)

    assert edition.state == S.IN_SIGN_OFF
    assert [each.rule for each in proofread(edition)] == ["date-year"]


def test_publishing_at_once_asks_for_the_same(house):
    edition = draft(house, body="The SSOs met.", kind=AnnouncementKind.STATUS)

    assert missing_for("publish_at_once", edition) == sentences_of_errors(edition)
    assert len(sentences_of_errors(edition)) == 1


def test_names_come_from_the_catalog_as_it_stands(house):
    edition = draft(house, body="The Hidden Thing and the gone thing, with ALPHA.")
    factories.product("hidden thing", published=False)

    assert sentences_of_errors(edition) == [
        "Text, line 1: The catalog writes “hidden thing”, not “Hidden Thing”"
    ]


def test_the_page_of_an_open_edition_shows_each_finding_with_its_source(house, browser_of):
    draft(house, body="All SSOs met\non 3 March.")

    page = browser_of(house.author).get("/desk/announcements/new-one/").text

    assert "House style asks to mend one place, listed below." in page
    section = page.split('id="house-style"')[1].split("</section>")[0]
    assert [section.count(words) for words in ("To mend before sign-off", "Worth a look")] == [1, 1]
    assert (
        '<span class="finding-where">Text, line 1</span> “SSOs” is not what CASS calls its members.'
        in section
    )
    assert '<blockquote dir="auto">All SSOs met on 3 March.</blockquote>' in section
    assert "Source: CASS style: say member organizations." in section
    assert '<span class="finding-where">Text, line 2</span> “3 March” has no year.' in section


def test_a_clean_text_says_so_and_a_published_one_says_nothing(house, browser_of):
    draft(house, body="All member organizations met.")
    factories.announcement("SSOs", by=house.author, slug="out", organizations=[house.alpha])
    author = browser_of(house.author)

    assert "Nothing to mend." in author.get("/desk/announcements/new-one/").text
    assert 'id="house-style"' not in author.get("/desk/announcements/out/").text


def test_the_editor_shows_findings_without_javascript(house, browser_of):
    author = browser_of(house.author)
    fields = {"title": "New", "summary": "Short.", "body": "All SSOs.", "written_for": "0", "kind": "news"}
    draft(house, body="All SSOs met.")

    assert "is not what CASS calls its members" not in author.get("/desk/announcements/new").text
    previewed = author.send("/desk/announcements/new", fields | {"preview": "Preview"}).text
    assert "“SSOs” is not what CASS calls its members." in previewed
    assert (
        "“SSOs” is not what CASS calls its members." in author.get("/desk/announcements/new-one/1/edit").text
    )


def test_the_fragment_answers_for_the_keys_and_stores_nothing(house, browser_of):
    lead = browser_of(house.lead)

    answer = lead.send("/desk/announcements/lint", {"body": "<b>kokkos</b> SSOs", "kind": "you_said_we_did"})
    clean = lead.send("/desk/announcements/lint", {"kind": "unheard of"})

    assert "<html" not in answer.text
    assert "House style: 1 to mend before sign-off, 1 worth a look" in answer.text
    assert "“SSOs” is not what CASS calls its members." in answer.text
    assert "It names no feedback." in answer.text
    assert "&lt;b&gt;kokkos" in answer.text
    assert clean.text.strip() == '<p class="quiet">House style: nothing to mend.</p>'
    assert db.session.query(Edition).count() == 0
    assert browser_of(house.agent).send("/desk/announcements/lint", {"body": "x"}).status_code == 403
