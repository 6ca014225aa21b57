"""The editor: fields that only some kinds use, what is refused with which sentence, and two people who save at once."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from bs4 import BeautifulSoup

from cass_portal.announcements.lifecycle import EditionState, ProductLevel, Stage
from cass_portal.announcements.models import Announcement, AnnouncementKind, Edition
from cass_portal.clock import now
from cass_portal.db import db
from tests import factories
from tests.announcements.pages import fields_of_form, words

S, L = EditionState, ProductLevel
NEW = "/desk/announcements/new"


@pytest.fixture
def other_product(house):
    return factories.product("Mesher", stewards=[house.beta])


def fields(house, **changes):
    return {
        "kind": "status",
        "title": "Solver is slow",
        "summary": "It takes longer.",
        "body": "We **look** at it.",
        "organizations": [str(house.alpha.id)],
        "products": [str(house.product.id)],
        "stage": "investigating",
        "written_for": "0",
    } | changes


def only():
    """The one document there is, read anew."""
    db.session.expire_all()
    return db.session.scalars(sa.select(Announcement)).one().latest_edition


def errors_of(page):
    soup = BeautifulSoup(page.data, "lxml")
    return {each.get_text(" ", strip=True).removeprefix("Error: ") for each in soup.select(".field-error")}


def test_an_incident_puts_its_products_on_advisory_unless_told_otherwise(house, browser_of):
    browser_of(house.author).send(NEW, fields(house, ends_at="2026-03-12T18:30"))

    edition = only()
    assert (edition.stage, edition.levels) == (Stage.INVESTIGATING, {house.product: L.ADVISORY})
    assert (edition.starts_at, edition.ends_at) == (None, datetime(2026, 3, 12, 18, 30, tzinfo=UTC))
    assert edition.follows_clock is False


def test_a_maintenance_says_its_times_and_may_follow_the_clock(house, browser_of):
    sent = {
        "stage": "scheduled",
        "starts_at": "2026-03-12T08:00",
        "ends_at": "2026-03-12T10:00",
        "follows_clock": "y",
    }

    browser_of(house.author).send(NEW, fields(house, **sent))

    edition = only()
    assert (edition.stage, edition.levels) == (Stage.SCHEDULED, {house.product: L.MAINTENANCE})
    assert edition.ends_at - edition.starts_at == timedelta(hours=2)
    assert edition.follows_clock is True


def test_one_level_holds_for_all_products_but_those_with_one_of_their_own(house, other_product, browser_of):
    products = [str(house.product.id), str(other_product.id)]
    own = ["", f"{other_product.id}:outage"]

    browser_of(house.author).send(NEW, fields(house, products=products, level="degraded", levels=own))

    assert only().levels == {house.product: L.DEGRADED, other_product: L.OUTAGE}


def test_the_form_gives_back_what_is_stored(house, other_product, browser_of):
    item = factories.feedback(reference="CASS-7K3QF")
    browser, path = browser_of(house.author), "/desk/announcements/solver-is-slow/1/edit"
    browser.send(
        NEW,
        fields(
            house, products=[str(house.product.id), str(other_product.id)], stage="in_progress", level="outage",
            levels=[f"{other_product.id}:degraded"], starts_at="2026-03-12T08:00", ends_at="2026-03-12T10:00",
            follows_clock="y", feedback="cass-7k3qf",
        ),
    )  # fmt: skip
    before = only().text_hash

    answer = browser.send(path, fields_of_form(browser.get(path), path))

    assert (answer.status_code, only().text_hash) == (303, before)
    assert only().feedback == [item]
    assert "Nothing was changed" in words(browser.get(answer.location))


def test_what_the_kind_does_not_use_is_dropped(house, browser_of):
    sent = {
        "kind": "news", "stage": "scheduled", "level": "outage", "starts_at": "2026-03-12T08:00",
        "ends_at": "2026-03-12T10:00", "follows_clock": "y", "levels": [f"{house.product.id}:outage"],
    }  # fmt: skip

    browser_of(house.author).send(NEW, fields(house, **sent))

    edition = only()
    assert (edition.stage, edition.levels, edition.starts_at, edition.ends_at) == (None, {}, None, None)
    assert edition.follows_clock is False
    assert edition.products == [house.product]


def test_an_event_keeps_its_times_and_nothing_of_a_status_notice(house, browser_of):
    sent = {"kind": "event", "starts_at": "2026-03-12T08:00", "follows_clock": "y", "level": "outage"}

    browser_of(house.author).send(NEW, fields(house, **sent))

    edition = only()
    assert (edition.stage, edition.levels, edition.follows_clock) == (None, {}, False)
    assert edition.starts_at == datetime(2026, 3, 12, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "sentences"),
    [
        ({"stage": ""}, {"Choose where it stands: an incident or a maintenance."}),
        ({"kind": "event"}, {"Say when the event begins."}),
        ({"stage": "scheduled"}, {"Say when the maintenance begins."}),
        (
            {"stage": "scheduled", "starts_at": "2026-03-12T08:00", "ends_at": "2026-03-12T08:00"},
            {"It must end after it begins."},
        ),
        (
            {"kind": "event", "starts_at": "2026-03-12T08:00", "ends_at": "2026-03-11T08:00"},
            {"It must end after it begins."},
        ),
        ({"ends_at": "soon"}, {"Give a day and a time, such as 2026-03-12 14:30."}),
        (
            {"stage": "scheduled", "starts_at": "2026-03-12T08:00", "follows_clock": "y"},
            {"To begin and end by the clock it needs both times."},
        ),
        (
            {"follows_clock": "y"},
            {"Only maintenance can follow the clock: an incident ends when it is over."},
        ),
        (
            {"levels": ["9999:outage"]},
            {"Only affected products have a level. Choose them above or set none here."},
        ),
        ({"levels": ["1:terrible"]}, {"Choose one of the levels."}),
        ({"level": "terrible"}, {"Not a valid choice."}),
        (
            {"feedback": "CASS-NNNNN, cass-mmmmm"},
            {"There is no such feedback, or you may not see it: CASS-NNNNN, CASS-MMMMM."},
        ),
    ],
)
def test_what_does_not_fit_is_said_in_a_sentence(sent, sentences, house, browser_of):
    page = browser_of(house.author).send(NEW, fields(house, **sent))

    assert (page.status_code, errors_of(page)) == (422, sentences)
    assert db.session.scalars(sa.select(Announcement)).all() == []


@pytest.mark.parametrize(
    "body",
    [
        "![A chart](https://example.org/chart.png)",
        "Look: <img src='x.png' alt='chart'>",
        "![chart][1]\n\n[1]: /x.png",
    ],
)
def test_a_picture_is_refused_rather_than_lost(body, house, browser_of):
    page = browser_of(house.author).send(NEW, fields(house, body=body))

    (sentence,) = errors_of(page)
    assert sentence.startswith("Pictures are left out of announcements")


def test_code_that_looks_like_a_picture_is_kept(house, browser_of):
    answer = browser_of(house.author).send(
        NEW, fields(house, body="Write `![alt](address)` there.\n\n    <img>")
    )

    assert answer.status_code == 303


def test_feedback_is_named_by_comma_or_line(house, browser_of):
    items = [factories.feedback(reference=f"CASS-7K3Q{n}") for n in range(3)]

    browser_of(house.author).send(
        NEW, fields(house, feedback="cass-7k3q0,CASS-7K3Q1\n CASS-7K3Q2, cass-7k3q0")
    )

    assert only().feedback == items


def test_a_lead_names_only_feedback_they_may_see(house, browser_of):
    hidden, own = factories.feedback(reference="CASS-7K3Q0"), factories.feedback(reference="CASS-7K3Q1")
    factories.assignment(own, house.alpha)
    lead, written = browser_of(house.lead), {"written_for": str(house.alpha.id)}

    refused = lead.send(NEW, fields(house, feedback=hidden.reference, **written))
    taken = lead.send(NEW, fields(house, feedback=own.reference, **written))

    assert errors_of(refused) == {"There is no such feedback, or you may not see it: CASS-7K3Q0."}
    assert (taken.status_code, only().feedback) == (303, [own])


def test_a_lead_keeps_feedback_that_a_coordinator_named(house, browser_of):
    hidden = factories.feedback(reference="CASS-7K3Q0")
    row = factories.announcement(by=house.author, slug="x", state=S.DRAFT, organization=house.alpha)
    row.latest_edition.feedback = [hidden]
    lead, path = browser_of(house.lead), "/desk/announcements/x/1/edit"

    answer = lead.send(path, fields_of_form(lead.get(path), path) | {"title": "Changed"})

    assert (answer.status_code, only().title, only().feedback) == (303, "Changed", [hidden])


def test_all_fields_are_there_without_javascript_and_the_list_of_levels_once_products_are_chosen(
    house, browser_of
):
    author = browser_of(house.author)

    blank = BeautifulSoup(author.get(NEW).data, "lxml")
    previewed = BeautifulSoup(author.send(NEW, fields(house, preview="Preview")).data, "lxml")

    assert [each.legend.get_text() for each in blank.select("fieldset[data-for-kind]")] == [
        "For status notices",
        "When: for status notices and events",
    ]
    assert blank.select("main [hidden]") == []
    assert [each["id"] for each in blank.select("select[name=levels]")] == []
    assert [each["id"] for each in previewed.select("select[name=levels]")] == [f"level-{house.product.id}"]


@pytest.mark.parametrize(("kind", "legends"), [("news", 0), ("event", 1), ("status", 2)])
def test_a_published_documents_form_shows_only_what_its_kind_uses(kind, legends, house, browser_of):
    row = factories.announcement(by=house.author, slug="x", kind=AnnouncementKind(kind), state=S.PUBLISHED)
    factories.made(factories.edition(row, by=house.author, number=2, state=S.DRAFT))

    page = BeautifulSoup(browser_of(house.author).get("/desk/announcements/x/2/edit").data, "lxml")

    assert len(page.select("fieldset[data-for-kind]")) == legends


def test_the_preview_is_what_readers_get(house, browser_of):
    page = browser_of(house.author).send(NEW, fields(house, preview="Preview"))

    assert BeautifulSoup(page.data, "lxml").find(id="preview").find("strong").get_text() == "look"


# Two people at once


@pytest.fixture
def opened_by_two(house, browser_of):
    """A draft that two coordinators have open; (browser, the form's fields) of each."""
    factories.announcement(
        "Solver 2.0", by=house.author, slug="x", state=S.DRAFT, body="First sentence. Second sentence.",
        organizations=[house.alpha],
    )  # fmt: skip
    path = "/desk/announcements/x/1/edit"
    browsers = [browser_of(house.author), browser_of(house.second)]
    return [(each, path, fields_of_form(each.get(path), path)) for each in browsers]


def test_the_late_writer_sees_both_texts_field_by_field_and_loses_nothing(opened_by_two, house):
    (first, path, one), (second, _, two) = opened_by_two
    theirs = one | {"title": "Solver 2.0 is out", "body": "First sentence. Another sentence here."}
    mine = two | {"summary": "My summary.", "body": "First sentence. My own sentence."}

    saved, late = first.send(path, theirs), second.send(path, mine)

    assert (saved.status_code, late.status_code) == (303, 409)
    soup = BeautifulSoup(late.data, "lxml")
    assert [each.h2.get_text() for each in soup.select(".versus-field")] == ["Title", "Summary", "Text"]
    assert {each.get_text(" ", strip=True) for each in soup.select(".versus-pair h3")} == {
        "Saved by Ada Author",
        "Yours",
    }
    assert soup.select(".versus-field")[2].select(".versus-text")[0].get_text() == theirs["body"]
    assert soup.select(".versus-field")[2].select("ins")
    kept = fields_of_form(late, path)
    assert {name: kept[name][0] for name in ("title", "summary", "body")} == {
        "title": "Solver 2.0", "summary": "My summary.", "body": "First sentence. My own sentence.",
    }  # fmt: skip
    assert only().title == "Solver 2.0 is out"


def test_the_late_writer_may_save_once_more(opened_by_two):
    (first, path, one), (second, _, two) = opened_by_two
    first.send(path, one | {"title": "Theirs"})

    late = second.send(path, two | {"title": "Mine"})
    again = second.send(path, fields_of_form(late, path) | {"title": "Both"})

    assert (late.status_code, again.status_code, only().title) == (409, 303, "Both")


def test_a_third_save_in_between_is_a_conflict_again(opened_by_two):
    (first, path, one), (second, _, two) = opened_by_two
    first.send(path, one | {"title": "Theirs"})
    late = second.send(path, two | {"title": "Mine"})
    first.send(path, fields_of_form(first.get(path), path) | {"title": "Theirs again"})

    again = second.send(path, fields_of_form(late, path))

    assert (again.status_code, only().title) == (409, "Theirs again")


def test_the_late_text_is_still_there_when_the_editor_is_opened_again(opened_by_two):
    (first, path, one), (second, _, two) = opened_by_two
    first.send(path, one | {"title": "Theirs"})
    second.send(path, two | {"title": "Mine"})

    page = second.get(path)

    assert fields_of_form(page, path)["title"] == ["Mine"]
    assert "Somebody saved a newer text meanwhile" in words(page)
    assert [each.h2.get_text() for each in BeautifulSoup(page.data, "lxml").select(".versus-field")] == [
        "Title"
    ]


@pytest.fixture
def overtaken():
    """Whenever an edition is stored, somebody else has just been faster."""

    def raise_version(_mapper, connection, _target):
        table = Edition.__table__
        connection.execute(sa.update(table).values(version=table.c.version + 1))

    sa.event.listen(Edition, "before_update", raise_version)
    yield
    sa.event.remove(Edition, "before_update", raise_version)


@pytest.mark.usefixtures("overtaken")
def test_a_save_in_the_same_instant_is_a_conflict_too(opened_by_two):
    (_, path, _), (second, _, two) = opened_by_two

    late = second.send(path, two | {"title": "Mine"})

    assert (late.status_code, fields_of_form(late, path)["title"]) == (409, ["Mine"])
    assert only().title == "Solver 2.0"


def test_saving_in_a_state_that_lost_its_agreement_warns(house, browser_of):
    factories.announcement(by=house.author, slug="x", state=S.AGREED, organizations=[house.alpha])

    page = words(browser_of(house.author).get("/desk/announcements/x/1/edit"))

    assert "Saving a change takes the agreement back" in page


def test_the_times_are_shown_as_they_were_given(house, browser_of):
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False):
        row = factories.announcement(by=house.author, slug="x", state=S.DRAFT, kind=AnnouncementKind.EVENT)
        row.latest_edition.starts_at = now() + timedelta(days=1, minutes=5)

        form = fields_of_form(
            browser_of(house.author).get("/desk/announcements/x/1/edit"), "/desk/announcements/x/1/edit"
        )

    assert form["starts_at"] == ["2026-03-02T12:05"]
