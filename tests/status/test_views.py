"""The board, a product's page, the desk's page and what they put beside an announcement, as people meet them."""

import re
import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from cass_portal.announcements.lifecycle import AnnouncementKind, EditionState, ProductLevel, Stage
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.history import Event
from cass_portal.status.actions import post_update
from cass_portal.status.models import LevelChange, StatusUpdate
from cass_portal.text import clean
from tests import factories
from tests.hostile import NAUGHTY

L, S = ProductLevel, Stage
DESK = "/desk/status/solver-is-down/"


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel("2026-03-10T12:00:00Z", tick=False) as clock:
        yield clock


def soup(answer):
    return BeautifulSoup(answer.get_data(as_text=True), "lxml")


def rows(page):
    """(member, product, level, share) of the board."""
    return [
        (
            group.h3.get_text(strip=True),
            *(part.get_text(strip=True) for part in row.find_all(["a", "span"], recursive=False)),
        )
        for group in page.select(".status-group")
        for row in group.select(".status-row")
    ]


def post(notice, by, stage=S.IDENTIFIED, body="We know why.", **fields):
    post_update(notice, stage=stage, body=body, by=by, **fields)
    db.session.flush()


def fields_of(browser, path=DESK):
    form = soup(browser.get(path)).find("form", action=f"{path}updates")
    fields = {each["name"]: each.get("value", "") for each in form.find_all("input")}
    fields |= {each["name"]: each.get_text() for each in form.find_all("textarea")}
    for select in form.find_all("select"):
        chosen = select.find("option", selected=True) or select.find("option")
        fields[select["name"]] = chosen["value"]
    return fields


def updates():
    db.session.rollback()
    return db.session.scalars(sa.select(StatusUpdate).order_by(StatusUpdate.id)).all()


def test_the_empty_board_is_calm(client):
    page = soup(client.get("/status/"))

    assert "No known issues." in page.main.get_text()
    assert "No products yet" in page.main.get_text()
    assert page.select(".status-notice") == []


def test_the_board_shows_every_members_products_with_level_and_days(client, house, incident):
    incident({house.solver: L.OUTAGE, house.shared: L.ADVISORY}, at=now() - timedelta(days=2))

    page = soup(client.get("/status/"))

    assert rows(page) == [
        ("ALPHA", "Shared", "Advisory", "96.6 %"),
        ("ALPHA", "Solver", "Outage", "96.6 %"),
        ("BETA", "Mesher", "No known issues", "100 %"),
        ("BETA", "Shared", "Advisory", "96.6 %"),
    ]
    drawn = {each["aria-label"] for each in page.select("svg.days")}
    assert drawn == {
        "96.6 % of 90 days without known issues; 3 days with an advisory",
        "96.6 % of 90 days without known issues; 3 days with an outage",
        "100 % of 90 days without known issues",
    }


def test_open_notices_stand_on_top_the_most_serious_first_with_their_last_word(client, house, incident):
    incident({house.mesher: L.ADVISORY}, title="A small thing", slug="small")
    serious = incident(
        {house.solver: L.OUTAGE}, title="A great thing", slug="great", at=now() - timedelta(days=1)
    )
    post(serious, house.author, body="We found <b>it</b>.", ends_at=now() + timedelta(hours=3))
    over = incident({house.solver: L.OUTAGE}, title="Over", slug="over")
    post(over, house.author, S.RESOLVED)
    incident(title="Draft", slug="draft", state=EditionState.DRAFT)
    withdrawn = incident(title="Withdrawn", slug="withdrawn", state=EditionState.WITHDRAWN)
    withdrawn.withdrawn_at = now()

    notices = soup(client.get("/status/")).select(".status-notice")

    assert [each.a.get_text() for each in notices] == ["A great thing", "A small thing"]
    first = " ".join(notices[0].get_text(" ", strip=True).split())
    assert "Identified began 1 day ago last update just now expected to end 10 March 2026, 15:00 UTC" in first
    assert "We found <b>it</b>." in first
    assert "Solver Outage" in first


