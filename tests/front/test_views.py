"""The public pages: what is going on, who answers for what, one product, one member."""

from datetime import date, timedelta
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from cass_portal.announcements.lifecycle import EditionState, Stage
from cass_portal.announcements.models import AnnouncementKind
from cass_portal.casework.lifecycle import AssignmentState, Outcome
from cass_portal.casework.models import ConsolidatedReply
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.lifecycle import GroupStatus, Level
from cass_portal.directory.models import ProductLink
from cass_portal.feedback.models import Visibility
from tests import factories
from tests.hostile import NAUGHTY

PAGES = ["/", "/directory/", "/directory/?q=kokkos", "/products/kokkos/", "/members/S4PST/"]


@pytest.fixture
def coordinator(app):
    return factories.coordinator()


@pytest.fixture
def s4pst(app):
    return factories.organization("S4PST", website="https://s4pst.example.org/")


@pytest.fixture
def kokkos(s4pst):
    return factories.product(
        "Kokkos",
        stewards=[s4pst],
        areas=[factories.area("Programming models")],
        license_spdx="MIT",
        openssf_id=9344,
    )


def page(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, path
    return BeautifulSoup(answer.text, "lxml").main


def section(main, heading):
    return next(each for each in main.find_all("section") if each.h2 and each.h2.get_text() == heading)


def titles(part):
    return [each.get_text() for each in part.select(".entry-title")]


def answered(subject, by, *, outcome=Outcome.DONE, made=factories.public_feedback, **fields):
    """A matter that `by` answered, given to its author."""
    item = made(subject, **fields)
    person = factories.person(agent_of=by)
    parts = []
    for each in by if isinstance(by, list) else [by]:
        factories.answer(
            factories.assignment(item, each, state=AssignmentState.ANSWERED), person, outcome=outcome
        )
        parts.append({"organization": each.short_name, "outcome": outcome.value, "html": "", "text": ""})
    item.reply_released_at = now()
    given = {"text": "", "html": "", "drafted_by": person, "drafted_at": now(), "released_at": now()}
    factories.made(ConsolidatedReply(feedback=item, answers={"parts": parts}, **given))
    item.settle()
    return item


@pytest.mark.parametrize("path", PAGES)
def test_public_pages_are_the_same_for_everybody_and_may_be_kept(kokkos, client, browser_of, path):
    answer = client.get(path)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, no-cache"
    assert "Set-Cookie" not in answer.headers
    assert browser_of(factories.administrator()).get(path).text == answer.text


def test_an_empty_portal_explains_itself(client):
    home, directory = page(client, "/"), page(client, "/directory/")

    assert "Nothing was announced yet" in home.get_text()
    assert "No public answer yet" in home.get_text()
    assert "No members yet" in home.get_text()
    assert "The directory is empty" in directory.get_text()


def test_the_home_page_shows_open_status_notices_first_and_once(coordinator, client):
    def announce(title, kind, days, **fields):
        factories.announcement(title, by=coordinator, kind=kind, at=now() - timedelta(days=days), **fields)

    announce("Outage", AnnouncementKind.STATUS, 30, stage=Stage.INVESTIGATING)
    announce("Old trouble", AnnouncementKind.STATUS, 15, stage=Stage.RESOLVED)
    announce("Fresh news", AnnouncementKind.NEWS, 1)
    announce("Older news", AnnouncementKind.NEWS, 20)
    factories.announcement("Draft", by=coordinator, state=EditionState.DRAFT)
    factories.announcement("Withdrawn", by=coordinator, state=EditionState.WITHDRAWN)

    home = page(client, "/")

    assert [each.get_text() for each in home.select(".notice-title")] == ["Outage"]
    assert titles(section(home, "Announcements")) == ["Fresh news", "Old trouble", "Older news"]


def test_the_home_page_has_one_way_to_give_feedback_and_names_the_members(s4pst, client):
    factories.organization("LEFT", level=Level.FORMER)

    home = page(client, "/")

    assert [each["href"] for each in home.select(".button")] == ["/feedback/new"]
    assert [each["href"] for each in section(home, "Who answers for what").select("li a")] == [
        "/members/S4PST/"
    ]


def test_the_home_page_shows_what_came_of_public_feedback_only(kokkos, s4pst, client):
    other = factories.organization("RAPIDS")
    answered("Shown", [s4pst, other], outcome=Outcome.PLANNED, products=[kokkos])
    answered("Canary of a member", s4pst, made=factories.feedback, visibility=Visibility.MEMBERS)
    answered("Canary unpublished", s4pst, made=factories.feedback, visibility=Visibility.PUBLIC)
    factories.public_feedback("Open yet")

    part = section(page(client, "/"), "What came of feedback")

    assert titles(part) == ["Shown"]
    assert [each.get_text(" ", strip=True) for each in part.select(".front-answer")] == [
        "S4PST Planned",
        "RAPIDS Planned",
    ]
    assert "Kokkos" in part.get_text()
    assert "Canary" not in client.get("/").text


def test_a_reopened_answer_is_not_shown_as_given(s4pst, client):
    item = answered("Reopened", s4pst)
    item.assignments[0].reopen()
    item.reply_released_at = None
    item.settle()

    assert "Reopened" not in client.get("/").text


def test_an_unlisted_product_is_not_named(s4pst, client):
    hidden = factories.product("Hidden", stewards=[s4pst], published=False)
    answered("Shown", s4pst, products=[hidden])

    for path in ("/", "/directory/", "/directory/?q=hidden", "/members/S4PST/"):
        assert "Hidden" not in client.get(path).text


def test_the_directory_shows_who_answers_for_what(kokkos, s4pst, client):
    rapids = factories.organization("RAPIDS")
    factories.organization("LEFT", level=Level.FORMER)
    factories.product("Loose")
    group = factories.working_group("Workforce", status_on=date(2025, 9, 9))
    factories.working_group("Foundations", status=GroupStatus.RETIRED)
    factories.topic("Training", organizations=[rapids], groups=[group])

    main = page(client, "/directory/")

    members = [" ".join(row.get_text(" ").split()) for row in section(main, "Members").select("li")]
    assert members == [
        "RAPIDS The RAPIDS institute Stewards no product. Looks after Training",
        "S4PST The S4PST institute 1 product",
        "LEFT Former member The LEFT institute",
    ]
    products = {
        part.h3.get_text(): [each["href"] for each in part.find_all("a")]
        for part in section(main, "Products by area").find_all("section")
    }
    assert products == {"Programming models": ["/products/kokkos/"], "Without an area": ["/products/loose/"]}
    topic = section(main, "Topics").li
    assert [each["href"] for each in topic.find_all("a")] == [
        "/members/RAPIDS/",
        "/feedback/new?topic=training",
    ]
    groups = [each.get_text(" ", strip=True) for each in section(main, "Working groups").find_all("li")]
    assert groups == ["Foundations retired", "Workforce active since 9 September 2025"]


def test_a_product_lies_under_each_of_its_areas(s4pst, client):
    areas = [factories.area("First"), factories.area("Second")]
    factories.product("Both", stewards=[s4pst], areas=areas)

    parts = section(page(client, "/directory/"), "Products by area").find_all("section")

    assert [(part.h3.get_text(), part.a.get_text()) for part in parts] == [
        ("First", "Both"),
        ("Second", "Both"),
    ]


def test_a_search_shows_what_fits_and_nothing_else(kokkos, s4pst, client):
    factories.product("PAPI", stewards=[factories.organization("STEP")])

    main = page(client, "/directory/?q=kok")

    assert {each["href"] for each in main.select("section a")} == {"/products/kokkos/"}
    assert main.select_one("input[name=q]")["value"] == "kok"


def test_a_search_without_a_match_offers_the_next_step(kokkos, client):
    main = page(client, "/directory/?q=nothing")

    assert "Nothing fits “nothing”." in main.get_text()
    assert main.select_one("a.button")["href"] == "/feedback/new"


def test_a_search_without_a_word_shows_everything(kokkos, client):
    main = page(client, "/directory/?q=%20!%20")

    assert {each.h2.get_text() for each in main.find_all("section") if each.h2} == {
        "Members",
        "Products by area",
    }


def test_no_search_text_breaks_the_page(kokkos, client):
    assert {
        text
        for text in NAUGHTY
        if client.get(f"/directory/?q={quote(text, errors='replace')}").status_code != 200
    } == set()


def test_a_product_page_says_who_stewards_it_and_where_it_is(kokkos, client):
    kokkos.spack_names, kokkos.e4s_names, kokkos.foundation = (
        ["kokkos", "kokkos-tools"],
        ["Kokkos"],
        "A foundation",
    )
    kokkos.links = [ProductLink(label="Repository (core)", url="https://git.example.org/kokkos", position=0)]

    main = page(client, "/products/kokkos/")

    assert main.select_one(".page-head .chip")["href"] == "/members/S4PST/"
    assert main.select_one(".page-head a.button")["href"] == "/feedback/new?product=kokkos"
    facts = {row.dt.get_text(): row.dd.get_text() for row in main.select(".keyvalue > div")}
    assert facts == {
        "Areas": "Programming models", "License": "MIT", "Foundation": "A foundation",
        "Spack packages": "kokkos, kokkos-tools", "In E4S as": "Kokkos",
    }  # fmt: skip
    assert {each.get_text(): each["href"] for each in main.select(".front-links a")} == {
        "Repository (core)": "https://git.example.org/kokkos",
        "OpenSSF Best Practices": "https://www.bestpractices.dev/en/projects/9344",
    }


def test_a_product_page_without_facts_says_what_happens_to_feedback(app, client):
    factories.product("Orphan", license_spdx="per-member-package")

    main = page(client, "/products/orphan/")

    assert "No member stewards it at present." in main.get_text()
    assert [row.dd.get_text() for row in main.select(".keyvalue > div")] == ["Differs by package"]
    assert "No known issues" in section(main, "Status").get_text()
    assert "Nothing was announced about it yet" in main.get_text()
    assert "No public feedback yet" in main.get_text()


def test_a_product_page_shows_news_and_public_feedback_about_it_only(kokkos, s4pst, coordinator, client):
    other = factories.product("Other", stewards=[s4pst])
    factories.announcement(
        "Trouble", by=coordinator, kind=AnnouncementKind.STATUS, products=[kokkos], stage=Stage.IDENTIFIED
    )
    factories.announcement("Release", by=coordinator, products=[kokkos, other])
    factories.announcement(
        "Elsewhere", by=coordinator, kind=AnnouncementKind.STATUS, products=[other], stage=Stage.IDENTIFIED
    )
    factories.public_feedback("New and public", products=[kokkos])
    answered("Answered and public", s4pst, products=[kokkos, other])
    factories.public_feedback("About another", products=[other])
    factories.feedback("Canary", products=[kokkos], visibility=Visibility.MEMBERS)

    main = page(client, "/products/kokkos/")

    assert [each.get_text() for each in main.select(".notice-title")] == ["Trouble"]
    assert titles(section(main, "Announcements")) == ["Release"]
    assert set(titles(section(main, "Public feedback"))) == {"New and public", "Answered and public"}
    assert "Canary" not in main.get_text()


@pytest.mark.parametrize("fields", [{"published": False}, {"retired_on": date(2026, 1, 1)}])
def test_unpublished_and_retired_products_are_not_found(s4pst, client, fields):
    factories.product("Hidden", stewards=[s4pst], **fields)

    assert client.get("/products/hidden/").status_code == 404


@pytest.mark.parametrize(
    "path", ["/products/nothing/", "/products/%00/", "/members/NOBODY/", "/members/%00/", "/members/%25/"]
)
def test_what_is_not_there_is_not_found(kokkos, client, path):
    assert client.get(path).status_code == 404


def test_a_member_page_says_what_it_stewards_looks_after_announced_and_answered(
    kokkos, s4pst, coordinator, client
):
    other = factories.organization("RAPIDS")
    factories.topic("Training", organizations=[s4pst])
    factories.announcement("Ours", by=coordinator, organizations=[s4pst])
    factories.announcement("Theirs", by=coordinator, organizations=[other])
    answered("Answered by us", s4pst)
    answered("Answered by them", other)

    main = page(client, "/members/S4PST/")

    assert main.h1.get_text() == "S4PST"
    assert "Core member" in main.get_text()
    assert main.select_one(".page-facts a")["href"] == "https://s4pst.example.org/"
    assert [each["href"] for each in section(main, "Stewards").find_all("a")] == ["/products/kokkos/"]
    assert [each.bdi.get_text() for each in section(main, "Looks after").find_all("li")] == ["Training"]
    assert titles(section(main, "Announcements")) == ["Ours"]
    assert titles(section(main, "Feedback it answered")) == ["Answered by us"]


def test_a_member_that_stewards_nothing_says_so(s4pst, client):
    factories.topic("Training", organizations=[s4pst])

    assert "Its work is in the topics below." in page(client, "/members/S4PST/").get_text()


def test_a_former_member_keeps_its_page_and_is_marked(app, client):
    factories.organization("LEFT", level=Level.FORMER, former_since=date(2025, 10, 7))

    text = page(client, "/members/LEFT/").get_text(" ")

    assert "Former member" in text
    assert "It left the Consortium on 7 October 2025." in text


def test_other_letter_case_leads_to_the_canonical_address(s4pst, client):
    answer = client.get("/members/s4pst/")

    assert (answer.status_code, answer.location) == (301, "/members/S4PST/")


def queries_of(client, path):
    asked = []
    db.session.commit()

    def note(*arguments):
        asked.append(arguments[2])

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert client.get(path).status_code == 200
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    return len(asked)


@pytest.mark.once
@pytest.mark.parametrize("path", ["/", "/directory/", "/products/kokkos/", "/members/S4PST/"])
def test_pages_ask_as_often_for_one_of_each_as_for_thirty(kokkos, s4pst, coordinator, client, path):
    def fill(times):
        for _ in range(times):
            organization = factories.organization()
            factories.product(stewards=[organization, s4pst], areas=[factories.area()])
            factories.topic(organizations=[organization, s4pst], groups=[factories.working_group()])
            factories.announcement(by=coordinator, organizations=[s4pst], products=[kokkos])
            answered(None, s4pst, products=[kokkos])

    fill(1)
    one = queries_of(client, path)
    fill(29)

    assert queries_of(client, path) == one
