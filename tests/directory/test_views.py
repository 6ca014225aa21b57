"""Desk pages of the directory."""

import pytest
import sqlalchemy as sa

from cass_portal.db import db
from cass_portal.directory.lifecycle import GroupStatus, Level
from cass_portal.directory.models import Organization, Topic
from cass_portal.history import Event, EventKind
from tests import factories

PATH = "/desk/organizations/S4PST/"


@pytest.fixture
def s4pst(app):
    return factories.organization("S4PST", contact_email="old@example.org")


def sent(**changed):
    form = {"contact_email": "new@example.org", "acknowledge_days": "3", "answer_days": "10", "version": "1"}
    return form | changed


def stored():
    db.session.expire_all()
    own = db.session.scalar(sa.select(Organization).where(Organization.short_name == "S4PST"))
    return own.contact_email, own.acknowledge_days, own.answer_days, own.answers_need_second_person


def events():
    return list(db.session.scalars(sa.select(Event.kind)))


def test_a_lead_sees_own_organizations_and_an_administrator_all(s4pst, browser_of):
    factories.organization("RAPIDS")

    lead = browser_of(factories.person(lead_of=s4pst)).get("/desk/organizations/").text
    administrator = browser_of(factories.administrator()).get("/desk/organizations/").text

    assert ("S4PST" in lead, "RAPIDS" in lead, "/desk/topics/" in lead) == (True, False, False)
    assert ("S4PST" in administrator, "RAPIDS" in administrator, "/desk/topics/" in administrator) == (
        True,
        True,
        True,
    )


def test_an_empty_directory_says_how_to_fill_it(app, browser_of):
    assert "import-site" in browser_of(factories.administrator()).get("/desk/organizations/").text


@pytest.mark.parametrize(
    ("role", "answer"),
    [("agent", 403), ("other lead", 404), ("coordinator", 403), ("lead", 200), ("administrator", 200)],
)
def test_only_its_lead_and_administrators_open_an_organization(s4pst, browser_of, role, answer):
    person = {
        "agent": lambda: factories.person(agent_of=s4pst),
        "other lead": lambda: factories.person(lead_of=factories.organization()),
        "coordinator": factories.coordinator,
        "lead": lambda: factories.person(lead_of=s4pst),
        "administrator": factories.administrator,
    }[role]()

    browser = browser_of(person)

    assert browser.get(PATH).status_code == answer
    assert browser.send(PATH, sent()).status_code == (303 if answer == 200 else answer)
    assert (stored() == ("new@example.org", 3, 10, False)) == (answer == 200)


def test_strangers_are_led_to_the_sign_in(s4pst, client):
    assert client.get(PATH).status_code == 302
    assert client.send(PATH, sent()).status_code == 401


def test_a_lead_saves_contact_and_policies(s4pst, browser_of):
    browser = browser_of(factories.person(lead_of=s4pst))

    answer = browser.send(PATH, sent(answers_need_second_person="y"))

    assert (answer.status_code, answer.location) == (303, PATH)
    assert "The settings of S4PST are saved." in browser.get(PATH).text
    assert stored() == ("new@example.org", 3, 10, True)
    assert events() == [EventKind.ORGANIZATION_CHANGED]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"contact_email": "a@example.org, b@example.org"}, "Please give one mail address"),
        ({"contact_email": "nobody"}, "Please give one mail address"),
        ({"acknowledge_days": "0"}, "Give between 1 and 90 days."),
        ({"answer_days": "91"}, "Give between 1 and 90 days."),
        ({"answer_days": ""}, "Give a number of days."),
        ({"answer_days": "soon"}, "Not a valid integer value"),
        ({"acknowledge_days": "20"}, "An answer cannot be due before the acknowledgment."),
    ],
)
def test_what_cannot_be_saved_is_said_and_given_back(s4pst, browser_of, changed, said):
    answer = browser_of(factories.administrator()).send(PATH, sent(**changed))

    assert said in answer.text
    assert next(iter(changed.values())) in answer.text
    assert (stored(), events()) == (("old@example.org", 5, 15, False), [])