def test_maintenance_ahead_has_its_own_place_and_counts_when_it_begins(client, house, maintenance, frozen):
    maintenance(now() + timedelta(hours=2), now() + timedelta(hours=4))

    ahead = soup(client.get("/status/"))
    assert [each.get_text() for each in ahead.select("h2")] == ["Maintenance ahead", "Products"]
    assert "No known issues." in ahead.main.get_text()
    frozen.shift(timedelta(hours=3))
    running = soup(client.get("/status/"))
    assert [each.get_text() for each in running.select("h2")] == ["Going on now", "Products"]
    assert ("ALPHA", "Solver", "Maintenance", "98.8 %") in rows(running)
    frozen.shift(timedelta(hours=3))
    assert [each.get_text() for each in soup(client.get("/status/")).select("h2")] == ["Products"]


def test_filters_are_in_the_address_and_odd_ones_do_nothing(client, house, incident):
    incident({house.shared: L.DEGRADED})

    def found(query):
        return [row[:2] for row in rows(soup(client.get(f"/status/?{query}")))]

    everything = [("ALPHA", "Shared"), ("ALPHA", "Solver"), ("BETA", "Mesher"), ("BETA", "Shared")]
    assert found("") == found("level=nonsense") == found("level=") == everything
    assert found("member=BETA") == [("BETA", "Mesher"), ("BETA", "Shared")]
    assert found("level=degraded") == [("ALPHA", "Shared"), ("BETA", "Shared")]
    assert found("level=no_known_issues&member=ALPHA") == [("ALPHA", "Solver")]
    assert "No product fits" in client.get("/status/?level=outage").text
    assert "No product fits" in client.get("/status/?member=<b>").text


@pytest.mark.parametrize("hidden", [{"published": False}, {"retired_on": "today"}])
def test_what_the_public_may_not_see_appears_nowhere(client, house, incident, hidden):
    hidden = {"retired_on": now().date()} if "retired_on" in hidden else hidden
    secret = factories.product("Secret canary", stewards=[house.alpha], **hidden)
    notice = incident({secret: L.OUTAGE, house.solver: L.ADVISORY})
    post(notice, house.author, levels={secret: L.DEGRADED})

    for path in (
        "/status/", "/status/solver/", "/announcements/solver-is-down/", "/feeds/status.atom", "/feeds/status.json",
        "/feeds/announcements.json", "/status/calendar.ics", "/",
    ):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert "canary" not in answer.text, path
    for path in ("", "calendar.ics"):
        assert client.get(f"/status/secret-canary/{path}").status_code == 404
    assert client.get("/status/badge/secret-canary.svg").status_code == 404
    assert client.get("/feeds/status/secret-canary.atom").status_code == 404


def test_a_products_page_tells_what_is_what_was_and_which_days(client, house, incident):
    incident({house.solver: L.DEGRADED}, title="Now", slug="now-open", at=now() - timedelta(days=1))
    past = incident({house.solver: L.OUTAGE}, title="Then", slug="then", at=now() - timedelta(days=200))
    with time_machine.travel(now() - timedelta(days=199), tick=False):
        post(past, house.author, S.RESOLVED, post_mortem_url="https://example.org/why")
    incident({house.mesher: L.OUTAGE}, title="Elsewhere", slug="elsewhere")

    page = soup(client.get("/status/solver/"))

    assert page.select_one(".page-facts .status").get_text(strip=True) == "Degraded"
    assert [each.a.get_text() for each in page.select(".status-notice")] == ["Now"]
    assert [[cell.get_text(strip=True) for cell in row.find_all("td")] for row in page.select("tbody tr")] == [
        ["10 March 2026", "Degraded", "Now"], ["9 March 2026", "Degraded", "Now"],
    ]  # fmt: skip
    assert [each.get_text() for each in page.select(".entry-title")] == ["Then"]
    assert page.find("a", href="https://example.org/why")
    assert "Elsewhere" not in page.get_text()
    assert [each["href"] for each in page.select("link[rel=alternate]")] == [
        "/feeds/status/solver.atom", "/feeds/status/solver.json",
    ]  # fmt: skip


