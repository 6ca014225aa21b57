"""What is kept while a text is written, for whom it is shown, and who is seen at it."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from bs4 import BeautifulSoup

from cass_portal.announcements import actions
from cass_portal.announcements.lifecycle import EditionState
from cass_portal.announcements.models import Announcement, Editing
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.history import Event
from cass_portal.worker import tick
from tests import factories
from tests.announcements.pages import fields_of_form, words

S = EditionState
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
NEW, PATH = "/desk/announcements/new", "/desk/announcements/x/1/"
EDIT, SAVE = f"{PATH}edit", f"{PATH}autosave"
DISCARD = f"{PATH}unsaved-text/discarding"


@pytest.fixture
def draft(house):
    return factories.announcement("Solver 2.0", by=house.author, slug="x", state=S.DRAFT, body="As it was.")


def rows():
    db.session.expire_all()
    return db.session.scalars(sa.select(Editing).order_by(Editing.id)).all()


def typed(browser, **changes):
    """The form at EDIT with changes, as js/autosave.js sends it."""
    return fields_of_form(browser.get(EDIT), EDIT) | changes


def test_what_was_typed_is_in_the_form_when_the_editor_is_opened_again(draft, house, browser_of):
    author = browser_of(house.author)
    answer = author.send(SAVE, typed(author, body="Half a sent"))

    page = browser_of(house.author).get(EDIT)

    assert answer.get_json() == {"others": [], "is_old": False}
    assert fields_of_form(page, EDIT)["body"] == ["Half a sent"]
    assert "You have an unsaved text It is in the form below as you left it" in words(page)
    assert [each.h2.get_text() for each in BeautifulSoup(page.data, "lxml").select(".versus-field")] == [
        "Text"
    ]


def test_keeping_a_text_changes_nothing_that_others_read(draft, house, browser_of):
    author, second = browser_of(house.author), browser_of(house.second)
    before, version = db.session.scalar(sa.select(sa.func.count(Event.id))), draft.latest_edition.version

    author.send(SAVE, typed(author, title="Secret title"))

    page = second.get(EDIT)
    db.session.expire_all()
    assert "Secret title" not in page.text
    assert fields_of_form(page, EDIT)["title"] == ["Solver 2.0"]
    assert (draft.latest_edition.title, draft.latest_edition.version) == ("Solver 2.0", version)
    assert db.session.scalar(sa.select(sa.func.count(Event.id))) == before


def test_only_the_own_text_is_offered_and_thrown_away(draft, house, browser_of):
    author, second = browser_of(house.author), browser_of(house.second)
    author.send(SAVE, typed(author, title="Of the author"))
    second.send(SAVE, typed(second, title="Of the second"))

    thrown = second.send(DISCARD)

    assert thrown.location.endswith(EDIT)
    assert fields_of_form(second.get(EDIT), EDIT)["title"] == ["Solver 2.0"]
    assert fields_of_form(author.get(EDIT), EDIT)["title"] == ["Of the author"]
    assert [(each.person_id, each.fields["title"]) for each in rows()] == [
        (house.author.id, ["Of the author"])
    ]


def test_saving_forgets_the_unsaved_text(draft, house, browser_of):
    author = browser_of(house.author)
    author.send(SAVE, typed(author, title="Nearly"))

    author.send(EDIT, typed(author, title="Done"))

    assert rows() == []
    assert "unsaved" not in words(author.get(EDIT))


def test_a_new_document_is_kept_before_its_first_save(house, browser_of):
    author, second = browser_of(house.author), browser_of(house.second)
    fields = fields_of_form(author.get(NEW), NEW) | {"title": "Begun", "body": "Half", "kind": "event"}

    author.send("/desk/announcements/autosave", fields)

    assert [fields_of_form(author.get(NEW), NEW)[each] for each in ("title", "kind")] == [
        ["Begun"],
        ["event"],
    ]
    assert fields_of_form(second.get(NEW), NEW)["title"] == [""]
    assert db.session.scalars(sa.select(Announcement)).all() == []


def test_a_new_document_that_was_saved_leaves_an_empty_form(house, browser_of):
    author = browser_of(house.author)
    fields = fields_of_form(author.get(NEW), NEW) | {
        "title": "Begun",
        "summary": "It begins.",
        "body": "Whole.",
    }
    author.send("/desk/announcements/autosave", fields)

    author.send(NEW, fields)

    assert rows() == []
    assert fields_of_form(author.get(NEW), NEW)["title"] == [""]


def test_a_new_documents_text_can_be_thrown_away(house, browser_of):
    author = browser_of(house.author)
    author.send("/desk/announcements/autosave", {"title": "Begun"})

    thrown = author.send("/desk/announcements/unsaved-text/discarding")

    assert (thrown.location, rows()) == (NEW, [])


def test_a_text_that_says_what_is_stored_is_not_offered(draft, house, browser_of):
    author = browser_of(house.author)
    author.send(SAVE, typed(author))

    assert "unsaved" not in words(author.get(EDIT))


def test_an_invalid_date_is_kept_as_it_was_typed(draft, house, browser_of):
    author = browser_of(house.author)

    author.send(SAVE, typed(author, starts_at="tomorrow", title="Changed"))

    page = author.get(EDIT)
    assert (page.status_code, fields_of_form(page, EDIT)["title"]) == (200, ["Changed"])


def test_an_unsaved_text_older_than_the_stored_one_is_shown_beside_it(draft, house, browser_of):
    author, second = browser_of(house.author), browser_of(house.second)
    kept = typed(author, title="Mine")
    second.send(EDIT, typed(second, title="Theirs"))

    told = author.send(SAVE, kept)
    page = author.get(EDIT)

    assert told.get_json()["is_old"] is True
    assert "Sam Second saved" in words(page)
    assert fields_of_form(page, EDIT)["title"] == ["Mine"]
    assert author.send(EDIT, fields_of_form(page, EDIT)).status_code == 303


def test_preview_and_errors_keep_the_text_without_javascript(draft, house, browser_of):
    author = browser_of(house.author)

    author.send(EDIT, typed(author, title="Looked at", preview="Preview"))
    assert fields_of_form(author.get(EDIT), EDIT)["title"] == ["Looked at"]

    author.send(EDIT, typed(author, title=""))
    assert fields_of_form(author.get(EDIT), EDIT)["title"] == [""]


def test_only_fields_of_the_form_are_kept(draft, house, browser_of):
    author = browser_of(house.author)

    author.send(SAVE, typed(author, title="A\x00B", state="published", edited_by_id="1"))

    (row,) = rows()
    assert set(row.fields) & {"state", "edited_by_id", "csrf_token", "version"} == set()
    assert row.fields["title"] == ["AB"]
    assert row.based_on == draft.latest_edition.version


@pytest.mark.parametrize(
    "changes", [{"body": "x" * 40_001}, {"title": "x" * 2_001}, {"products": [str(n) for n in range(301)]}]
)
def test_what_is_longer_than_a_form_may_be_is_not_kept(changes, draft, house, browser_of):
    author = browser_of(house.author)

    answer = author.send(SAVE, typed(author, **changes))

    assert (answer.status_code, rows()) == (422, [])


def test_who_is_signed_out_is_told_so_and_nothing_is_kept(draft, client):
    assert client.send(SAVE, {"title": "Lost?"}).status_code == 401
    assert rows() == []


def test_an_agent_and_another_lead_keep_nothing(draft, house, browser_of):
    statuses = {browser_of(who).send(SAVE, {"title": "x"}).status_code for who in (house.agent, house.other)}

    assert (statuses, rows()) == ({403}, [])


def test_a_published_text_is_not_written_on(house, browser_of):
    factories.announcement(by=house.author, slug="x", state=S.PUBLISHED)

    assert browser_of(house.author).send(SAVE, {"title": "x"}).status_code == 409


@pytest.mark.once
@pytest.mark.usefixtures("rate_limited")
def test_an_honest_writer_meets_no_limit(draft, house, browser_of):
    author = browser_of(house.author)

    statuses = {author.send(SAVE, {"title": f"Version {n}"}).status_code for n in range(150)}

    assert statuses == {200}


def test_texts_nobody_came_back_to_are_forgotten_after_thirty_days(draft, house, app):
    with time_machine.travel(NOON, tick=False):
        for days, person in ((31, house.author), (29, house.second)):
            begun = actions.seen_at_work(draft.latest_edition, by=person)
            begun.seen_at = now() - timedelta(days=days)
        db.session.commit()

        tick(app)

        assert [each.person_id for each in rows()] == [house.second.id]


# Presence


def beat(browser):
    return browser.send(SAVE, {"beat": "1", "version": "1"})


def test_others_are_seen_for_a_minute(draft, house, browser_of):
    sentence = "Sam Second is editing this, last seen 20 seconds ago."

    with time_machine.travel(NOON, tick=False) as clock:
        author, second = browser_of(house.author), browser_of(house.second)
        beat(second)
        clock.shift(20)
        told, editor, desk = beat(author).get_json(), words(author.get(EDIT)), words(author.get(PATH))
        clock.shift(41)
        later = beat(author).get_json()

    assert (told["others"], later["others"]) == ([sentence], [])
    assert sentence in editor
    assert sentence in desk


def test_nobody_is_present_to_themselves(draft, house, browser_of):
    author = browser_of(house.author)

    assert beat(author).get_json() == {"others": [], "is_old": False}


def test_a_beat_keeps_the_text_that_was_kept(draft, house, browser_of):
    author = browser_of(house.author)
    author.send(SAVE, typed(author, title="Kept"))

    beat(author)

    assert fields_of_form(author.get(EDIT), EDIT)["title"] == ["Kept"]


def test_a_beat_alone_is_no_unsaved_text(draft, house, browser_of):
    author = browser_of(house.author)

    beat(author)

    assert "unsaved" not in words(author.get(EDIT))


def test_who_saved_is_gone(draft, house, browser_of):
    author, second = browser_of(house.author), browser_of(house.second)
    beat(second)

    second.send(EDIT, typed(second, title="Done"))

    assert beat(author).get_json()["others"] == []


def test_looking_at_the_editor_makes_nobody_present(draft, house, browser_of):
    browser_of(house.second).get(EDIT)

    assert rows() == []
