"""Readers from outside: links that are made, opened and ended, and what is said by them."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from bs4 import BeautifulSoup

from cass_portal import tokens
from cass_portal.announcements import actions
from cass_portal.announcements.actions.readers import LinkEnded, comment, end_reader_link, invite_reader
from cass_portal.announcements.lifecycle import EditionState, ProductLevel
from cass_portal.announcements.models import AnnouncementKind, ReaderComment, ReaderLink, ReaderLinkKind
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.recipients import recipients_of
from cass_portal.history import Event, EventKind
from cass_portal.logs import masked
from cass_portal.policy import NotPermitted
from cass_portal.text import clean
from cass_portal.transitions import TransitionRefused
from tests import factories
from tests.hostile import MARKUP

S, FACT_CHECK, PREVIEW = EditionState, ReaderLinkKind.FACT_CHECK, ReaderLinkKind.PREVIEW
DESK = "/desk/announcements/x/1/readers"


@pytest.fixture
def draft(house):
    return factories.announcement(
        "Quiet news", by=house.author, slug="x", state=S.DRAFT, organization=house.alpha, kind=AnnouncementKind.STATUS,
        organizations=[house.alpha], products=[house.product], levels={house.product: ProductLevel.DEGRADED},
        body="The **first** text.", summary="What nobody knows yet.",
    ).latest_edition  # fmt: skip


def link(draft, house, kind=FACT_CHECK, label="Robin Reader"):
    """(link, address of its page)"""
    row, secret = invite_reader(draft, kind=kind, label=label, by=house.author)
    db.session.commit()
    return row, f"/preview/{secret}"


def hidden(page):
    form = BeautifulSoup(page.get_data(as_text=True), "lxml").find("form", action=re.compile("comments$"))
    return {"form_key": form.find("input", attrs={"name": "form_key"})["value"]}


def said(browser, path, body, **more):
    """Open the page and send its form."""
    return browser.send(f"{path}/comments", hidden(browser.get(path)) | {"body": body} | more)


def events():
    rows = db.session.scalars(sa.select(Event).order_by(Event.id)).all()
    return [(each.kind.value.partition(".")[2], each.actor_role) for each in rows]


def bodies():
    db.session.expire_all()
    return list(db.session.scalars(sa.select(ReaderComment.body).order_by(ReaderComment.id)))


def test_a_link_is_shown_once_and_only_its_digest_is_kept(house, draft, browser_of):
    author = browser_of(house.author)

    made = author.send(DESK, {"label": "Robin Reader", "kind": "fact_check"})
    again = author.get(DESK)

    secret = re.search(r"/preview/([\w-]{22})", made.get_data(as_text=True))[1]
    row = db.session.scalars(sa.select(ReaderLink)).one()
    assert made.status_code == 201
    assert (row.label, row.kind, row.token_digest) == ("Robin Reader", FACT_CHECK, tokens.digest(secret))
    assert "Robin Reader" in again.get_data(as_text=True)
    assert "/preview/" not in again.get_data(as_text=True)
    assert events() == [("reader_invited", "coordinator")]
    assert secret not in "".join(
        str(each.detail) + str(each.note) for each in db.session.scalars(sa.select(Event))
    )


def test_only_coordinators_and_the_own_lead_make_and_end_links(house, draft, browser_of, client):
    row, _ = link(draft, house)
    fields = {"label": "Somebody", "kind": "preview"}

    assert browser_of(house.lead).send(DESK, fields).status_code == 201
    for other in (house.agent, house.other):
        browser = browser_of(other)
        assert browser.get(DESK).status_code == 403
        assert browser.send(DESK, fields).status_code == 403
        assert browser.send(f"{DESK}/{row.id}/end").status_code == 403
    assert client.send(DESK, fields).status_code == 401
    for person in (house.agent, house.other):
        with pytest.raises(NotPermitted):
            invite_reader(draft, kind=PREVIEW, label="x", by=person)
        with pytest.raises(NotPermitted):
            end_reader_link(row, by=person)


def test_a_link_needs_a_label_and_a_kind(house, draft, browser_of):
    author = browser_of(house.author)

    for fields in (
        {"label": " ", "kind": "preview"},
        {"label": "x" * 121, "kind": "preview"},
        {"label": "x", "kind": "vote"},
    ):
        answer = author.send(DESK, fields)
        assert answer.status_code == 422
        assert "/preview/" not in answer.get_data(as_text=True)
    assert db.session.scalars(sa.select(ReaderLink)).all() == []


def test_the_page_shows_the_unpublished_text_and_nothing_of_the_desk(house, draft, client):
    _, path = link(draft, house, PREVIEW)

    answer = client.get(path)
    page = answer.get_data(as_text=True)

    assert "Not published. Please do not pass on." in page
    for part in (
        "Quiet news",
        "What nobody knows yet.",
        "<strong>first</strong>",
        "ALPHA",
        "Solver",
        "Degraded",
    ):
        assert part in page
    for part in ("Ada Author", "Robin Reader", "<form", "/desk/"):
        assert part not in page.split("<main")[1]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert masked(f"GET {path} HTTP/1.1") == "GET /preview/… HTTP/1.1"


def test_a_fact_checker_comments_and_the_author_hears_of_it(house, draft, client, browser_of):
    _, path = link(draft, house)

    answer = said(client, path, "The date is\nwrong.")
    desk = browser_of(house.agent).get("/desk/announcements/x/1/").get_data(as_text=True)

    assert (answer.status_code, answer.location) == (303, f"{path}#comments")
    assert "The date is\nwrong." in client.get(path).get_data(as_text=True)
    assert "The date is\nwrong." in desk.split("Comments from outside")[1]
    assert "Robin Reader" in desk
    assert "about an older text" not in desk
    assert events() == [("reader_invited", "coordinator"), ("commented", "reader")]
    event = db.session.scalars(sa.select(Event).where(Event.kind == EventKind.ANNOUNCEMENT_COMMENTED)).one()
    assert [each.address for each in recipients_of(event)] == [house.author.email]


def test_a_preview_takes_no_comment(house, draft, client):
    row, path = link(draft, house, PREVIEW)
    _, other = link(draft, house)

    answer = client.send(f"{path}/comments", {"body": "Hello there."} | hidden(client.get(other)))
    assert answer.status_code == 422
    with pytest.raises(NotPermitted):
        comment(row, body="Hello there.", text_hash=draft.text_hash, form_key="k")
    assert bodies() == []


def test_a_form_sent_twice_stores_one_comment(house, draft, client):
    _, path = link(draft, house)
    fields = hidden(client.get(path)) | {"body": "Once is enough."}

    first, second = client.send(f"{path}/comments", fields), client.send(f"{path}/comments", fields)
    other = client.send(f"{path}/comments", fields | {"body": "Another text."})

    assert (first.status_code, second.status_code, other.status_code) == (303, 303, 422)
    assert bodies() == ["Once is enough."]
    assert "Another text." in other.get_data(as_text=True)
    assert client.send(f"{path}/comments", hidden(other) | {"body": "Another text."}).status_code == 303
    assert bodies() == ["Once is enough.", "Another text."]


def test_a_comment_that_is_no_comment_is_given_back(house, draft, client):
    _, path = link(draft, house)
    fields = hidden(client.get(path))

    for body in ("", "  ", "ab", "x" * 5_001):
        assert client.send(f"{path}/comments", fields | {"body": body}).status_code == 422
    for key in ("", "forged", tokens.sign("another key", tokens.COMMENT_FORM, [1, "x", "y"])):
        answer = client.send(f"{path}/comments", {"form_key": key, "body": "Typed with care."})
        assert answer.status_code == 422
        assert "Typed with care." in answer.get_data(as_text=True)
    with time_machine.travel(now() + timedelta(days=8)):
        assert client.send(f"{path}/comments", fields | {"body": "Late."}).status_code == 422
    assert bodies() == []


def test_a_form_of_another_link_is_not_taken(house, draft, client):
    _, mine = link(draft, house)
    _, theirs = link(draft, house, label="Somebody else")

    assert (
        client.send(f"{mine}/comments", hidden(client.get(theirs)) | {"body": "Hello there."}).status_code
        == 422
    )
    assert bodies() == []


def test_a_comment_on_an_older_text_says_so(house, draft, client, browser_of):
    _, path = link(draft, house)
    fields = hidden(client.get(path))
    draft.body = "The second text."
    db.session.commit()

    assert client.send(f"{path}/comments", fields | {"body": "The first is wrong."}).status_code == 303

    for page in (client.get(path), browser_of(house.author).get("/desk/announcements/x/1/")):
        assert "about an older text" in page.get_data(as_text=True)


def test_readers_do_not_see_what_others_said(house, draft, client):
    _, one = link(draft, house)
    _, two = link(draft, house, label="Somebody else")
    said(client, one, "Between us.")

    assert "Between us." in client.get(one).get_data(as_text=True)
    assert "Between us." not in client.get(two).get_data(as_text=True)


def test_an_ended_link_opens_nothing(house, draft, client, browser_of):
    row, path = link(draft, house)
    fields = hidden(client.get(path)) | {"body": "Typed with care."}
    author = browser_of(house.author)

    assert author.send(f"{DESK}/{row.id}/end").status_code == 303
    late = client.send(f"{path}/comments", fields)

    for answer in (client.get(path), late):
        assert answer.status_code == 410
        assert "Quiet news" not in answer.get_data(as_text=True)
        assert answer.headers["Cache-Control"] == "no-store"
    assert "Typed with care." in late.get_data(as_text=True)
    assert author.send(f"{DESK}/{row.id}/end").status_code == 409
    with pytest.raises(LinkEnded):
        comment(db.session.get(ReaderLink, row.id), body="Late.", text_hash="x", form_key="k")
    assert [each for each, _ in events()] == ["reader_invited", "reader_link_ended"]


def test_links_die_with_publication_and_say_where_it_is(house, draft, client):
    _, path = link(draft, house)
    actions.publish_at_once(draft, reason="It is down.", by=house.author)

    answer = client.get(path)
    assert answer.status_code == 410
    assert 'href="/announcements/x/"' in answer.get_data(as_text=True)
    with pytest.raises(TransitionRefused):
        invite_reader(draft, kind=PREVIEW, label="x", by=house.author)


def test_links_die_when_the_text_is_given_up(house, draft, client, browser_of):
    _, path = link(draft, house)
    actions.discard(draft, by=house.author)

    answer = client.get(path)
    assert answer.status_code == 410
    assert "Quiet news" not in answer.get_data(as_text=True)
    assert "/announcements/x/" not in answer.get_data(as_text=True)
    page = browser_of(house.author).get(DESK).get_data(as_text=True)
    assert "ended with the draft" in page
    assert "Make the link" not in page
    assert browser_of(house.author).send(DESK, {"label": "x", "kind": "preview"}).status_code == 409


def test_a_guessed_link_is_unknown_and_guessing_is_slowed(house, draft, client, rate_limited):

    statuses = [client.get(f"/preview/{'A' * 22}").status_code for _ in range(31)]

    assert statuses == [404] * 30 + [429]
    assert client.get("/f/" + "A" * 22).status_code == 429
    assert client.send("/preview/AAAA/comments", {"body": "x"}).status_code == 429


def test_reading_changes_nothing(house, draft, client):
    _, path = link(draft, house)
    before = events()

    for method in ("get", "head"):
        assert getattr(client, method)(path).status_code == 200
    assert client.get(f"{path}/comments").status_code == 405
    assert (events(), bodies()) == (before, [])


@pytest.mark.once
@pytest.mark.parametrize("text", MARKUP[::3])
def test_hostile_words_stay_words(house, draft, client, browser_of, text):
    _, path = link(draft, house, label=clean(text)[:100])
    assert said(client, path, f"See {text}").status_code == 303

    author = browser_of(house.author)
    for page in (client.get(path), author.get(DESK), author.get("/desk/announcements/x/1/")):
        main = BeautifulSoup(page.get_data(as_text=True), "lxml").find("main")
        assert (
            main.find_all(["script", "img", "svg[onload]", "iframe", "object", "style", "link", "base"]) == []
        )
        assert [
            each for each in main.find_all(True) if any(name.startswith("on") for name in each.attrs)
        ] == []