def test_the_code_of_the_badge_is_text_and_names_absolute_addresses(client, house):
    factories.product('Odd "quoted" ]( <img> name', key="odd", stewards=[house.alpha])

    html, markdown = (each.get_text() for each in soup(client.get("/status/odd/")).select(".status-code"))

    image = BeautifulSoup(html, "lxml").find("img")
    assert image["src"] == "http://localhost/status/badge/odd.svg"
    assert image["alt"] == 'Status of Odd "quoted" ]( <img> name'
    assert markdown == (
        '[![Status of Odd "quoted" \\]( \\<img> name](http://localhost/status/badge/odd.svg)]'
        "(http://localhost/status/odd/)"
    )


def test_an_announcement_shows_where_it_stands_and_its_updates_newest_first(client, house, incident):
    notice = incident(ends_at=now() + timedelta(hours=1))
    post(notice, house.agent, body="First.\n\nAnd more.", levels={house.solver: L.DEGRADED})
    post(notice, house.author, S.RESOLVED, body="Second.", post_mortem_url="https://example.org/why")

    page = soup(client.get("/announcements/solver-is-down/"))

    told = [" ".join(each.get_text(" ", strip=True).split()) for each in page.select(".status-update")]
    assert [each.split(" 10 March")[0] for each in told] == ["Resolved", "Identified", "Notice published"]
    assert "from ALPHA First. And more. Solver Degraded" in told[1]
    assert page.select_one(".status-now .status").get_text(strip=True) == "Resolved"
    assert "ended 10 March 2026, 12:00 UTC" in page.select_one(".status-now").get_text(" ", strip=True)
    assert {each["href"] for each in page.find_all("a", href=re.compile("example.org"))} == {
        "https://example.org/why"
    }
    news = factories.announcement(by=house.author, slug="news")
    assert soup(client.get(f"/announcements/{news.slug}/")).select(".status-now") == []


def test_public_pages_are_the_same_for_everybody_and_may_be_kept(client, browser_of, house, incident):
    incident()

    for path in (
        "/status/",
        "/status/solver/",
        "/status/badge/solver.svg",
        "/status/calendar.ics",
        "/feeds/status.atom",
    ):
        answer = client.get(path)
        assert answer.headers["Cache-Control"] == "public, no-cache"
        assert "Set-Cookie" not in answer.headers
        assert browser_of(house.author).get(path).data == answer.data


