"""The announcement pages as people meet them in a browser without JavaScript."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from bs4 import BeautifulSoup

from cass_portal.announcements.lifecycle import EditionState
from cass_portal.announcements.models import Announcement, AnnouncementKind, Edition
from cass_portal.clock import now
from cass_portal.db import db
from tests import factories
from tests.announcements.pages import fields_of_form
from tests.hostile import NAUGHTY

S = EditionState


def draft_fields(house, **changes):
    return {
        "kind": "news",
        "title": "Solver 2.0 is out",
        "summary": "Faster and smaller.",
        "body": "We **released** it.",
        "organizations": [str(house.alpha.id)],
        "products": [str(house.product.id)],
        "written_for": "0",
    } | changes


def fields_of(page, action_part):
    """Names and values of the form whose action holds `action_part`."""
    soup = BeautifulSoup(page.get_data(as_text=True), "lxml")
    form = soup.find("form", action=re.compile(re.escape(action_part)))
    return {i["name"]: i.get("value", "") for i in form.find_all("input") if i.get("type") == "hidden"}


def press(browser, path, act, **more):
    """Open the edition's page at `path` and send its form for `act`, as its button would."""
    hidden = fields_of(browser.get(path), f"{path}{act}")
    return browser.send(f"{path}{act}", hidden | more)


def test_an_announcement_goes_from_draft_to_the_public_through_two_coordinators(house, browser_of, client):
    author, second = browser_of(house.author), browser_of(house.second)
    path = "/desk/announcements/solver-2-0-is-out/1/"

    created = author.send("/desk/announcements/new", draft_fields(house))
    assert created.location.endswith("/desk/announcements/solver-2-0-is-out/")
    assert client.get("/announcements/solver-2-0-is-out/").status_code == 404
    assert press(author, path, "sign-off-request").status_code == 303
    assert press(second, path, "sign-off", stance="agree").status_code == 303
    assert press(second, path, "publication").status_code == 303

    page = client.get("/announcements/solver-2-0-is-out/").get_data(as_text=True)
    assert "<strong>released</strong>" in page
    assert "Signed off by a second coordinator" in page
    assert "/feedback/new?announcement=solver-2-0-is-out" in page


def test_a_stranger_reaches_no_desk_page(house, client):
    factories.announcement(by=house.author, slug="x", state=S.DRAFT)

    for path in ("/desk/announcements/", "/desk/announcements/x/", "/desk/announcements/new"):
        assert "/sign-in" in client.get(path).location
    assert client.send("/desk/announcements/x/1/publication").status_code == 401


def test_an_agent_reads_and_does_nothing(house, browser_of):
    factories.announcement(
        "Quiet", by=house.author, slug="x", state=S.IN_SIGN_OFF, organizations=[house.alpha]
    )
    agent = browser_of(house.agent)

    page = agent.get("/desk/announcements/x/").get_data(as_text=True)
    assert "Waits for a sign-off by a coordinator other than Ada Author" in page
    assert "<form" not in page.split("<main")[1]
    for act in (
        "sign-off",
        "sign-off-request",
        "publication",
        "schedule",
        "discarding",
        "withdrawal",
        "new-edition",
    ):
        assert agent.send(f"/desk/announcements/x/1/{act}").status_code == 403
    assert agent.get("/desk/announcements/new").status_code == 403
    assert agent.get("/desk/announcements/x/1/edit").status_code == 403


def test_a_lead_edits_the_own_and_no_other(house, browser_of):
    for slug, owner in (("own", house.alpha), ("theirs", house.beta), ("common", None)):
        factories.announcement(by=house.author, slug=slug, state=S.DRAFT, organization=owner)
    lead = browser_of(house.lead)

    statuses = {
        slug: lead.get(f"/desk/announcements/{slug}/1/edit").status_code
        for slug in ("own", "theirs", "common")
    }

    assert statuses == {"own": 200, "theirs": 403, "common": 403}


