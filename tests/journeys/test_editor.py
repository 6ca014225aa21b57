"""Writing an announcement: the preview beside it, a session that is lost in the middle, somebody else at the text."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.once, pytest.mark.browser]
SAVED = "Saved as a draft of yours"
PASTE_PICTURE = """(area) => {
  const carried = new DataTransfer();
  carried.items.add(new File(["x"], "chart.png", { type: "image/png" }));
  area.dispatchEvent(new ClipboardEvent("paste", { clipboardData: carried, bubbles: true, cancelable: true }));
}"""


def draft(writer, title):
    """A stored draft; the address of its editor."""
    writer.open("/desk/announcements/new")
    writer.fill("Title", title)
    writer.fill("Summary", "What it is about.")
    writer.fill("Text", "First sentence. Second sentence.")
    writer.press("Save")
    return f"{writer.path}1/edit"


def state(writer):
    return writer.page.locator("[data-autosave-state]")


def new_window(writer):
    """Another tab of the same browser; the one before is closed as it is."""
    before, writer.page = writer.page, writer.context.new_page()
    before.close()


def lose_session(writer):
    writer.context.clear_cookies()


def refused(writer):
    """The statuses of what was refused so far, which is then forgotten."""
    statuses = {status for status, _ in writer.refused}
    writer.refused.clear()
    return statuses


def test_the_preview_stands_beside_the_text_and_only_the_kinds_fields_are_shown(visit):
    toni = visit()
    toni.sign_in_as("Toni Coordinator")
    toni.open("/desk/announcements/new")

    toni.fill("Text", "It is **bold**.")
    expect(toni.page.locator("#preview strong")).to_have_text("bold")
    text, preview = toni.page.locator("#body").bounding_box(), toni.page.locator("#preview").bounding_box()

    assert preview["x"] >= text["x"] + text["width"]
    expect(toni.page.get_by_label("Where it stands")).to_be_hidden()
    toni.choose("Kind", "Event")
    expect(toni.page.get_by_label("Begins (UTC)")).to_be_visible()
    expect(toni.page.get_by_label("Where it stands")).to_be_hidden()
    toni.choose("Kind", "Status notice")
    expect(toni.page.get_by_label("Where it stands")).to_be_visible()
    toni.page.locator("#body").evaluate(PASTE_PICTURE)
    toni.sees(re.compile("Pictures cannot be pasted"))


def test_a_text_survives_a_session_that_is_lost_while_writing(visit):
    robin = visit()
    robin.sign_in_as("Robin Coordinator")
    editor = draft(robin, "Written in two sittings")
    robin.open(editor)

    robin.fill("Summary", "Typed while signed in.")
    expect(state(robin)).to_have_text(SAVED)
    lose_session(robin)
    robin.fill("Summary", "Typed after the session was over.")
    expect(state(robin)).to_contain_text("Not saved: you are signed out. Your text is kept in this browser.")
    assert refused(robin) == {401}

    new_window(robin)
    robin.sign_in_as("Robin Coordinator")
    robin.open(editor)
    robin.sees("This browser kept a text of yours", "You have an unsaved text")
    assert robin.read("Summary") == "Typed while signed in."
    robin.page.get_by_role("button", name="Continue with it").click()
    assert robin.read("Summary") == "Typed after the session was over."
    robin.press("Save")
    robin.sees("Typed after the session was over.")

    robin.open(editor)
    robin.sees_not("This browser kept a text of yours", "You have an unsaved text")


def test_writing_goes_on_after_signing_in_again_in_another_window(visit):
    robin = visit()
    robin.sign_in_as("Robin Coordinator")
    robin.open(draft(robin, "Written in one sitting after all"))
    lose_session(robin)
    robin.fill("Summary", "Not yet saved.")
    expect(state(robin)).to_contain_text("you are signed out")
    refused(robin)

    writing, robin.page = robin.page, robin.context.new_page()
    robin.sign_in_as("Robin Coordinator")
    robin.page.close()
    robin.page = writing
    robin.fill("Summary", "Saved without a word of it lost.")
    expect(state(robin)).to_have_text(SAVED)
    assert refused(robin) == {400}
    robin.press("Save")

    robin.sees("Saved without a word of it lost.")


def test_two_who_write_at_once_see_each_other_and_both_texts(visit):
    robin, sam = visit(), visit()
    for each, name in ((robin, "Robin Coordinator"), (sam, "Sam Coordinator")):
        each.sign_in_as(name)
    editor = draft(robin, "Written by two")
    robin.open(editor)
    expect(robin.page.locator("[data-presence] p")).to_have_count(0)

    sam.open(editor)
    expect(sam.page.locator("[data-presence]")).to_contain_text(
        "Robin Coordinator is editing this, last seen"
    )
    sam.fill("Text", "First sentence. A sentence of Sam.")
    sam.press("Save")
    robin.fill("Text", "First sentence. A sentence of Robin.")
    robin.press("Save", status=409)

    robin.sees("Somebody saved a newer text meanwhile", "Saved by Sam Coordinator")
    expect(robin.page.locator(".versus-field")).to_have_count(1)
    assert robin.read("Text") == "First sentence. A sentence of Robin."
    robin.fill("Text", "First sentence. A sentence of Robin. A sentence of Sam.")
    robin.press("Save")
    robin.sees("First sentence. A sentence of Robin. A sentence of Sam.")


class OnAPhone(Visitor):
    width = 320


def test_on_a_phone_the_preview_stands_below_the_text(visit):
    toni = visit(OnAPhone)
    toni.sign_in_as("Toni Coordinator")
    toni.open("/desk/announcements/new")

    toni.fill("Text", "It is **bold**.")
    expect(toni.page.locator("#preview strong")).to_have_text("bold")
    text, preview = toni.page.locator("#body").bounding_box(), toni.page.locator("#preview").bounding_box()

    assert preview["y"] >= text["y"] + text["height"]