def test_a_late_writer_changes_nothing(s4pst, browser_of):
    answer = browser_of(factories.administrator()).send(PATH, sent(version="7"))

    assert answer.status_code == 409
    assert (stored(), events()) == (("old@example.org", 5, 15, False), [])


def test_no_other_field_can_be_set(s4pst, browser_of):
    browser = browser_of(factories.person(lead_of=s4pst))

    browser.send(PATH, sent(level="former", short_name="X", name="X", former_since="2026-01-01", id="9"))

    found = db.session.scalars(sa.select(Organization)).one()
    assert (found.short_name, found.level, found.former_since) == ("S4PST", Level.CORE, None)


def test_only_administrators_open_topics(s4pst, browser_of):
    factories.topic("Training", organizations=[s4pst])

    for person in (factories.person(lead_of=s4pst), factories.coordinator()):
        assert browser_of(person).get("/desk/topics/").status_code == 403
        assert browser_of(person).send("/desk/topics/training/", {}).status_code == 403
    page = browser_of(factories.administrator()).get("/desk/topics/")
    assert (page.status_code, "/desk/prompts/" in page.text) == (200, True)


def test_an_administrator_changes_a_topic(s4pst, browser_of):
    group, retired = (
        factories.working_group("Workforce"),
        factories.working_group("Old", status=GroupStatus.RETIRED),
    )
    left = factories.organization("LEFT", level=Level.FORMER)
    first, second = (factories.topic(name, organizations=[s4pst]) for name in ("Training", "Metrics"))
    browser = browser_of(factories.administrator())

    page = browser.get("/desk/topics/metrics/").text
    answer = browser.send(
        "/desk/topics/metrics/",
        {
            "description": "What is counted.",
            "organizations": [str(s4pst.id)],
            "working_groups": [str(group.id)],
            "position": "1",
            "version": "1",
        },
    )

    assert ("Workforce" in page, retired.name in page, left.short_name in page) == (True, False, False)
    assert (answer.status_code, answer.location) == (303, "/desk/topics/")
    assert "The topic “Metrics” is saved." in browser.get("/desk/topics/").text
    db.session.expire_all()
    assert (second.description, second.working_groups) == ("What is counted.", [group])
    assert second.position < first.position
    assert events() == [EventKind.TOPIC_CHANGED]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"organizations": []}, "Choose at least one current member"),
        ({"organizations": ["999999"]}, "not a valid choice"),
        ({"description": " "}, "Say in one sentence"),
        ({"position": "0"}, "1 being the first"),
    ],
)
def test_a_topic_nobody_could_answer_for_is_not_saved(s4pst, browser_of, changed, said):
    factories.topic("Training", organizations=[s4pst])
    form = {"description": "New.", "organizations": [str(s4pst.id)], "position": "1", "version": "1"}

    answer = browser_of(factories.administrator()).send("/desk/topics/training/", form | changed)

    assert said in answer.text
    db.session.expire_all()
    topic = db.session.scalars(sa.select(Topic)).one()
    assert (topic.description, topic.organizations, events()) == ("All about Training", [s4pst], [])


def test_present_owners_can_be_kept_though_they_left(s4pst, browser_of):
    left = factories.organization("LEFT", level=Level.FORMER)
    retired = factories.working_group("Old", status=GroupStatus.RETIRED)
    factories.topic("Training", organizations=[s4pst, left], groups=[retired])

    page = browser_of(factories.administrator()).get("/desk/topics/training/").text

    assert "LEFT (former member)" in page
    assert "Old (retired)" in page


def test_no_topics_yet_says_where_they_come_from(app, browser_of):
    assert "They come with the portal" in browser_of(factories.administrator()).get("/desk/topics/").text


@pytest.mark.parametrize(
    "path", ["/desk/organizations/NOBODY/", "/desk/topics/nothing/", "/desk/topics/%00/"]
)
def test_what_is_not_there_is_not_found(app, browser_of, path):
    assert browser_of(factories.administrator()).get(path).status_code == 404