def test_a_lead_writes_for_the_own_organization_whatever_the_form_says(house, browser_of):
    lead, own = browser_of(house.lead), {"written_for": str(house.alpha.id)}

    for_all = lead.send("/desk/announcements/new", draft_fields(house, written_for="0"))
    as_beta = lead.send(
        "/desk/announcements/new", draft_fields(house, organizations=[str(house.beta.id)], **own)
    )
    taken = lead.send("/desk/announcements/new", draft_fields(house, **own))

    assert (for_all.status_code, as_beta.status_code, taken.status_code) == (422, 422, 303)
    assert [each.organization for each in db.session.scalars(sa.select(Announcement))] == [house.alpha]


def test_errors_keep_what_was_typed(house, browser_of):
    author = browser_of(house.author)

    page = author.send("/desk/announcements/new", draft_fields(house, title=" ", body="Typed " + "[" * 99))

    assert page.status_code == 422
    text = page.get_data(as_text=True)
    assert "Give it a title." in text
    assert "too many" in text
    assert "Typed [[[" in text
    assert db.session.scalars(sa.select(Announcement)).all() == []


def test_preview_works_without_javascript_and_stores_nothing(house, browser_of):
    page = browser_of(house.author).send("/desk/announcements/new", draft_fields(house, preview="Preview"))

    preview = BeautifulSoup(page.data, "lxml").find(id="preview")
    assert preview.find("strong").get_text() == "released"
    assert db.session.scalars(sa.select(Announcement)).all() == []


def edit_fields(browser, path):
    """What the edit form at `path` holds now, as a browser would send it back."""
    return fields_of_form(browser.get(path), path)


def test_saving_the_form_as_it_is_keeps_an_agreement(house, browser_of):
    factories.announcement(
        by=house.author, slug="x", state=S.AGREED, organizations=[house.alpha], products=[house.product],
        body="One.\n\nTwo & <three>.",
    )  # fmt: skip
    browser, path = browser_of(house.third), "/desk/announcements/x/1/edit"

    browser.send(path, edit_fields(browser, path))

    assert db.session.scalars(sa.select(Edition)).one().state == S.AGREED


def test_the_late_writer_gets_both_texts(house, browser_of):
    factories.announcement(by=house.author, slug="x", state=S.DRAFT, body="First.")
    early, late, path = browser_of(house.second), browser_of(house.third), "/desk/announcements/x/1/edit"
    stale = edit_fields(late, path)
    early.send(path, edit_fields(early, path) | {"body": "The early one."})

    page = late.send(path, stale | {"body": "The late one."})

    assert page.status_code == 409
    text = page.get_data(as_text=True)
    assert "The early one." in text
    assert "The late one." in text
    assert db.session.scalars(sa.select(Edition)).one().body == "The early one."


def test_the_late_writer_can_save_after_reading(house, browser_of):
    factories.announcement(by=house.author, slug="x", state=S.DRAFT, body="First.")
    early, late, path = browser_of(house.second), browser_of(house.third), "/desk/announcements/x/1/edit"
    stale = edit_fields(late, path)
    early.send(path, edit_fields(early, path) | {"body": "The early one."})
    conflict = late.send(path, stale | {"body": "The late one."})

    version = BeautifulSoup(conflict.data, "lxml").find("input", attrs={"name": "version"})["value"]
    saved = late.send(path, stale | {"body": "The late one.", "version": version})

    assert saved.status_code == 303
    assert db.session.scalars(sa.select(Edition)).one().body == "The late one."


def test_a_sign_off_of_a_text_that_changed_meanwhile_is_refused(house, browser_of):
    document = factories.announcement(
        by=house.author, slug="x", state=S.IN_SIGN_OFF, organizations=[house.alpha]
    )
    second, path = browser_of(house.second), "/desk/announcements/x/1/"
    seen = fields_of(second.get(path), f"{path}sign-off")
    document.latest_edition.body = "Swapped behind the page."

    answer = second.send(
        f"{path}sign-off", seen | {"stance": "agree", "remark": "A remark that is long enough to keep."}
    )

    assert answer.status_code == 409
    assert "A remark that is long enough to keep." in answer.get_data(as_text=True)
    assert db.session.scalars(sa.select(Edition)).one().state == S.IN_SIGN_OFF


