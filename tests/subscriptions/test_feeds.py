"""Feeds of every scope: announcements, updates and public answers, valid for every text, and never anything private."""

from contextvars import Context
from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
import time_machine
from bs4 import BeautifulSoup
from werkzeug.test import Client

from cass_portal.announcements.lifecycle import AnnouncementKind, EditionState, ProductLevel, Stage
from cass_portal.casework.lifecycle import AssignmentState
from cass_portal.casework.models import ConsolidatedReply
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.feedback.lifecycle import FeedbackState
from cass_portal.feedback.models import Visibility
from cass_portal.history import last_event_number
from cass_portal.status.actions import post_update
from cass_portal.text import clean, clean_line, markdown_to_html, plain_to_html
from cass_portal.web.page_cache import PageCache
from tests import factories
from tests.feed_checks import atom_of, json_of
from tests.hostile import NAUGHTY
from tests.statements import statements

NOON = "2026-03-10T12:00:00+00:00"
HIDDEN = "fermiumhidden"


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel("2026-03-10T12:00:00Z", tick=False) as clock:
        yield clock


@pytest.fixture
def world(app):
    """ALPHA stewards the solver, BETA the mesher; one area each and one topic; a coordinator."""
    alpha, beta = factories.organization("ALPHA"), factories.organization("BETA")
    solving, meshing = factories.area("Solving"), factories.area("Meshing")
    return SimpleNamespace(
        alpha=alpha,
        beta=beta,
        solving=solving,
        meshing=meshing,
        solver=factories.product("Solver", stewards=[alpha], areas=[solving]),
        mesher=factories.product("Mesher", stewards=[beta], areas=[meshing]),
        topic=factories.topic("Reading"),
        author=factories.coordinator("Ada Author"),
    )


def notice(world, product, slug, *, title=None, **fields):
    return factories.announcement(
        title or slug, by=world.author, slug=slug, kind=AnnouncementKind.STATUS, products=[product],
        levels={product: ProductLevel.OUTAGE}, stage=Stage.INVESTIGATING, organizations=[], **fields,
    )  # fmt: skip


def post(announcement, by, body="We know why."):
    update = post_update(announcement, stage=Stage.IDENTIFIED, body=body, by=by)
    db.session.flush()
    return update


def part(organization="ALPHA", text="It is done.", **more):
    usual = {"outcome": "done", "html": markdown_to_html(text), "text": text, "target": None, "reason": None}
    return {"organization": organization, **usual, **more}


def answered(world, subject="Slow", *, text="", parts=None, released_at="now", **fields):
    """A public matter with a released reply."""
    item = factories.public_feedback(subject, **fields)
    reply = ConsolidatedReply(
        feedback=item, text=text, html=markdown_to_html(text), drafted_by_id=world.author.id, drafted_at=now(),
        released_at=now() if released_at == "now" else released_at, answers={"parts": parts or [part()]},
    )  # fmt: skip
    return factories.made(reply)


def titles(client, name):
    found = [each["title"] for each in json_of(client, f"/feeds/{name}.json")["items"]]
    assert [each.title for each in atom_of(client, f"/feeds/{name}.atom").entries] == found
    return set(found)


def test_each_scope_tells_its_own_of_every_kind(client, world):
    spoken = factories.announcement("Spoken", by=world.author, slug="spoken", organizations=[world.alpha])
    down = notice(world, world.solver, "down", title="Down")
    post(down, world.author)
    other = notice(world, world.mesher, "other", title="Other")
    post(other, world.author)
    reply = answered(world, "Slow", products=[world.solver], topics=[world.topic])
    factories.assignment(reply.feedback, world.beta, state=AssignmentState.ANSWERED)
    factories.announcement(
        "You said", by=world.author, slug="you-said", organizations=[], feedback=[reply.feedback]
    )

    solver, mesher, slow = {"Down", "Identified: Down"}, {"Other", "Identified: Other"}, "Answered: Slow"
    assert titles(client, "announcements") == {"Spoken", "You said", slow} | solver | mesher
    assert titles(client, "members/ALPHA") == {spoken.latest_edition.title} | solver
    assert titles(client, "members/BETA") == {slow} | mesher
    assert titles(client, f"areas/{world.solving.id}") == titles(client, "products/solver") == {slow} | solver
    assert titles(client, f"areas/{world.meshing.id}") == titles(client, "products/mesher") == mesher
    assert titles(client, "topics/reading") == {slow, "You said"}
    assert titles(client, f"feedback/{reply.feedback.reference}") == {slow, "You said"}
    assert titles(client, "announcements/down") == solver


