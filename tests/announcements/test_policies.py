"""The pages on which an administrator says how announcements of each kind are agreed."""

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from cass_portal.announcements import actions
from cass_portal.announcements.agreement import DEFAULTS, AgreementWay, Policy
from cass_portal.announcements.lifecycle import EditionState
from cass_portal.announcements.models import AgreementPolicy, AnnouncementKind
from cass_portal.announcements.queries import policy_for
from cass_portal.announcements.views.policies import meaning
from cass_portal.db import db
from cass_portal.history import Event, EventKind
from tests import factories

PATH = "/desk/policies/news/"
VOTE = {
    "way": "sense_vote", "vote_days": "7", "discussion_days": "3", "second_vote_days": "4", "ratify_days": "2",
    "quorum": "66",
}  # fmt: skip


@pytest.fixture
def admin(house):
    return factories.administrator("Ada Ministrator")


def fields_of(page):
    form = BeautifulSoup(page.get_data(as_text=True), "lxml").find("form", class_="form")
    fields = {i["name"]: i.get("value", "") for i in form.find_all("input") if i.get("type") != "radio"}
    chosen = form.find("input", attrs={"type": "radio", "checked": True})
    fields.pop("csrf_token")
    return fields | {chosen["name"]: chosen["value"]}


def changes():
    rows = db.session.scalars(
        sa.select(Event).where(Event.kind == EventKind.POLICY_CHANGED).order_by(Event.id)
    )
    return [(each.detail["announcement_kind"], each.detail["after"]["way"]) for each in rows]


def test_every_kind_is_on_the_page_with_what_it_means(admin, browser_of):
    soup = BeautifulSoup(browser_of(admin).get("/desk/policies/").get_data(as_text=True), "lxml")

    rows = [
        [cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])[:2]]
        for row in soup.select("tbody tr")
    ]
    assert [row[0] for row in rows] == [
        "Status notice", "Direction", "News", "Event", "Call for input", "You said, we did",
    ]  # fmt: skip
    assert rows[0][1].startswith("One coordinator may publish at once with a reason.")
    assert rows[1][1].startswith(
        "Every seat has 5 working days to vote, and more than 50 percent of the seats must."
    )
    assert rows[2][1].startswith("A coordinator other than the last editor signs off.")


def test_only_administrators_see_and_change_policies(house, admin, browser_of, client):
    for person in (house.author, house.lead, house.agent):
        browser = browser_of(person)
        assert browser.get("/desk/policies/").status_code == 403
        assert browser.get(PATH).status_code == 403
        assert browser.send(PATH, VOTE | {"version": "1"}).status_code == 403
        assert "/desk/policies/" not in browser.get("/desk/people/").get_data(as_text=True)
    assert "/sign-in" in client.get(PATH).location
    assert "/desk/policies/" in browser_of(admin).get("/desk/people/").get_data(as_text=True)
    assert browser_of(admin).get("/desk/policies/gossip/").status_code == 404
    assert changes() == []


def test_a_policy_is_changed_and_the_change_is_told(house, admin, browser_of):
    browser = browser_of(admin)
    assert fields_of(browser.get(PATH)) == {
        "way": "second_person", "vote_days": "5", "discussion_days": "2", "second_vote_days": "2", "ratify_days": "2",
        "quorum": "50", "version": "1",
    }  # fmt: skip

    answer = browser.send(PATH, VOTE | {"version": "1"})

    assert (answer.status_code, answer.location) == (303, "/desk/policies/")
    assert policy_for(AnnouncementKind.NEWS) == Policy(AgreementWay.SENSE_VOTE, 7, 3, 4, 2, 66)
    assert policy_for(AnnouncementKind.EVENT) == DEFAULTS[AnnouncementKind.EVENT]
    page = browser.get("/desk/policies/").get_data(as_text=True)
    assert "Ada Ministrator" in page
    assert (
        "changed News (who agrees: a second coordinator → all seats, by a vote before publication; "
        "vote: 5 working days → 7 working days; discussion: 2 working days → 3 working days; "
        "second vote: 2 working days → 4 working days; quorum: 50 percent → 66 percent)"
    ) in page
    assert changes() == [("news", "sense_vote")]
    assert "changed how announcements are agreed" in browser.get(f"/desk/people/{admin.id}/").get_data(
        as_text=True
    )


def test_saving_the_same_changes_nothing(admin, browser_of):
    browser = browser_of(admin)

    assert browser.send(PATH, fields_of(browser.get(PATH))).status_code == 303
    assert (changes(), db.session.scalars(sa.select(AgreementPolicy)).all()) == ([], [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"vote_days": "0"}, {"vote_days": "31"}, {"discussion_days": "-1"}, {"second_vote_days": "soon"},
        {"ratify_days": ""}, {"quorum": "100"}, {"quorum": "-1"}, {"way": "dictate"}, {"way": ""},
    ],
)  # fmt: skip
def test_bounds_are_kept_and_what_was_entered_is_given_back(admin, browser_of, wrong):
    answer = browser_of(admin).send(PATH, VOTE | {"version": "1"} | wrong)

    assert answer.status_code == 422
    assert 'value="7"' in answer.get_data(as_text=True) or "vote_days" in wrong
    assert changes() == []


def test_two_administrators_do_not_overwrite_each_other(admin, browser_of):
    one, two = browser_of(admin), browser_of(factories.administrator("Otto Other"))
    first, second = fields_of(one.get(PATH)), fields_of(two.get(PATH))
    assert one.send(PATH, first | {"way": "sense_vote"}).status_code == 303

    late = two.send(PATH, second | {"quorum": "33"})

    assert late.status_code == 409
    assert "Somebody changed it meanwhile" in late.get_data(as_text=True)
    assert 'value="33"' in late.get_data(as_text=True)
    assert policy_for(AnnouncementKind.NEWS) == Policy(AgreementWay.SENSE_VOTE)
    assert two.send(PATH, fields_of(late)).status_code == 303
    assert policy_for(AnnouncementKind.NEWS) == Policy(AgreementWay.SECOND_PERSON, quorum=33)


def test_a_vote_that_goes_on_keeps_its_policy(house, admin, browser_of):
    document = factories.announcement(
        by=house.author,
        kind=AnnouncementKind.DIRECTION,
        state=EditionState.DRAFT,
        organizations=[house.alpha],
    )
    factories.seat(house.alpha, holder=house.lead)
    actions.request_sign_off(document.latest_edition, by=house.author)
    due_at = document.latest_edition.ballot.due_at

    browser_of(admin).send("/desk/policies/direction/", VOTE | {"version": "1"})

    db.session.expire_all()
    assert (document.latest_edition.ballot.vote_days, document.latest_edition.ballot.due_at) == (5, due_at)


def test_each_way_is_a_sentence():
    assert meaning(Policy(AgreementWay.RATIFY, ratify_days=1, quorum=0)) == (
        "One coordinator may publish at once with a reason. The members then ratify or contest it within"
        " 1 working day; it takes the votes of somebody."
    )
    assert meaning(Policy(AgreementWay.SENSE_VOTE, vote_days=1)) == (
        "Every seat has 1 working day to vote, and more than 50 percent of the seats must. Objections are discussed"
        " for 2 working days; where one stands, a second vote of 2 working days decides whether to publish over it."
    )