def test_the_last_editor_has_no_button_and_no_way_to_sign_off(house, browser_of):
    document = factories.announcement(
        by=house.author, slug="x", state=S.IN_SIGN_OFF, organizations=[house.alpha]
    )
    author, path = browser_of(house.author), "/desk/announcements/x/1/"
    text_hash = document.latest_edition.text_hash

    assert "Do you agree?" not in author.get(path).get_data(as_text=True)
    assert author.send(f"{path}sign-off", {"stance": "agree", "text_hash": text_hash}).status_code == 403
    assert author.send(f"{path}sign-off", {"stance": "else", "text_hash": text_hash}).status_code == 400


def test_sending_back_needs_words(house, browser_of):
    factories.announcement(by=house.author, slug="x", state=S.IN_SIGN_OFF, organizations=[house.alpha])
    second, path = browser_of(house.second), "/desk/announcements/x/1/"

    silent = press(second, path, "sign-off", stance="send_back")
    spoken = press(second, path, "sign-off", stance="send_back", remark="Name the release.")

    assert (silent.status_code, spoken.status_code) == (422, 303)
    assert "Name the release." in browser_of(house.author).get(path).get_data(as_text=True)


@time_machine.travel("2026-11-22T08:00:00Z", tick=False)
def test_scheduling_is_in_utc_and_far_enough_ahead(house, browser_of):
    factories.announcement(by=house.author, slug="x", state=S.AGREED, organizations=[house.alpha])
    second, path = browser_of(house.second), "/desk/announcements/x/1/"

    soon = press(second, path, "schedule", publish_at="2026-11-22T08:05")
    nonsense = press(second, path, "schedule", publish_at="tomorrow")
    good = press(second, path, "schedule", publish_at="2026-11-23T08:00")

    assert (soon.status_code, nonsense.status_code, good.status_code) == (422, 422, 303)
    assert "at least 10 minutes ahead" in soon.get_data(as_text=True)
    assert 'value="2026-11-22T08:05"' in soon.get_data(as_text=True)
    assert "23 November 2026, 08:00 UTC" in second.get(path).get_data(as_text=True)
    assert press(second, path, "unscheduling").status_code == 303


def test_buttons_of_an_old_page_do_nothing(house, browser_of):
    document = factories.announcement(by=house.author, slug="x", state=S.AGREED, organizations=[house.alpha])
    second, path = browser_of(house.second), "/desk/announcements/x/1/"
    old = fields_of(second.get(path), f"{path}publication")
    document.latest_edition.leased_until = now()

    assert second.send(f"{path}publication", old).status_code == 409
    assert second.send(f"{path}publication", {"version": "x"}).status_code == 409
    assert db.session.scalars(sa.select(Edition)).one().state == S.AGREED


def test_withdrawing_and_reinstating_by_two_shows_on_the_public_page(house, browser_of, client):
    factories.announcement(
        "Kept", by=house.author, slug="x", organizations=[house.alpha], body="The old words."
    )
    one, two, path = browser_of(house.author), browser_of(house.second), "/desk/announcements/x/1/"

    assert press(one, path, "withdrawal-proposal").status_code == 422
    assert press(one, path, "withdrawal-proposal", reason="It was <b>wrong</b>.").status_code == 303
    assert "withdrawn" not in client.get("/announcements/x/").get_data(as_text=True)
    assert (
        one.send(f"{path}withdrawal", fields_of(one.get(path), f"{path}proposal-refusal")).status_code == 403
    )
    assert press(two, path, "withdrawal").status_code == 303

    page = client.get("/announcements/x/").get_data(as_text=True)
    assert "It was &lt;b&gt;wrong&lt;/b&gt;." in page
    assert "The old words." in page
    assert press(two, path, "reinstatement-proposal", reason="It was right.").status_code == 303
    assert press(one, path, "proposal-refusal").status_code == 303
    assert press(two, path, "reinstatement-proposal", reason="It was right.").status_code == 303
    assert press(one, path, "reinstatement").status_code == 303
    assert "was withdrawn" not in client.get("/announcements/x/").get_data(as_text=True)