def test_a_member_that_gave_it_back_is_not_told_of_the_answer(client, world):
    reply = answered(world)
    factories.assignment(reply.feedback, world.alpha, state=AssignmentState.RETURNED)

    assert titles(client, "members/ALPHA") == set()


def test_products_that_nobody_sees_lead_nowhere(client, world):
    hidden = factories.product("Hidden", stewards=[world.beta], areas=[world.meshing], published=False)
    notice(world, hidden, "secret")
    answered(world, products=[hidden])

    assert titles(client, "members/BETA") == titles(client, f"areas/{world.meshing.id}") == set()
    assert client.get("/feeds/products/hidden.atom").status_code == 404
    assert b"Hidden" not in client.get("/feeds/announcements.json").data


def test_an_answer_says_what_the_public_page_shows(client, world):
    reply = answered(
        world, "Is it *slow*?", text="We thank you: [more](/products/solver/).", products=[world.solver],
        topics=[world.topic],
        parts=[part(text="**Yes.**", target="Q3 & Q4"), part("BETA", outcome="declined", reason="No <money>.")],
    )  # fmt: skip
    page = client.get(f"/feedback/{reply.feedback.reference}/")

    [item] = json_of(client, "/feeds/announcements.json")["items"]

    assert item == {
        "id": f"tag:localhost,2026-03-10:/feedback/{reply.feedback.reference}/answers/{reply.id}",
        "url": f"http://localhost/feedback/{reply.feedback.reference}/#answer-{reply.id}",
        "title": "Answered: Is it *slow*?",
        "summary": "We thank you: more.",
        "content_html": (
            '<p>We thank you: <a href="http://localhost/products/solver/" rel="nofollow noopener noreferrer">more</a>.'
            "</p><h3>ALPHA answered: done for Q3 &amp; Q4</h3><p><strong>Yes.</strong></p>"
            "<h3>BETA answered: declined</h3><p>It is done.</p><p>No &lt;money&gt;.</p>"
        ),
        "date_published": NOON,
        "date_modified": NOON,
        "authors": [{"name": each} for each in (
            "CASS, the Consortium for the Advancement of Scientific Software", "ALPHA", "BETA"
        )],
        "tags": ["answer", "Solver", "Reading"],
    }  # fmt: skip
    words = BeautifulSoup(item["content_html"], "lxml").find_all("p")
    shown = BeautifulSoup(page.data, "lxml").find(id=f"answer-{reply.id}").get_text()
    assert [each.get_text() in shown for each in words] == [True] * 4


def test_an_answer_shown_later_is_news_then_and_keeps_its_id(client, world, frozen):
    reply = answered(world, "Old")
    name = reply.feedback.reference
    first = json_of(client, f"/feeds/feedback/{name}.json")["items"][0]
    frozen.shift(timedelta(days=3))
    answered(world, "Newer")
    frozen.shift(timedelta(days=3))
    reply.feedback.published_at = now()

    items = json_of(client, "/feeds/announcements.json")["items"]

    assert [each["title"] for each in items] == ["Answered: Old", "Answered: Newer"]
    assert items[0]["id"] == first["id"]
    assert items[0]["date_published"] == "2026-03-16T12:00:00+00:00"


@pytest.mark.parametrize(
    "change",
    [
        {"visibility": Visibility.MEMBERS},
        {"visibility": Visibility.COORDINATORS},
        {"published_at": None},
        {"state": FeedbackState.WITHDRAWN},
        {"state": FeedbackState.HELD},
    ],
)
def test_what_is_no_longer_public_is_in_no_feed(client, world, change):
    reply = answered(world, HIDDEN, products=[world.solver], topics=[world.topic])
    factories.assignment(reply.feedback, world.alpha)
    factories.announcement(
        "You said", by=world.author, slug="said", organizations=[], feedback=[reply.feedback]
    )
    names = (
        "announcements", "members/ALPHA", "products/solver", f"areas/{world.solving.id}", "topics/reading",
        "announcements/said",
    )  # fmt: skip
    assert sum(HIDDEN.encode() in client.get(f"/feeds/{name}.json").data for name in names) == 5
    for key, value in change.items():
        setattr(reply.feedback, key, value)

    assert not any(
        HIDDEN.encode() in client.get(f"/feeds/{name}.{kind}").data
        for name in names
        for kind in ("atom", "json")
    )
    assert titles(client, "topics/reading") == set()
    assert client.get(f"/feeds/feedback/{reply.feedback.reference}.atom").status_code == 404