def test_a_badge_can_be_shown_by_any_site_and_asked_for_again_cheaply(client, house, incident):
    incident({house.solver: L.DEGRADED})

    answer = client.get("/status/badge/solver.svg")

    picture = BeautifulSoup(answer.data, "xml").svg
    assert (picture.title.get_text(), [each.get_text() for each in picture.find_all("text")]) == (
        "Solver: degraded", ["Solver", "degraded"],
    )  # fmt: skip
    assert picture.desc.get_text()
    assert answer.mimetype == "image/svg+xml"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert not re.search(r"style|script|href|on\w+=", answer.text)
    again = client.get("/status/badge/solver.svg", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/status/badge/nothing.svg").status_code == 404
    assert client.get("/status/badge/solver.png").status_code == 404


@pytest.mark.parametrize(
    "name", ["</text><script>alert(1)</script>", '"&<>', "بسم الله", "x" * 120, "a\u202eb"]
)
def test_a_badge_is_well_formed_whatever_the_name(client, house, name):
    factories.product(name, key="odd", stewards=[house.alpha])

    picture = BeautifulSoup(client.get("/status/badge/odd.svg").data, "xml")

    assert len(picture.find_all("text")) == 2
    assert picture.find("script") is None
    assert len(picture.find_all("text")[0].get_text()) <= 40


def test_a_steward_posts_an_update_without_javascript(browser_of, client, house, incident):
    incident()
    agent = browser_of(house.agent)
    level = f"level_{house.solver.id}"
    fields = fields_of(agent)
    assert (fields["stage"], fields[level]) == ("investigating", "")

    answer = agent.send(
        f"{DESK}updates",
        fields
        | {"stage": "monitoring", "body": "It runs again.", level: "advisory", "ends_at": "2026-03-10T18:00"},
    )

    assert (answer.status_code, answer.location) == (303, DESK)
    [update] = updates()
    assert (update.stage, update.body, update.acting_for, update.ends_at) == (
        S.MONITORING, "It runs again.", house.alpha, now() + timedelta(hours=6),
    )  # fmt: skip
    assert {each.level for each in update.changes} == {L.ADVISORY}
    assert "It runs again." in client.get("/status/").text
    assert "Avery Agent" not in client.get("/announcements/solver-is-down/").text
    after = soup(agent.get(DESK))
    assert "Posted. Everybody can read it now." in after.main.get_text()
    assert "by Avery Agent" in after.select_one(".status-updates").get_text()


def test_who_is_no_steward_reads_and_cannot_post(browser_of, client, house, incident):
    incident()
    other = browser_of(house.other)

    assert soup(other.get(DESK)).find("form", action=f"{DESK}updates") is None
    assert "coordinators and by those who act for a steward" in other.get(DESK).text
    fields = {"stage": "resolved", "body": "Not mine.", "version": "1"}
    assert other.send(f"{DESK}updates", fields).status_code == 403
    assert client.send(f"{DESK}updates", fields).status_code == 401
    assert updates() == []


def test_the_desk_knows_only_notices_that_are_out(browser_of, house, incident):
    incident(slug="draft", state=EditionState.DRAFT)
    factories.announcement(by=house.author, slug="news")
    factories.announcement(by=house.author, slug="old", kind=AnnouncementKind.STATUS)
    author = browser_of(house.author)

    for slug in ("draft", "news", "old", "nothing"):
        assert author.get(f"/desk/status/{slug}/").status_code == 404
        assert author.send(f"/desk/status/{slug}/updates", {"body": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"body": " "}, "Say in a few words what is known."),
        ({"body": "x" * 5_001}, "5000 characters"),
        ({"stage": "completed"}, "Not a valid choice"),
        ({"ends_at": "2026-03-10T11:59"}, "The expected end must lie ahead."),
        ({"ends_at": "soon"}, "Not a valid datetime value"),
        ({"post_mortem_url": "https://example.org/"}, "A post-mortem belongs to the end."),
        ({"post_mortem_url": "javascript:alert(1)", "stage": "resolved"}, "begins with https://"),
        ({"level": "dreadful"}, "Not a valid choice"),
    ],
)
def test_errors_keep_what_was_typed(browser_of, house, incident, changes, words):
    incident()
    author = browser_of(house.author)
    if "level" in changes:
        changes = {f"level_{house.solver.id}": changes["level"]}

    page = author.send(f"{DESK}updates", fields_of(author) | {"body": "Typed & kept."} | changes)

    assert page.status_code == 422
    assert words in page.text
    assert changes.get("body", "Typed &amp; kept.")[:500].strip() in page.text
    assert updates() == []


def test_the_late_one_of_two_sees_the_newer_update_above_the_own_text(browser_of, house, incident):
    incident()
    early, late = browser_of(house.agent), browser_of(house.author)
    seen_early, seen_late = fields_of(early), fields_of(late)
    early.send(f"{DESK}updates", seen_early | {"body": "The early one."})

    conflict = late.send(f"{DESK}updates", seen_late | {"body": "The late one.", "stage": "resolved"})

    assert conflict.status_code == 409
    page = soup(conflict)
    assert page.select_one(".notice-title").get_text() == "Somebody posted an update meanwhile"
    assert "The early one." in page.select_one(".status-updates").get_text()
    assert page.find("textarea").get_text().strip() == "The late one."
    assert page.find("option", value="resolved").has_attr("selected")
    assert [each.body for each in updates()] == ["The early one."]
    version = page.find("input", attrs={"name": "version"})["value"]
    again = late.send(f"{DESK}updates", seen_late | {"body": "The late one.", "version": version})
    assert again.status_code == 303
    assert [each.body for each in updates()] == ["The early one.", "The late one."]