def test_a_new_edition_says_what_changed_and_the_older_stays_readable(house, browser_of, client):
    factories.announcement(
        "Kept", by=house.author, slug="x", organizations=[house.alpha], body="The old words."
    )
    author, second = browser_of(house.author), browser_of(house.second)

    opened = press(author, "/desk/announcements/x/1/", "new-edition")
    assert opened.location == "/desk/announcements/x/2/edit"
    fields = edit_fields(author, opened.location) | {"body": "The new words.", "change_note": "Words."}
    assert "kind" not in fields
    author.send(opened.location, fields)
    path = "/desk/announcements/x/2/"
    page = author.get(path)
    assert [each.get_text() for each in BeautifulSoup(page.data, "lxml").find_all(["ins", "del"])] == [
        "Removed: old", "Added: new",
    ]  # fmt: skip
    press(author, path, "sign-off-request")
    press(second, path, "sign-off", stance="agree")
    press(second, path, "publication")

    current = client.get("/announcements/x/").get_data(as_text=True)
    older = client.get("/announcements/x/v/1/").get_data(as_text=True)
    assert "What changed in this edition" in current
    assert "The new words." in current
    assert "This is an older edition" in older
    assert "The old words." in older
    assert client.get("/announcements/x/v/3/").status_code == 404
    assert "This is an older edition" not in client.get("/announcements/x/v/2/").get_data(as_text=True)


def test_sign_off_waits_for_what_is_missing(house, browser_of):
    factories.announcement(by=house.author, slug="x", state=S.DRAFT, organizations=[])
    author, path = browser_of(house.author), "/desk/announcements/x/1/"

    page = author.get(path).get_data(as_text=True)
    version = db.session.scalars(sa.select(Edition)).one().version
    pushed = author.send(f"{path}sign-off-request", {"version": version})

    assert "Say first which organizations it speaks for" in page
    assert "sign-off-request" not in page
    assert pushed.status_code == 409


def test_discarded_drafts_are_found_again(house, browser_of):
    factories.announcement("Given up", by=house.author, slug="x", state=S.DRAFT)
    author = browser_of(house.author)

    assert press(author, "/desk/announcements/x/1/", "discarding").status_code == 303

    assert "Given up" not in author.get("/desk/announcements/").get_data(as_text=True)
    assert "Given up" in author.get("/desk/announcements/?show=discarded").get_data(as_text=True)


@pytest.mark.parametrize("show", ["open", "published", "discarded", "nonsense"])
def test_empty_shelves_explain_themselves(house, browser_of, show):
    assert 'class="empty"' in browser_of(house.author).get(f"/desk/announcements/?show={show}").get_data(
        as_text=True
    )


def test_open_graph_holds_text_and_no_image(house, client):
    factories.announcement('A "quoted" title', by=house.author, slug="x", summary="Short & sweet.")

    page = BeautifulSoup(client.get("/announcements/x/").data, "lxml")

    tags = {tag["property"]: tag["content"] for tag in page.find_all("meta", property=True)}
    assert tags["og:title"] == 'A "quoted" title'
    assert tags["og:description"] == "Short & sweet."
    assert tags["og:url"] == "http://localhost/announcements/x/"
    assert "og:image" not in tags


def test_public_pages_may_be_kept_by_anybody(house, client, browser_of):
    factories.announcement(by=house.author, slug="x")

    for path in ("/announcements/", "/announcements/?q=x", "/announcements/x/", "/announcements/x/v/1/"):
        stranger, signed_in = client.get(path), browser_of(house.author).get(path)
        assert stranger.headers["Cache-Control"] == "public, no-cache"
        assert "Set-Cookie" not in signed_in.headers
        assert signed_in.data == stranger.data


