"""The voting pages: at the desk and by the link of a mail, in a browser without JavaScript."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
import time_machine
from bs4 import BeautifulSoup

from cass_portal.announcements import actions
from cass_portal.announcements.agreement import Outcome, Stance
from cass_portal.announcements.lifecycle import EditionState
from cass_portal.announcements.links import vote_token
from cass_portal.announcements.models import Announcement, AnnouncementKind, Ballot, Edition, Vote
from cass_portal.clock import today
from cass_portal.db import db
from cass_portal.history import Event
from cass_portal.logs import masked
from cass_portal.people.models import SeatTerm, TermKind
from cass_portal.text import clean
from tests import factories
from tests.announcements.test_changes import marked
from tests.announcements.test_views import count_queries
from tests.hostile import MARKUP

S = EditionState
KEY = "tests only: not a secret, but long enough"


@pytest.fixture
def committee(house):
    """Four seats: Lee's (with Dee as delegate), Olu's, Mo's and the affiliates', which Mo holds too."""
    gamma = factories.organization("GAMMA")
    mo = factories.person("Mo Member", agent_of=gamma)
    dee = factories.person("Dee Delegate", agent_of=house.alpha)
    seats = SimpleNamespace(
        alpha=factories.seat(house.alpha, holder=house.lead),
        beta=factories.seat(house.beta, holder=house.other),
        gamma=factories.seat(gamma, holder=mo),
        affiliates=factories.seat(None, holder=mo, label="First affiliates' seat"),
    )
    until = today() + timedelta(9)
    factories.made(
        SeatTerm(seat=seats.alpha, person=dee, kind=TermKind.DELEGATE, starts_on=today(), ends_on=until)
    )
    document = factories.announcement(
        "Where we go", by=house.author, slug="x", state=S.DRAFT, kind=AnnouncementKind.DIRECTION,
        organizations=[house.alpha], body="We go **north**. All of us.", summary="A direction.",
    )  # fmt: skip
    actions.request_sign_off(document.latest_edition, by=house.author)
    db.session.commit()
    return SimpleNamespace(seats=seats, mo=mo, dee=dee, ballot=document.latest_edition.ballot, **vars(house))


def path_of(ballot):
    return f"/desk/votes/{ballot.id}/"


def link_of(committee, seat, person):
    return f"/vote/{vote_token(committee.ballot, seat, person, KEY)}"


def fields_of(page):
    form = BeautifulSoup(page.get_data(as_text=True), "lxml").find("form", class_="vote-form")
    return {i["name"]: i["value"] for i in form.find_all("input") if i["name"] in ("seat", "text_hash")}


def buttons(page):
    soup = BeautifulSoup(page.get_data(as_text=True), "lxml")
    return [each["value"] for each in soup.find_all("button", attrs={"name": "stance"})]


def vote(browser, path, stance, **more):
    """Open the page and press the button."""
    return browser.send(path, fields_of(browser.get(path)) | {"stance": stance} | more)


def votes():
    """(seat, stance, person, reason) of every vote, in their order"""
    db.session.expire_all()
    rows = db.session.scalars(sa.select(Vote).order_by(Vote.id)).all()
    return [(each.seat.label, each.stance.value, each.person.name, each.reason) for each in rows]


def event_count():
    return db.session.scalar(sa.select(sa.func.count(Event.id)))


def cast(committee, seat, person, stance, reason=None):
    edition = committee.ballot.edition
    actions.cast_vote(
        edition, seat=seat, stance=stance, reason=reason, text_hash=edition.text_hash, by=person
    )
    db.session.commit()


def test_the_list_holds_what_waits_what_goes_on_and_what_i_said(committee, browser_of):
    lee = browser_of(committee.lead)

    def sections():
        soup = BeautifulSoup(lee.get("/desk/votes/").get_data(as_text=True), "lxml")
        return {
            each.h2.text: [a.text for a in each.select(".entry-title a")]
            for each in soup.select("main section")
        }

    assert sections() == {"Waiting for you": ["Where we go"]}
    cast(committee, committee.seats.alpha, committee.lead, Stance.LIKE)
    assert sections() == {
        "Waiting for you": [], "Going on": ["Where we go"],
    }  # fmt: skip
    actions.discard(db.session.get(Edition, committee.ballot.edition_id), by=committee.author)
    assert sections() == {"Waiting for you": [], "What you voted on lately": ["Where we go"]}
    page = lee.get("/desk/votes/").get_data(as_text=True)
    assert "Void" in page
    assert "you like it" in page


def test_only_representatives_vote(committee, browser_of, client):
    path = path_of(committee.ballot)

    for person in (committee.agent, committee.author):
        browser = browser_of(person)
        assert browser.get("/desk/votes/").status_code == 403
        assert browser.get(path).status_code == 403
        assert browser.send(path, {"stance": "like"}).status_code == 403
        assert ">Votes</a>" not in browser.get("/desk/").get_data(as_text=True)
    assert "/sign-in" in client.get(path).location
    assert client.send(path, {"stance": "like"}).status_code == 401
    assert ">Votes</a>" in browser_of(committee.dee).get("/desk/").get_data(as_text=True)
    assert browser_of(committee.lead).get("/desk/votes/999/").status_code == 404
    assert votes() == []


def test_a_representative_votes_and_changes_it(committee, browser_of):
    lee, path = browser_of(committee.lead), path_of(committee.ballot)

    page = lee.get(path)
    assert buttons(page) == ["like", "live_with", "uncomfortable"]
    assert "We go <strong>north</strong>" in page.get_data(as_text=True)
    answer = vote(lee, path, "like")
    assert (answer.status_code, answer.location) == (303, path)
    assert "You can change it until the vote closes." in lee.get(path).get_data(as_text=True)
    assert vote(lee, path, "live_with").status_code == 303

    assert votes() == [
        ("ALPHA seat", "like", "Lee Lead", None),
        ("ALPHA seat", "live_with", "Lee Lead", None),
    ]
    assert "1 of 4 seats have voted" in lee.get(path).get_data(as_text=True)


def test_the_page_says_who_said_what_and_who_is_silent(committee, browser_of):
    cast(committee, committee.seats.beta, committee.other, Stance.UNCOMFORTABLE, "Too early.")

    soup = BeautifulSoup(
        browser_of(committee.lead).get(path_of(committee.ballot)).get_data(as_text=True), "lxml"
    )

    rows = [
        [cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])][:2]
        for row in soup.select("tbody tr")
    ]
    assert rows == [["BETA", "is uncomfortable"]]
    assert "Nothing yet from ALPHA, First affiliates' seat, GAMMA" in soup.find("main").get_text()
    assert soup.select_one(".objection blockquote").text == "Too early."
    assert soup.select_one(".objection figcaption").text.startswith("BETA")


def test_an_objection_needs_its_reason(committee, browser_of):
    lee, path = browser_of(committee.lead), path_of(committee.ballot)

    for reason in ("", "   ", "x" * 2_001):
        answer = vote(lee, path, "uncomfortable", reason=reason)
        assert answer.status_code == 422
        assert reason.strip() in answer.get_data(as_text=True)
    assert votes() == []
    assert vote(lee, path, "uncomfortable", reason="Too early.").status_code == 303
    assert votes() == [("ALPHA seat", "uncomfortable", "Lee Lead", "Too early.")]


def test_a_person_with_two_seats_chooses(committee, browser_of):
    mo, path = browser_of(committee.mo), path_of(committee.ballot)
    seats = committee.seats
    soup = BeautifulSoup(mo.get(path).get_data(as_text=True), "lxml")

    assert [each["value"] for each in soup.select("select[name=seat] option")] == [
        str(seats.gamma.id), str(seats.affiliates.id),
    ]  # fmt: skip
    assert vote(mo, path, "like", seat=str(seats.affiliates.id)).status_code == 303
    assert vote(mo, path, "live_with", seat=str(seats.gamma.id)).status_code == 303
    assert votes() == [
        ("First affiliates' seat", "like", "Mo Member", None), ("GAMMA seat", "live_with", "Mo Member", None),
    ]  # fmt: skip


def test_nobody_votes_for_a_seat_of_another(committee, browser_of):
    lee, path = browser_of(committee.lead), path_of(committee.ballot)

    for seat in (committee.seats.beta.id, 0, "x"):
        answer = vote(lee, path, "like", seat=str(seat))
        assert answer.status_code == 422
    assert votes() == []


def test_holder_and_delegate_share_one_vote(committee, browser_of):
    lee, dee, path = browser_of(committee.lead), browser_of(committee.dee), path_of(committee.ballot)

    assert vote(lee, path, "like").status_code == 303
    page = dee.get(path).get_data(as_text=True)
    assert re.search(r"For <bdi>ALPHA</bdi>, <bdi>Lee Lead</bdi> said .*: likes it", page)
    assert vote(dee, path, "uncomfortable", reason="Not yet.").status_code == 303

    page = lee.get(path).get_data(as_text=True)
    assert re.search(r"For <bdi>ALPHA</bdi>, <bdi>Dee Delegate</bdi> said .*: is uncomfortable", page)
    assert "1 of 4 seats have voted" in page


def test_a_text_that_changed_refuses_the_vote_and_keeps_the_reason(committee, browser_of):
    lee, path = browser_of(committee.lead), path_of(committee.ballot)
    cast(committee, committee.seats.beta, committee.other, Stance.LIKE)
    seen = fields_of(lee.get(path))
    edition = db.session.get(Edition, committee.ballot.edition_id)
    text = {
        "title": edition.title,
        "summary": edition.summary,
        "organizations": edition.organizations,
        "products": [],
    }
    actions.edit(edition, body="We go **south**. All of us.", by=committee.author, **text)
    db.session.commit()

    late = lee.send(path, seen | {"stance": "uncomfortable", "reason": "Typed with care."})

    assert late.status_code == 409
    assert "Typed with care." in late.get_data(as_text=True)
    assert marked(late) == ["Removed: **north**.", "Added: **south**."]
    assert votes() == [("BETA seat", "like", "Olu Other", None)]
    actions.request_sign_off(db.session.get(Edition, edition.id), by=committee.author)
    late = lee.send(path, seen | {"stance": "uncomfortable", "reason": "Typed with care."})
    assert late.status_code == 409
    assert "Typed with care." in late.get_data(as_text=True)
    assert "We go <strong>south</strong>" in late.get_data(as_text=True)
    assert len(votes()) == 1


def test_the_difference_is_shown_to_who_voted_before(committee, browser_of):
    lee = browser_of(committee.lead)
    first = committee.ballot
    edition = db.session.get(Edition, first.edition_id)
    text = {
        "title": edition.title,
        "summary": edition.summary,
        "organizations": edition.organizations,
        "products": [],
    }
    actions.edit(edition, body="We go **south**. All of us.", by=committee.author, **text)
    db.session.commit()
    difference = ["Removed: **north**.", "Added: **south**."]

    assert marked(lee.get(path_of(first))) == difference
    assert marked(browser_of(committee.author).get("/desk/announcements/x/1/")) == difference
    actions.request_sign_off(db.session.get(Edition, edition.id), by=committee.author)
    second = db.session.get(Edition, edition.id).ballot
    assert marked(lee.get(path_of(second))) == difference
    assert f'href="{path_of(second)}"' in lee.get(path_of(first)).get_data(as_text=True)
    assert buttons(lee.get(path_of(first))) == []


def test_an_objection_is_withdrawn_in_the_discussion(committee, browser_of):
    seats, lee, path = committee.seats, browser_of(committee.lead), path_of(committee.ballot)
    cast(committee, seats.alpha, committee.lead, Stance.UNCOMFORTABLE, "Too early.")
    for seat, person in (
        (seats.beta, committee.other),
        (seats.gamma, committee.mo),
        (seats.affiliates, committee.mo),
    ):
        cast(committee, seat, person, Stance.LIKE)

    assert buttons(browser_of(committee.other).get(path)) == []
    page = lee.get(path)
    assert buttons(page) == ["like", "live_with"]
    assert page.get_data(as_text=True).count("Withdraw my objection") == 2
    author = browser_of(committee.author)
    desk = "/desk/announcements/x/1/"
    assert "Too early." in author.get(desk).get_data(as_text=True)
    assert "discussion-end" not in author.get(desk).get_data(as_text=True)
    assert vote(lee, path, "live_with").status_code == 303
    ended = author.get(desk)
    soup = BeautifulSoup(ended.get_data(as_text=True), "lxml")
    form = soup.find("form", action=f"{desk}discussion-end")
    fields = {i["name"]: i["value"] for i in form.find_all("input")}
    assert author.send(f"{desk}discussion-end", fields).status_code == 303

    db.session.expire_all()
    assert committee.ballot.outcome == Outcome.AGREED
    assert committee.ballot.edition.state == S.AGREED


def test_objections_that_stand_lead_to_a_second_vote(committee, browser_of):
    seats, path = committee.seats, path_of(committee.ballot)
    cast(committee, seats.alpha, committee.lead, Stance.UNCOMFORTABLE, "Too early.")
    for seat, person in (
        (seats.beta, committee.other),
        (seats.gamma, committee.mo),
        (seats.affiliates, committee.mo),
    ):
        cast(committee, seat, person, Stance.LIKE)

    with time_machine.travel(committee.ballot.due_at + timedelta(seconds=1)):
        actions.settle(committee.ballot)
        db.session.commit()
        olu = browser_of(committee.other)
        page = olu.get(path)
        assert buttons(page) == ["yes", "no"]
        assert "Publish it over the stated objections?" in page.get_data(as_text=True)
        assert "Too early." in page.get_data(as_text=True)
        assert vote(olu, path, "yes").status_code == 303
        assert "1 of 4 seats have said yes or no" in olu.get(path).get_data(as_text=True)


def test_a_notice_is_published_at_once_and_ratified(committee, browser_of, client):
    factories.announcement(
        "It is down", by=committee.author, slug="down", state=S.DRAFT, kind=AnnouncementKind.STATUS,
        organizations=[committee.alpha],
    )  # fmt: skip
    author, desk = browser_of(committee.author), "/desk/announcements/down/1/"
    version = {"version": "1"}

    empty = author.send(f"{desk}publication-at-once", version | {"at_once_reason": " "})
    assert empty.status_code == 422
    assert client.get("/announcements/down/").status_code == 404
    assert (
        author.send(f"{desk}publication-at-once", {"version": "9", "at_once_reason": "Down."}).status_code
        == 409
    )
    assert (
        author.send(f"{desk}publication-at-once", version | {"at_once_reason": "It is down."}).status_code
        == 303
    )

    public = client.get("/announcements/down/").get_data(as_text=True)
    assert "before the members agreed" in public
    assert "It is down." in public
    assert "Awaiting ratification by the members until" in public
    assert "Awaiting ratification" in browser_of(committee.agent).get(desk).get_data(as_text=True)
    ballot = db.session.scalars(sa.select(Ballot).order_by(Ballot.id.desc())).first()
    lee = browser_of(committee.lead)
    assert buttons(lee.get(path_of(ballot))) == ["ratify", "contest"]
    assert vote(lee, path_of(ballot), "contest").status_code == 422
    edition = ballot.edition
    for seat, person in (
        (committee.seats.alpha, committee.lead), (committee.seats.beta, committee.other),
        (committee.seats.gamma, committee.mo), (committee.seats.affiliates, committee.mo),
    ):  # fmt: skip
        actions.cast_vote(edition, seat=seat, stance=Stance.RATIFY, text_hash=edition.text_hash, by=person)
    day = f"{today().day} {today():%B %Y}"
    public = client.get("/announcements/down/").get_data(as_text=True)
    assert f"Ratified by 4 of 4 seats of the Steering Committee on {day}." in public


def test_a_contested_notice_says_so_in_public(committee, client):
    document = factories.announcement(
        "It is down", by=committee.author, slug="down", state=S.DRAFT, kind=AnnouncementKind.STATUS,
        organizations=[committee.alpha],
    )  # fmt: skip
    edition = document.latest_edition
    actions.publish_at_once(edition, reason="It is down.", by=committee.author)
    for seat, person in (
        (committee.seats.alpha, committee.lead), (committee.seats.beta, committee.other),
        (committee.seats.gamma, committee.mo), (committee.seats.affiliates, committee.mo),
    ):  # fmt: skip
        actions.cast_vote(
            edition, seat=seat, stance=Stance.CONTEST, reason="It is not.", text_hash=edition.text_hash, by=person
        )  # fmt: skip

    public = client.get("/announcements/down/").get_data(as_text=True)
    assert "Contested by the members on" in public
    assert "a correction follows" in public
    assert "It is not." not in public


def test_the_public_reads_who_agreed(committee, client):
    edition = committee.ballot.edition
    for seat, person in ((committee.seats.beta, committee.other), (committee.seats.gamma, committee.mo),
                         (committee.seats.affiliates, committee.mo)):  # fmt: skip
        cast(committee, seat, person, Stance.LIKE)
    with time_machine.travel(committee.ballot.due_at + timedelta(seconds=1)):
        actions.settle(committee.ballot)
        actions.publish(edition, by=committee.second)

        page = client.get("/announcements/x/").get_data(as_text=True)
    closed = committee.ballot.closed_at
    words = f"Agreed by 3 of 4 seats of the Steering Committee on {closed.day} {closed:%B %Y}"
    assert words in page
    assert "second coordinator" not in page


def test_a_representative_raises_an_important_question(committee, browser_of):
    factories.announcement(
        "News", by=committee.author, slug="n", state=S.DRAFT, organizations=[committee.alpha]
    )
    lee, desk = browser_of(committee.lead), "/desk/announcements/n/1/"

    assert "Raise it to an important question" in lee.get(desk).get_data(as_text=True)
    assert lee.send(f"{desk}important-question", {"version": "1", "question_reason": ""}).status_code == 422
    assert browser_of(committee.agent).send(f"{desk}important-question", {"version": "1"}).status_code == 403
    assert (
        lee.send(f"{desk}important-question", {"version": "1", "question_reason": "It binds us."}).status_code
        == 303
    )

    assert db.session.scalars(sa.select(Announcement.is_important).where(Announcement.slug == "n")).one()
    page = lee.get(desk).get_data(as_text=True)
    assert "It binds us." in page
    assert "All seats, by a vote before publication (an important question)" in page
    assert f"{desk}important-question" not in page


def test_my_work_holds_the_vote_with_its_deadline(committee, browser_of):
    lee = browser_of(committee.lead)

    page = lee.get("/desk/").get_data(as_text=True)
    assert "Waits for the vote of ALPHA." in page
    assert f'href="{path_of(committee.ballot)}"' in page
    assert committee.ballot.due_at.date().isoformat() in page
    cast(committee, committee.seats.alpha, committee.dee, Stance.LIKE)
    assert "Waits for the vote of" not in lee.get("/desk/").get_data(as_text=True)


def test_a_mail_link_votes_without_a_password(committee, client):
    path = link_of(committee, committee.seats.alpha, committee.dee)

    page = client.get(path)
    answer = vote(client, path, "live_with", reason="Go on.")

    assert "We go <strong>north</strong>" in page.get_data(as_text=True)
    assert "/desk/" not in page.get_data(as_text=True).split("<main")[1]
    assert (answer.status_code, answer.location) == (303, f"{path}?counted=1")
    assert "You can change it by this link" in client.get(answer.location).get_data(as_text=True)
    assert votes() == [("ALPHA seat", "live_with", "Dee Delegate", "Go on.")]
    for each in (page, client.get(answer.location)):
        assert each.headers["Cache-Control"] == "no-store"
        assert each.headers["Referrer-Policy"] == "no-referrer"
        assert each.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert masked(f"GET {path}?counted=1 HTTP/1.1") == "GET /vote/…?counted=1 HTTP/1.1"
    assert "/sign-in" in client.get("/desk/votes/").location


def test_a_mail_link_votes_for_its_own_person_and_seat_only(committee, browser_of):
    path = link_of(committee, committee.seats.alpha, committee.dee)
    olu = browser_of(committee.other)

    assert vote(olu, path, "like", seat=str(committee.seats.beta.id)).status_code == 422
    assert vote(olu, path, "like").status_code == 303

    assert votes() == [("ALPHA seat", "like", "Dee Delegate", None)]


def test_opening_a_vote_changes_nothing(committee, client, browser_of):
    path, before = link_of(committee, committee.seats.alpha, committee.lead), event_count()

    for browser, address in ((client, path), (browser_of(committee.lead), path_of(committee.ballot))):
        for ask in (browser.get, browser.head):
            assert ask(f"{address}?stance=like&counted=1").status_code == 200

    assert (votes(), event_count()) == ([], before)


def test_a_link_dies_with_its_vote_and_says_what_came_of_it(committee, client):
    seats = committee.seats
    path = link_of(committee, seats.alpha, committee.lead)
    seen = fields_of(client.get(path))
    for seat, person in (
        (seats.beta, committee.other),
        (seats.gamma, committee.mo),
        (seats.affiliates, committee.mo),
    ):
        cast(committee, seat, person, Stance.LIKE)

    last = client.send(path, seen | {"stance": "like"})
    ended = client.get(last.location)
    again = client.send(path, seen | {"stance": "uncomfortable", "reason": "Typed with care."})

    assert (last.status_code, ended.status_code, again.status_code) == (303, 410, 410)
    assert "Your vote was counted." in ended.get_data(as_text=True)
    assert "All 4 seats voted and nobody is uncomfortable." in ended.get_data(as_text=True)
    assert "Typed with care." in again.get_data(as_text=True)
    assert ended.headers["Cache-Control"] == "no-store"
    assert len(votes()) == 4


def test_a_link_dies_when_the_text_changes(committee, client):
    path = link_of(committee, committee.seats.alpha, committee.lead)
    seen = fields_of(client.get(path))
    edition = committee.ballot.edition
    text = {
        "title": edition.title,
        "summary": edition.summary,
        "organizations": edition.organizations,
        "products": [],
    }
    actions.edit(edition, body="We go south.", by=committee.author, **text)

    late = client.send(path, seen | {"stance": "uncomfortable", "reason": "Typed with care."})
    assert late.status_code == 410
    assert "Typed with care." in late.get_data(as_text=True)
    actions.request_sign_off(edition, by=committee.author)
    assert client.get(path).status_code == 410
    assert votes() == []


def test_a_link_dies_with_the_term(committee, client):
    path = link_of(committee, committee.seats.alpha, committee.dee)
    term = db.session.scalars(sa.select(SeatTerm).where(SeatTerm.person_id == committee.dee.id)).one()
    term.ends_on = today() - timedelta(1)

    answer = client.get(path)
    assert answer.status_code == 410
    assert "We go" not in answer.get_data(as_text=True)
    assert client.send(path, {"stance": "like"}).status_code == 410
    assert votes() == []


def test_a_forged_link_is_unknown_and_guessing_is_slowed(committee, client, rate_limited):
    forged = f"/vote/{vote_token(committee.ballot, committee.seats.alpha, committee.lead, 'another key')}"

    assert [client.get(forged).status_code for _ in range(31)] == [404] * 30 + [429]


def test_odd_stances_are_refused(committee, browser_of, client):
    lee, path = browser_of(committee.lead), path_of(committee.ballot)

    for stance in ("", "veto", "like,live_with"):
        assert vote(lee, path, stance).status_code == 400
    for stance in ("yes", "ratify"):
        assert vote(lee, path, stance).status_code == 409
    assert votes() == []


def test_two_browsers_vote_for_one_seat_and_the_later_word_stands(committee, browser_of):
    path = path_of(committee.ballot)
    one, two = browser_of(committee.lead), browser_of(committee.dee)
    first, second = fields_of(one.get(path)), fields_of(two.get(path))

    assert one.send(path, first | {"stance": "like"}).status_code == 303
    assert two.send(path, second | {"stance": "live_with"}).status_code == 303

    page = one.get(path).get_data(as_text=True)
    assert "1 of 4 seats have voted" in page
    assert re.search(r"ALPHA</bdi></th>\s*<td data-label=\"Says\">can live with it", page)


@pytest.mark.once
@pytest.mark.parametrize("text", MARKUP[1::3])
def test_hostile_reasons_stay_words(committee, browser_of, client, text):
    lee = browser_of(committee.lead)
    path = path_of(committee.ballot)
    assert vote(lee, path, "uncomfortable", reason=clean(text)).status_code == 303

    pages = (
        lee.get(path), lee.get("/desk/votes/"), lee.get("/desk/announcements/x/1/"),
        client.get(link_of(committee, committee.seats.beta, committee.other)),
    )  # fmt: skip
    for page in pages:
        main = BeautifulSoup(page.get_data(as_text=True), "lxml").find("main")
        assert main.find_all(["script", "img", "iframe", "object", "style", "link", "base", "meta"]) == []
        assert [
            each for each in main.find_all(True) if any(name.startswith("on") for name in each.attrs)
        ] == []


def test_long_lists_of_votes_ask_no_more_than_short_ones(committee, browser_of):
    lee = browser_of(committee.lead)
    cast(committee, committee.seats.alpha, committee.lead, Stance.LIKE)

    def more(count):
        """Votes that wait for Lee, votes where Lee has spoken, and closed ones."""
        for n in range(count * 3):
            edition = factories.announcement(
                by=committee.author,
                state=S.DRAFT,
                kind=AnnouncementKind.DIRECTION,
                organizations=[committee.alpha],
            ).latest_edition
            actions.request_sign_off(edition, by=committee.author)
            if n % 3:
                actions.cast_vote(
                    edition,
                    seat=committee.seats.alpha,
                    stance=Stance.LIKE,
                    text_hash=edition.text_hash,
                    by=committee.lead,
                )
            if n % 3 == 2:
                actions.discard(edition, by=committee.author)
        db.session.commit()

    more(1)
    few = [count_queries(lambda path=path: lee.get(path)) for path in ("/desk/votes/", "/desk/")]
    more(5)
    many = [count_queries(lambda path=path: lee.get(path)) for path in ("/desk/votes/", "/desk/")]
    assert many == few


def test_a_page_of_an_earlier_vote_does_not_vote_in_the_next_one(committee, browser_of):
    lee, first = browser_of(committee.lead), committee.ballot
    seen = fields_of(lee.get(path_of(first)))
    edition = db.session.get(Edition, first.edition_id)
    text = {
        "title": edition.title,
        "summary": edition.summary,
        "organizations": edition.organizations,
        "products": [],
    }
    for body in ("We go south.", "We go **north**. All of us."):
        actions.edit(edition, body=body, by=committee.author, **text)
    actions.request_sign_off(edition, by=committee.author)
    assert edition.text_hash == first.text_hash

    late = lee.send(path_of(first), seen | {"stance": "uncomfortable", "reason": "Typed with care."})

    assert late.status_code == 409
    assert "Typed with care." in late.get_data(as_text=True)
    assert votes() == []
