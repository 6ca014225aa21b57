"""What a stranger might try on these pages; numbers as in the model of threats."""

import logging

import pytest
import sqlalchemy as sa

from cass_portal import tokens
from cass_portal.casework import actions as casework
from cass_portal.db import db
from cass_portal.feedback.lifecycle import Verdict
from cass_portal.feedback.models import FollowLink
from tests import factories, hostile
from tests.feedback.pages import TYPED, events, form_key, give, link_to, raw, send_raw, soup, stored
from tests.hanging import no_hanging

CANARY = "canary-7731"
ACTIVE = "script:not([src]), iframe, object, embed, svg[onload], img, style, math, form form, base, [onerror], [onload]"


def rows(app):
    """Everything the database holds, as text."""
    found = []
    for table in db.metadata.sorted_tables:
        found += [repr(row) for row in db.session.execute(sa.select(table))]
    db.session.rollback()
    return "\n".join(found)


def active_markup(answer):
    page = soup(answer)
    for picture in page.select("main svg.icon, header svg, footer svg"):
        picture.decompose()
    return page.select(ACTIVE) + [
        a
        for a in page.select("[href]")
        if ":" in a["href"].partition("/")[0] and not a["href"].startswith("http")
    ]


def test_2_secrets_are_random_and_neither_the_database_nor_the_log_holds_one(app, client, caplog):
    caplog.set_level(logging.DEBUG)
    drawn = {tokens.new_secret() for _ in range(100_000)}
    location = give(client, email="ada@example.org").location
    secret = location.removeprefix("/f/").partition("?")[0]
    client.get(f"/f/{secret}")

    assert len(drawn) == 100_000
    assert {len(each) for each in drawn} == {22}
    assert len(secret) == 22
    assert secret not in rows(app)
    assert secret not in caplog.text
    assert db.session.scalar(sa.select(FollowLink.token_digest)) == tokens.digest(secret)


def by_fours(texts):
    return [texts[start : start + 4] for start in range(0, len(texts), 4)]


@pytest.mark.once
def test_3_no_field_can_bring_markup_into_any_page(app, client):
    """Every string in every text field, shown on the private page and the public pages."""
    for texts in by_fours(hostile.NAUGHTY):
        line = f"x {' '.join(each[:48] for each in texts)}"[:200]
        whole = {"subject": line, "body": f"{chr(10).join(texts)} and ten more"[:20_000], "name": line[:100]}
        key = tokens.sign(app.config["SECRET_KEY"], tokens.FEEDBACK_FORM, tokens.new_secret())
        public = {"visibility": "public", "consent": "y", "affiliation": line}
        assert send_raw(client, {**TYPED, **whole, **public, "form_key": key}).status_code == 303
    items = stored()
    assert len(items) == len(by_fours(hostile.NAUGHTY))
    by = factories.coordinator()
    for item in items:
        casework.accept(item, by=by)
        casework.publish_item(item, by=by)
    db.session.commit()

    for item in items:
        for path in (link_to(item), f"/feedback/{item.reference}/"):
            answer = client.get(path)
            assert answer.status_code == 200
            assert active_markup(answer) == [], item.subject
    assert active_markup(client.get("/feedback/")) == []


@pytest.mark.once
def test_3_errors_give_naughty_text_back_as_text(client):
    for texts in by_fours(hostile.NAUGHTY):
        text = "\n".join(texts)
        everywhere = dict.fromkeys(EVERY_FIELD, text[:2_000])
        answer = send_raw(client, {**everywhere, "subject": ""})

        assert answer.status_code == 422
        assert active_markup(answer) == [], text


def test_5_every_act_wants_the_token_of_the_form(app, client):
    item = factories.feedback()
    link = link_to(item)
    confirming = "/f/confirm/" + tokens.sign(app.config["SECRET_KEY"], tokens.CONFIRM_FEEDBACK, item.id)
    fields = {**TYPED, "form_key": form_key(client), "text": "More.", "verdict": "solved"}
    before = rows(app)

    for path in ("/feedback/new", f"{link}/replies", f"{link}/verdict", f"{link}/withdrawal", confirming):
        for headers in ({}, {"Origin": "https://evil.example.org"}, {"Sec-Fetch-Site": "cross-site"}):
            assert client.post(path, data=fields, headers=headers).status_code == 400
            token = {"csrf_token": client.csrf()} if headers else {"csrf_token": "forged"}
            assert client.post(path, data=fields | token, headers=headers).status_code == 400

    assert rows(app) == before


def test_7_opening_any_link_changes_not_one_row(app, client):
    unconfirmed = factories.feedback(moderation="unconfirmed", confirmed_at=None)
    answered = factories.feedback()
    factories.assignment(answered, factories.organization(), state="answered")
    public = factories.public_feedback()
    links = [link_to(each) for each in (unconfirmed, answered, public)]
    confirming = "/f/confirm/" + tokens.sign(
        app.config["SECRET_KEY"], tokens.CONFIRM_FEEDBACK, unconfirmed.id
    )
    db.session.commit()
    before = rows(app)

    for path in [
        *links,
        *(f"{each}/withdrawal" for each in links),
        confirming,
        "/feedback/new",
        "/feedback/",
        f"/feedback/{public.reference}/",
    ]:
        for method in ("GET", "HEAD", "OPTIONS"):
            assert client.open(path, method=method).status_code in (200, 303)

    assert rows(app) == before