def test_hidden_products_are_not_shown(house, client):
    hidden = factories.product("Hidden canary", published=False)
    factories.announcement(by=house.author, slug="x", products=[hidden, house.product])

    page = client.get("/announcements/x/").get_data(as_text=True)

    assert "Solver" in page
    assert "canary" not in page


def test_the_public_list_pages_and_remembers_its_filters(house, client):
    for number in range(23):
        kind = AnnouncementKind.EVENT if number < 22 else AnnouncementKind.NEWS
        factories.announcement(
            f"No. {number:02}", by=house.author, kind=kind, at=now() - timedelta(hours=number)
        )

    first = BeautifulSoup(client.get("/announcements/?kind=event").data, "lxml")
    older = first.find("a", rel="next")["href"]
    second = BeautifulSoup(client.get(older).data, "lxml")

    assert "kind=event" in older
    assert len(first.select(".entry")) == 20
    assert [each.get_text() for each in second.select(".entry-title")] == ["No. 20", "No. 21"]
    assert first.select_one("select[name=kind] option[selected]")["value"] == "event"


def count_queries(run):
    seen = []
    engine = db.engine
    listener = lambda *args: seen.append(args[2])  # noqa: E731
    sa.event.listen(engine, "before_cursor_execute", listener)
    try:
        run()
    finally:
        sa.event.remove(engine, "before_cursor_execute", listener)
    return len(seen)


@pytest.mark.once
@pytest.mark.parametrize(
    "path",
    [
        "/announcements/", "/feeds/announcements.atom", "/feeds/announcements.json", "/desk/announcements/",
        "/desk/announcements/?show=published",
    ],
)  # fmt: skip
def test_lists_ask_as_often_for_thirty_as_for_one(house, browser_of, path):
    browser = browser_of(house.author)

    def add(number):
        for _ in range(number):
            for state in (S.PUBLISHED, S.IN_SIGN_OFF):
                writer = factories.coordinator()
                member = factories.organization()
                factories.announcement(
                    by=writer, state=state, organization=member, organizations=[member],
                    products=[factories.product(stewards=[member])],
                )  # fmt: skip

    add(1)
    browser.get(path)
    one = count_queries(lambda: browser.get(path))
    add(29)
    assert count_queries(lambda: browser.get(path)) == one


def test_hostile_addresses_find_nothing_and_break_nothing(house, client):
    names = ("q", "kind", "product", "member", "year", "before")
    for value in NAUGHTY:
        typed = value.encode("utf-8", "replace")

        assert client.get("/announcements/", query_string=dict.fromkeys(names, typed)).status_code == 200


@pytest.mark.once
def test_hostile_texts_are_shown_as_text(house, browser_of, client):
    author = browser_of(house.author)
    for value in NAUGHTY:
        typed = value.encode("utf-8", "replace").decode()
        fields = draft_fields(house, title=typed[:130], summary=typed[:290], body=typed + "\n\nEnd.")
        created = author.send("/desk/announcements/new", fields)
        if created.status_code == 422:
            continue
        document = db.session.scalars(sa.select(Announcement).order_by(Announcement.id.desc())).first()
        document.first_published_at = document.latest_edition.published_at = now()
        document.latest_edition.state = S.PUBLISHED
        page = BeautifulSoup(client.get(created.location.removeprefix("/desk")).data, "html5lib")
        main = page.find("main")
        assert {each["src"].partition("?")[0] for each in page.find_all("script")} <= {"/static/js/demo.js"}
        assert main.find_all(["script", "iframe", "object", "style", "math", "img", "form", "base"]) == []
        assert not [t for t in main.find_all(True) for name in t.attrs if name.startswith("on")]
        assert not [
            a
            for a in main.find_all("a")
            if a.get("href", "").lower().startswith(("javascript", "data", "vbscript"))
        ]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Announcement)) > 80