def test_drafts_of_replies_and_of_announcements_are_in_no_feed(client, world):
    reply = answered(world, text=HIDDEN, released_at=None)
    for state in set(EditionState) - {EditionState.PUBLISHED, EditionState.WITHDRAWN}:
        factories.announcement(
            HIDDEN, by=world.author, slug=state.value, state=state, products=[world.solver]
        )

    assert titles(client, "announcements") == titles(client, f"feedback/{reply.feedback.reference}") == set()
    assert client.get("/feeds/announcements/draft.atom").status_code == 404


def test_one_announcement_tells_its_editions_and_updates(client, world, frozen):
    document = notice(world, world.solver, "down", title="Down", state=EditionState.SUPERSEDED)
    for number, note in ((2, "It was *worse*."), (3, None)):
        frozen.shift(timedelta(hours=1))
        state = EditionState.PUBLISHED if number == 3 else EditionState.SUPERSEDED
        factories.made(
            factories.edition(
                document, by=world.author, number=number, state=state, title=f"Down {number}", change_note=note,
                is_minor=note is None, stage=Stage.INVESTIGATING,
            )
        )  # fmt: skip
    frozen.shift(timedelta(hours=1))
    update = post(document, world.author)

    items = json_of(client, "/feeds/announcements/down.json")["items"]

    assert [(each["title"], each["id"].partition(":/")[2], each["url"]) for each in items] == [
        ("Identified: Down 3", f"status/down/updates/{update.id}", f"http://localhost/announcements/down/#update-{update.id}"),
        ("Edition 3: Down 3", "announcements/down/v/3", "http://localhost/announcements/down/v/3/"),
        ("Down 3", "announcements/down", "http://localhost/announcements/down/"),
        ("Edition 2: Down 2", "announcements/down/v/2", "http://localhost/announcements/down/v/2/"),
    ]  # fmt: skip
    assert [each["content_html"] for each in items if "Edition" in each["title"]] == [
        "<p>A small correction, nothing of substance.</p>", "<p>It was *worse*.</p>",
    ]  # fmt: skip
    assert titles(client, "announcements") == {"Down 3", "Identified: Down 3"}


@pytest.mark.parametrize(
    "name", ["announcements/nothing", "members/NOBODY", "areas/999999", "areas/x", "topics/nothing", "products/nothing",
             "feedback/CASS-NONE", "feedback/A%00B", "topics/A%00B", "announcements/A%00B"],
)  # fmt: skip
def test_what_is_not_there_has_no_feed(client, app, name):
    assert client.get(f"/feeds/{name}.atom").status_code == 404


@pytest.mark.once
def test_every_hostile_string_passes_through_every_kind_of_entry(client, world):
    """As titles, summaries, texts, updates, subjects and answers; the valid feed says the words it was given."""
    lines = sorted({clean_line(each)[:140].strip() for each in NAUGHTY} - {""})
    for start in range(0, len(lines), 15):
        chunk = lines[start : start + 15]
        for number, line in enumerate(chunk):
            text = clean(line)
            document = notice(
                world, world.solver, f"n-{start}-{number}", title=line, summary=line, change_note=line
            )
            document.latest_edition.html = plain_to_html(text)
            post(document, world.author, body=text)
            answered(
                world, line, products=[world.solver],
                parts=[part(html=plain_to_html(text), target=line, reason=line), part(line)],
            )  # fmt: skip

        expected = sorted(
            [*chunk, *(f"Identified: {each}" for each in chunk), *(f"Answered: {each}" for each in chunk)]
        )
        for name in ("announcements", "products/solver"):
            items = json_of(client, f"/feeds/{name}.json")["items"]
            parsed = atom_of(client, f"/feeds/{name}.atom").entries
            assert sorted(each["title"] for each in items) == expected
            assert sorted(each.title_detail.value for each in parsed) == expected
            assert [
                each
                for each in items
                if BeautifulSoup(each["content_html"], "lxml").find(["script", "img", "svg", "iframe"])
            ] == []
        for table in ("level_change", "status_update", "consolidated_reply"):
            db.session.execute(sa.text(f"DELETE FROM {table}"))
        db.session.execute(sa.text("UPDATE edition SET state = 'discarded'"))
        db.session.expire_all()