def test_9_no_column_can_be_set_but_the_promised_fields(client):
    columns = {
        "id": "77", "reference": "CASS-EVIL0", "state": "answered", "moderation": "accepted", "version": "9",
        "published_at": "2026-01-01", "author_visibility": "public", "confirmed_at": "2026-01-01",
        "verdict": "solved", "body_html": "<b>x</b>", "reply_released_at": "2026-01-01",
        "waiting_since": "2026-01-01", "announcement_id": "1", "held_because": "x",
    }  # fmt: skip

    give(client, **columns)

    (item,) = stored()
    assert (item.state, item.moderation, item.visibility, item.author_visibility) == (
        "held",
        "held",
        "private",
        "private",
    )
    assert (item.published_at, item.confirmed_at, item.verdict, item.version) == (None, None, None, 1)
    assert (item.announcement_id, item.held_because, item.reply_released_at, item.waiting_since) == (
        None,
        [],
        None,
        None,
    )
    assert item.id != 77
    assert "EVIL" not in item.reference
    assert "<b>" not in item.body_html


@pytest.mark.once
@pytest.mark.parametrize("shape", hostile.SLOW)
def test_15_no_shape_of_text_makes_the_form_hang(client, shape):
    text = hostile.SLOW[shape][:20_000]
    key = form_key(client)

    with no_hanging():
        answer = client.send(
            "/feedback/new", {**TYPED, "form_key": key, "body": f"{text[:19_000]} and ten more letters"}
        )

    assert answer.status_code == 303


EVERY_FIELD = [
    *TYPED,
    "name",
    "email",
    "affiliation",
    "about",
    "announcement",
    "website",
    "form_key",
    "consent",
]
PARAMETERS = {
    "/feedback/": ["q", "state", "kind", "product", "member", "before"],
    "/feedback/new": ["product", "topic", "announcement"],
}


@pytest.mark.once
@pytest.mark.parametrize("path", PARAMETERS)
def test_16_no_query_parameter_breaks_a_page(client, path):
    factories.public_feedback("Something to find")

    client.checks_pages = False
    for text in hostile.NAUGHTY[::2]:
        answer = client.get(f"{path}?{'&'.join(f'{name}={raw(text[:1_000])}' for name in PARAMETERS[path])}")
        assert answer.status_code == 200, text
        assert active_markup(answer) == [], text


@pytest.mark.once
def test_16_no_address_breaks_a_page(client):
    for text in hostile.NAUGHTY:
        cleaned = raw(text.replace("/", "")[:300] or "x")
        for path in (
            f"/feedback/{cleaned}/",
            f"/f/{cleaned}",
            f"/f/confirm/{cleaned}",
            f"/f/{cleaned}/withdrawal",
        ):
            assert client.get(path).status_code in (301, 308, 400, 404), path


def test_21_two_verdicts_at_once_leave_one_event_each_time_they_count(app, client):
    item = factories.feedback()
    factories.assignment(item, factories.organization(), state="answered")
    item.reply_released_at = factories.now()
    item.settle()
    link = link_to(item)

    statuses = [
        client.send(f"{link}/verdict", {"verdict": Verdict.NOT_SOLVED.value}).status_code for _ in range(2)
    ]

    assert statuses == [303, 409]
    assert events() == ["feedback.verdict_given"]


def test_25_directions_in_a_text_cannot_reorder_what_stands_around_it(client):
    give(
        client,
        subject="\u202eevil\u202c subject",
        body="\u202e reversed text of a stranger",
        name="\u202eAda",
    )
    (item,) = stored()
    item.visibility, item.published_at, item.moderation = "public", factories.now(), "accepted"
    item.settle()
    db.session.commit()

    assert item.subject == "evil subject"
    assert item.name == "Ada"
    private, public = client.get(link_to(item)), client.get(f"/feedback/{item.reference}/")
    for answer in (private, public):
        body = next(each for each in soup(answer).select("main p") if "\u202e" in each.get_text())
        assert body.find_parent(attrs={"dir": "auto"}) is not None
    assert [each.get_text() for each in soup(client.get("/feedback/")).select(".entry-title bdi")] == [
        "evil subject"
    ]


def test_26_nothing_of_the_visitor_is_stored(app, client, caplog):
    caplog.set_level(logging.DEBUG)
    headers = {
        "User-Agent": f"Browser {CANARY}", "X-Forwarded-For": "203.0.113.77", "Referer": f"https://example.org/{CANARY}",
        "Accept-Language": f"x-{CANARY}", "Cookie": f"other={CANARY}",
    }  # fmt: skip
    fields = {**TYPED, "form_key": form_key(client), "csrf_token": client.csrf()}

    answer = client.post(
        "/feedback/new", data=fields, headers=headers, environ_base={"REMOTE_ADDR": "203.0.113.78"}
    )
    client.get(answer.location, headers=headers)

    everything = rows(app) + caplog.text
    assert answer.status_code == 303
    assert len(stored()) == 1
    assert CANARY not in everything
    assert "203.0.113" not in everything
