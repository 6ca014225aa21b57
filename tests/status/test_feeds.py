"""The feeds of what is posted: one entry an update, with ids that last."""

from datetime import timedelta

import pytest
import time_machine

from cass_portal.announcements.lifecycle import EditionState, ProductLevel, Stage
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.status.actions import post_update
from cass_portal.text import clean
from tests.feed_checks import atom_of, json_of
from tests.hostile import NAUGHTY

L, S = ProductLevel, Stage
NOON = "2026-03-10T12:00:00+00:00"


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel("2026-03-10T12:00:00Z", tick=False) as clock:
        yield clock


def post(notice, by, stage=S.IDENTIFIED, body="We know why.", **fields):
    update = post_update(notice, stage=stage, body=body, by=by, **fields)
    db.session.flush()
    return update


def atom(client, name="status"):
    return atom_of(client, f"/feeds/{name}.atom")


def items(client, name="status"):
    return json_of(client, f"/feeds/{name}.json")["items"]


def test_each_update_is_an_entry_the_newest_first(client, house, incident, frozen):
    notice = incident(at=now() - timedelta(hours=1))
    first = post(notice, house.author, levels={house.solver: L.DEGRADED}, ends_at=now() + timedelta(hours=2))
    frozen.shift(timedelta(hours=1))
    second = post(notice, house.author, S.RESOLVED, body="Over.", post_mortem_url="https://example.org/a?b&c")

    found = items(client)

    assert [each["title"] for each in found] == [
        "Resolved: Solver is down", "Identified: Solver is down", "Solver is down",
    ]  # fmt: skip
    assert [each["id"] for each in found] == [
        f"tag:localhost,2026-03-10:/status/solver-is-down/updates/{second.id}",
        f"tag:localhost,2026-03-10:/status/solver-is-down/updates/{first.id}",
        "tag:localhost,2026-03-10:/status/solver-is-down",
    ]
    assert found[1]["url"] == f"http://localhost/announcements/solver-is-down/#update-{first.id}"
    assert found[1]["content_html"] == (
        "<p>We know why.</p><ul><li>Solver: degraded</li></ul><p>Expected end: 2026-03-10 14:00 UTC</p>"
    )
    assert 'href="https://example.org/a?b&amp;c"' in found[0]["content_html"]
    assert found[1]["date_published"] == NOON
    assert [each.id for each in atom(client).entries] == [each["id"] for each in found]


def test_each_product_has_its_own_feed(client, house, incident):
    post(incident({house.solver: L.OUTAGE}, slug="solver-one"), house.author)
    post(incident({house.mesher: L.OUTAGE}, slug="mesher-one", title="Mesher is down"), house.author)

    assert {each["title"] for each in items(client, "status/mesher")} == {
        "Identified: Mesher is down", "Mesher is down",
    }  # fmt: skip
    assert items(client, "status/shared") == []
    assert len(items(client)) == 4
    assert atom(client, "status/mesher").feed.id == "tag:localhost,2026:/feeds/status/mesher"


def test_a_withdrawn_notice_says_so_and_drafts_say_nothing(client, house, incident):
    incident(slug="draft", state=EditionState.DRAFT)
    notice = incident(slug="gone", state=EditionState.WITHDRAWN, title="Gone")
    notice.withdrawn_at, notice.withdrawal_reason = now(), "It was <b>wrong</b>."

    [entry] = items(client)

    assert entry["title"] == "Withdrawn: Gone"
    assert "It was &lt;b&gt;wrong&lt;/b&gt;." in entry["content_html"]
    assert entry["date_modified"] == NOON


def test_in_the_feed_of_everything_an_update_has_an_entry_of_its_own(client, house, incident, frozen):
    notice = incident(at=now())
    [before] = items(client, "announcements")
    frozen.shift(timedelta(hours=5))
    update = post(notice, house.author, body="We <know>.")

    newest, own = items(client, "announcements")

    assert own == before
    assert newest["id"] == f"tag:localhost,2026-03-10:/status/solver-is-down/updates/{update.id}"
    assert newest in items(client)


def test_hostile_words_pass_through_both_feeds(client, house, incident):
    notice = incident()
    words = [each for each in sorted({clean(each) for each in NAUGHTY}) if each.strip()][:40]
    for each in words:
        post(notice, house.author, body=each[:4_000])

    assert len(items(client)) == len(atom(client).entries) == len(words) + 1
    assert not any(
        "<script" in each["content_html"] or "<img" in each["content_html"] for each in items(client)
    )


def test_feeds_without_entries_are_valid(client, house):
    assert atom(client).feed.updated == "2026-01-01T00:00:00+00:00"
    assert items(client) == []
    assert client.get("/feeds/status/nothing.atom").status_code == 404
    assert client.get("/feeds/status.rss").status_code == 404