def test_what_xml_cannot_hold_is_left_out(client, world):
    factories.announcement("bell\x07 and \x0c feed \ufffe", by=world.author, summary="\x1b[31m", slug="bell")

    assert titles_of_atom(client) == ["bell and  feed"]


def titles_of_atom(client):
    return [each.title for each in atom_of(client, "/feeds/announcements.atom").entries]


def test_a_feed_costs_as_much_for_many_as_for_one(client, world):
    def fill(first, last):
        for number in range(first, last):
            product = factories.product(f"P{number}", stewards=[world.alpha], areas=[world.solving])
            document = notice(world, product, f"n-{number}")
            post(document, world.author)
            reply = answered(world, f"S{number}", products=[product, world.solver], topics=[world.topic])
            factories.assignment(reply.feedback, world.alpha)
            factories.announcement(
                by=world.author, slug=f"a-{number}", organizations=[world.alpha], feedback=[reply.feedback]
            )

    names = (
        "announcements",
        "members/ALPHA",
        f"areas/{world.solving.id}",
        "topics/reading",
        "products/solver",
    )
    fill(0, 1)
    one = [statements(lambda name=name: client.get(f"/feeds/{name}.json")) for name in names]
    fill(1, 9)

    assert [statements(lambda name=name: client.get(f"/feeds/{name}.json")) for name in names] == one
    assert max(one) <= 14


def test_only_the_newest_are_told(client, world, frozen):
    for number in range(60):
        frozen.shift(timedelta(minutes=1))
        factories.announcement(f"N{number}", by=world.author, slug=f"n-{number}", at=now())

    assert titles(client, "announcements") == {f"N{number}" for number in range(10, 60)}


def test_pages_name_the_feeds_that_fit_them(client, world):
    notice(world, world.solver, "down")
    reply = answered(world)
    pages = {
        "/": "announcements",
        "/directory/": "announcements",
        "/products/solver/": "products/solver",
        "/members/ALPHA/": "members/ALPHA",
        "/announcements/down/": "announcements/down",
        f"/feedback/{reply.feedback.reference}/": f"feedback/{reply.feedback.reference}",
    }

    for page, name in pages.items():
        named = BeautifulSoup(client.get(page).data, "lxml").find_all("link", rel="alternate")
        assert [(each["type"], each["href"]) for each in named] == [
            ("application/atom+xml", f"/feeds/{name}.atom"), ("application/feed+json", f"/feeds/{name}.json"),
        ]  # fmt: skip


def test_the_page_of_feeds_links_each_of_them(client, world):
    factories.product("Hidden", published=False)
    page = BeautifulSoup(client.get("/feeds/").data, "lxml")

    linked = [
        each["href"] for each in page.main.find_all("a", href=True) if each["href"].startswith("/feeds/")
    ]

    names = [
        "announcements", "status", "members/ALPHA", "members/BETA", f"areas/{world.solving.id}",
        f"areas/{world.meshing.id}", "topics/reading", "products/mesher", "products/solver",
    ]  # fmt: skip
    assert linked == [f"/feeds/{name}.{kind}" for name in names for kind in ("atom", "json")]
    assert {client.get(address).status_code for address in linked} == {200}
    assert client.get("/").data.count(b'href="/feeds/"') == 1


def test_readers_that_have_a_feed_already_get_nothing_until_something_is_said(client, world):
    document = notice(world, world.solver, "down", title="Down")
    db.session.commit()
    engine = db.engine
    cache = PageCache(client.application.wsgi_app, version=lambda: last_event_number(engine), size=9)

    def read(**headers):
        """In a context of its own, as a server does."""
        return Context().run(Client(cache).get, "/feeds/products/solver.atom", headers=headers)

    known = {"If-None-Match": (first := read()).headers["ETag"]}
    assert read(**known).status_code == 304

    post(document, world.author)
    db.session.commit()
    later = read(**known)
    assert (later.status_code, b"Identified: Down" in later.data) == (200, True)
    assert later.headers["ETag"] != first.headers["ETag"]