def test_of_many_at_once_one_is_posted(browser_of, house, incident):
    incident()
    browsers = [browser_of(house.agent if n % 2 else house.author) for n in range(10)]
    fields = fields_of(browsers[0])
    ready, statuses = threading.Barrier(len(browsers), timeout=30), []
    prepared = [(each, fields | {"body": "At once.", "csrf_token": each.csrf()}) for each in browsers]
    db.session.commit()

    def send(browser, data):
        ready.wait()
        statuses.append(FlaskClient.open(browser, f"{DESK}updates", method="POST", data=data).status_code)

    threads = [threading.Thread(target=send, args=each) for each in prepared]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)

    assert sorted(statuses) == [303] + [409] * 9
    assert len(updates()) == 1
    assert db.session.scalar(sa.select(sa.func.count(Event.id))) == 1


def test_nothing_is_added_to_a_withdrawn_notice(browser_of, house, incident):
    notice = incident()
    author = browser_of(house.author)
    fields = fields_of(author)
    notice.public_edition.state = EditionState.WITHDRAWN
    notice.withdrawn_at = now()

    assert soup(author.get(DESK)).find("form", action=f"{DESK}updates") is None
    assert (
        author.send(f"{DESK}updates", fields | {"body": "More.", "version": notice.version}).status_code
        == 409
    )
    assert updates() == []


def test_reopening_is_offered_for_a_week(browser_of, house, incident, frozen):
    notice = incident()
    post(notice, house.author, S.RESOLVED)

    def offered():
        return [each["value"] for each in soup(browser_of(house.author).get(DESK)).select("#stage option")]

    assert offered() == ["resolved", "investigating"]
    frozen.shift(timedelta(days=8))
    assert offered() == ["resolved"]


def test_hostile_words_in_updates_stay_words(client, house, incident):
    notice = incident()
    words = [each for each in sorted({clean(each) for each in NAUGHTY}) if each.strip()][:40]
    for each in words:
        post(notice, house.author, body=each[:4_000])

    for path in ("/announcements/solver-is-down/", "/status/", "/status/solver/"):
        page = soup(client.get(path))
        assert page.select(".status-update script, .status-update img, .status-notice script") == []
    assert client.get("/feeds/status.json").status_code == 200
    assert client.get("/feeds/status.atom").status_code == 200


def test_silent_notices_wait_for_their_owner(browser_of, house, incident, frozen):
    incident(at=now())
    frozen.shift(timedelta(hours=2, minutes=59))

    def waits(person):
        return [each.get_text() for each in soup(browser_of(person).get("/desk/")).select(".entry-title")]

    assert waits(house.author) == []
    frozen.shift(timedelta(minutes=1))
    assert waits(house.author) == ["Solver is down"]
    assert waits(house.second) == waits(house.agent) == []
    assert db.session.scalars(sa.select(LevelChange)).all() == []


def test_subscribers_are_told_of_an_update_unless_its_author_unticks_it(browser_of, house, incident):
    incident()
    author = browser_of(house.author)
    box = soup(author.get(DESK)).find("input", {"name": "tell"})
    assert box.has_attr("checked")

    author.send(f"{DESK}updates", {**fields_of(author), "body": "A typo is mended.", "tell": ""})
    author.send(f"{DESK}updates", {**fields_of(author), "body": "It is back."})

    assert [(each.body, each.is_minor) for each in updates()] == [
        ("A typo is mended.", True), ("It is back.", False),
    ]  # fmt: skip
    told = [each.get_text(" ", strip=True) for each in soup(author.get(DESK)).select(".status-update")]
    assert ["nobody was told" in each for each in told] == [False, True, False]
    assert b"nobody was told" not in author.get("/announcements/solver-is-down/").data
