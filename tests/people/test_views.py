"""The desk's pages about people: what each role may see and do, and what a form cannot smuggle in."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from cass_portal.clock import now, today
from cass_portal.db import db
from cass_portal.history import Event, EventKind
from cass_portal.people import actions, links, passwords
from cass_portal.people.lifecycle import PersonState
from cass_portal.people.models import MemberRole, Person, Seat, SeatTerm, TermKind
from tests import factories

K = EventKind
NEW = "another horse entirely"


@pytest.fixture
def s4pst(app):
    return factories.organization("S4PST")


@pytest.fixture
def admin(app):
    return factories.administrator("Ada")


def row_of(person_id):
    db.session.expire_all()
    person = db.session.get_one(Person, person_id)
    columns = {column.key: getattr(person, column.key) for column in sa.inspect(Person).columns}
    return columns, {(m.organization_id, m.role, m.ended_at) for m in person.memberships}


def kinds():
    return list(db.session.scalars(sa.select(Event.kind).order_by(Event.id)))


def test_the_whole_life_of_an_account(app, client, admin, s4pst, browser_of):
    desk = browser_of(admin)
    form = {"email": "New@Example.org", "name": "Nwe", "organization": s4pst.id, "role": "agent"}
    answer = desk.send("/desk/people/invite", form)
    person = db.session.scalars(sa.select(Person).where(Person.email == "new@example.org")).one()
    assert answer.location == f"/desk/people/{person.id}/"
    assert "Invited" in desk.get(answer.location).text

    link = actions.invitation_link(person, key=app.config["SECRET_KEY"], public_url="")
    page = client.get(link)
    assert "new@example.org" in page.text
    assert (page.headers["Referrer-Policy"], page.headers["Cache-Control"]) == ("no-referrer", "no-store")
    assert person.state == PersonState.INVITED, "looking changes nothing"

    joined = client.send(link, {"name": "New", "password": NEW, "password_confirm": NEW})
    assert joined.location == "/desk/"
    assert client.get("/desk/people/").status_code == 200
    assert (person.name, person.state) == ("New", PersonState.ACTIVE)
    assert client.get(link).status_code == 404
    again = client.send(link, {"name": "X", "password": "x" * 12, "password_confirm": "x" * 12})
    assert again.status_code == 404

    client.send("/sign-out")
    assert client.send("/sign-in", {"email": "new@example.org", "password": NEW}).status_code == 303

    desk.send(f"/desk/people/{person.id}/switched-off")
    assert client.get("/desk/people/").status_code == 302
    assert client.send("/sign-in", {"email": "new@example.org", "password": NEW}).status_code == 200

    desk.send(f"/desk/people/{person.id}/switched-on")
    assert client.send("/sign-in", {"email": "new@example.org", "password": NEW}).status_code == 303
    assert kinds() == [
        K.PERSON_INVITED, K.PERSON_JOINED, K.PERSON_SIGNED_OUT, K.PERSON_SIGNED_IN, K.PERSON_CHANGED,
        K.PERSON_CHANGED, K.PERSON_SIGNED_IN,
    ]  # fmt: skip


def test_joining_opens_a_session_that_the_history_knows_by_the_joining(app, client):
    person = factories.person(joined_at=None, invited_at=now())
    token = links.invitation_token(person, key=app.config["SECRET_KEY"])

    client.send(f"/invitation/{token}", {"name": "New", "password": NEW, "password_confirm": NEW})

    assert kinds() == [K.PERSON_JOINED]
    assert passwords_match(person, NEW)


def passwords_match(person, password):
    stored = person.password
    db.session.rollback()
    return passwords.matches(password, stored)


@pytest.mark.parametrize(
    "form",
    [
        {"name": "", "password": NEW, "password_confirm": NEW},
        {"name": "New", "password": "short", "password_confirm": "short"},
        {"name": "New", "password": NEW, "password_confirm": "something else"},
        {"name": "New", "password": "x" * 201, "password_confirm": "x" * 201},
        {},
    ],
)
def test_an_invitation_wants_a_name_and_a_good_password(app, client, form):
    person = factories.person(joined_at=None, invited_at=now())
    token = links.invitation_token(person, key=app.config["SECRET_KEY"])

    answer = client.send(f"/invitation/{token}", form)

    assert answer.status_code == 200
    assert "Please look at this again" in answer.text
    assert (person.state, person.password) == (PersonState.INVITED, None)


def test_the_first_link_makes_an_administrator_once(app, client):
    link = actions.first_administrator_link(app.config["SECRET_KEY"], "")
    form = {"name": "First", "email": "First@example.org", "password": NEW, "password_confirm": NEW}
    assert "Become the first administrator" in client.get(link).text

    assert client.send(link, form).location == "/desk/"
    assert client.get("/desk/people/invite").status_code == 200

    again = app.test_client().send(link, {**form, "email": "second@example.org"})
    assert again.status_code == 404
    only = db.session.scalars(sa.select(Person)).one()
    assert (only.email, only.is_administrator) == ("first@example.org", True)


def test_the_first_link_does_not_take_over_an_invited_account(app, client):
    factories.person(email="known@example.org", joined_at=None)
    link = actions.first_administrator_link(app.config["SECRET_KEY"], "")

    answer = client.send(
        link, {"name": "First", "email": "known@example.org", "password": NEW, "password_confirm": NEW}
    )

    assert answer.status_code == 404
    assert not db.session.scalars(sa.select(Person)).one().is_administrator


def test_members_see_their_own_people_and_nobody_elses_page(s4pst, browser_of):
    agent, colleague = (
        factories.person("Agent", agent_of=s4pst),
        factories.person("Colleague", agent_of=s4pst),
    )
    other = factories.person("Other", agent_of=factories.organization("PESO"))
    browser = browser_of(agent)

    page = browser.get("/desk/people/").text

    assert "Colleague" in page
    assert "Other" not in page
    assert "Invite" not in page
    assert browser.get(f"/desk/people/{colleague.id}/").status_code == 200
    assert browser.get(f"/desk/people/{other.id}/").status_code == 404
    assert browser.get("/desk/people/999999/").status_code == 404


def test_a_coordinator_sees_everybody_and_changes_nobody(s4pst, browser_of):
    person = factories.person("Agent", agent_of=s4pst)
    browser = browser_of(factories.coordinator())
    before = row_of(person.id)

    assert "<form" not in browser.get(f"/desk/people/{person.id}/").text.split("<main")[1].split("</main")[0]
    for act in ("invitation", "switched-off", "switched-on", "roles", "memberships"):
        assert browser.send(f"/desk/people/{person.id}/{act}", {"administrator": "y"}).status_code == 403
    end = browser.send(f"/desk/people/{person.id}/memberships/{person.memberships[0].id}/end")
    assert end.status_code == 403
    assert row_of(person.id) == before


def test_a_lead_manages_the_own_organization_only(s4pst, browser_of):
    peso = factories.organization("PESO")
    lead = factories.person("Lead", lead_of=s4pst)
    both = factories.person("Both", agent_of=[s4pst, peso])
    theirs = factories.person("Theirs", agent_of=peso)
    browser = browser_of(lead)
    _, other = both.memberships
    memberships = f"/desk/people/{both.id}/memberships"

    page = browser.get(f"/desk/people/{both.id}/").text
    assert page.count(">End<") == 1
    assert browser.send(f"{memberships}/{other.id}/end").status_code == 403
    theirs_end = f"/desk/people/{theirs.id}/memberships/{theirs.memberships[0].id}/end"
    assert browser.send(theirs_end).status_code == 404
    assert browser.send(memberships, {"organization": peso.id, "role": "lead"}).status_code == 303
    assert browser.send(memberships, {"organization": s4pst.id, "role": "lead"}).status_code == 303
    assert browser.send(f"/desk/people/{both.id}/switched-off").status_code == 403

    _, held = row_of(both.id)
    assert {(organization_id, role) for organization_id, role, ended_at in held if ended_at is None} == {
        (s4pst.id, MemberRole.LEAD),
        (peso.id, MemberRole.AGENT),
    }


def test_ending_a_membership_takes_the_rights_away(admin, s4pst, browser_of):
    agent = factories.person("Agent", agent_of=s4pst)
    browser = browser_of(admin)

    answer = browser.send(f"/desk/people/{agent.id}/memberships/{agent.memberships[0].id}/end")

    assert answer.location == "/desk/people/"
    assert agent.organization_ids == frozenset()
    assert (
        browser.send(f"/desk/people/{agent.id}/memberships/{agent.memberships[0].id}/end").status_code == 404
    )


SMUGGLED = {
    "id": "99", "email": "evil@example.org", "password": "evil", "active": "", "fs_uniquifier": "evil",
    "is_administrator": "y", "is_coordinator": "y", "administrator": "y", "coordinator": "y",
    "invited_at": "2020-01-01", "joined_at": "2020-01-01", "version": "77", "roles": "administrator",
    "organization": "1", "organization_id": "1", "role": "lead", "memberships": "1", "started_at": "2020-01-01",
    "ended_at": "2020-01-01", "person_id": "1", "state": "active",
}  # fmt: skip


def test_the_account_form_changes_the_name_and_nothing_else(app, s4pst, browser_of):
    person = factories.person("Old", agent_of=s4pst)
    before, memberships = row_of(person.id)

    answer = browser_of(person).send("/desk/account/name", {**SMUGGLED, "name": "New"})

    assert answer.status_code == 303
    after, same = row_of(person.id)
    assert {key for key in after if after[key] != before[key]} == {"name", "version"}
    assert (after["name"], after["version"], same) == ("New", before["version"] + 1, memberships)


def test_an_invitation_by_a_lead_grants_only_what_the_form_offers(s4pst, browser_of):
    peso = factories.organization("PESO")
    browser = browser_of(factories.person(lead_of=s4pst))
    form = {**SMUGGLED, "email": "new@example.org", "name": "New", "organization": s4pst.id, "role": "agent"}

    assert browser.send("/desk/people/invite", form).status_code == 303
    for organization in (peso.id, ""):
        refused = {**form, "email": "b@example.org", "organization": organization}
        assert browser.send("/desk/people/invite", refused).status_code == 200

    person = db.session.scalars(sa.select(Person).where(Person.invited_at.is_not(None))).one()
    columns, memberships = row_of(person.id)
    assert (columns["is_administrator"], columns["is_coordinator"], columns["password"]) == (
        False,
        False,
        None,
    )
    assert (columns["active"], columns["joined_at"], columns["version"]) == (True, None, 1)
    assert memberships == {(s4pst.id, MemberRole.AGENT, None)}


def test_joining_sets_name_and_password_and_nothing_else(app, client, s4pst):
    person = factories.person(agent_of=s4pst, joined_at=None, invited_at=now())
    token = links.invitation_token(person, key=app.config["SECRET_KEY"])
    before, memberships = row_of(person.id)

    client.send(f"/invitation/{token}", {**SMUGGLED, "name": "New", "password": NEW, "password_confirm": NEW})

    after, same = row_of(person.id)
    assert {key for key in after if after[key] != before[key]} == {"name", "password", "joined_at", "version"}
    assert same == memberships


def test_a_membership_form_changes_the_membership_and_nothing_else(admin, s4pst, browser_of):
    person = factories.person()
    before, _ = row_of(person.id)

    browser_of(admin).send(f"/desk/people/{person.id}/memberships", {**SMUGGLED, "organization": s4pst.id})

    after, memberships = row_of(person.id)
    assert after == before
    assert memberships == {(s4pst.id, MemberRole.LEAD, None)}


def test_inviting_a_known_address_says_so_and_keeps_what_was_typed(admin, browser_of):
    person = factories.person(email="known@example.org")

    form = {"email": "known@example.org", "name": "Again", "organization": "", "role": "agent"}
    answer = browser_of(admin).send("/desk/people/invite", form)

    assert answer.status_code == 200
    assert "There is an account with this address already" in answer.text
    assert 'value="Again"' in answer.text
    assert set(db.session.scalars(sa.select(Person.id))) == {admin.id, person.id}


def test_an_administrator_may_invite_a_coordinator(admin, browser_of):
    form = {"email": "co@example.org", "name": "Co", "organization": "", "role": "agent", "coordinator": "y"}

    assert browser_of(admin).send("/desk/people/invite", form).status_code == 303

    person = db.session.scalars(sa.select(Person).where(Person.email == "co@example.org")).one()
    assert (person.is_coordinator, person.is_administrator, person.memberships) == (True, False, [])


def test_an_invitation_goes_out_again_while_nobody_has_joined(admin, s4pst, browser_of):
    invited, joined = factories.person(joined_at=None, agent_of=s4pst), factories.person()
    lead = browser_of(factories.person(lead_of=s4pst))

    assert lead.send(f"/desk/people/{invited.id}/invitation").status_code == 303
    assert browser_of(admin).send(f"/desk/people/{joined.id}/invitation").status_code == 409
    assert kinds() == [K.PERSON_INVITED]


def test_the_last_administrator_is_kept_with_a_reason(admin, browser_of):
    browser = browser_of(admin)

    for act, form in (("switched-off", {}), ("roles", {"coordinator": "y", "version": admin.version})):
        answer = browser.send(f"/desk/people/{admin.id}/{act}", form)
        assert answer.status_code == 303
        assert "last active administrator" in browser.get(answer.location).text

    assert (admin.is_administrator, admin.is_coordinator, admin.active) == (True, False, True)
    assert kinds() == []


def test_roles_given_from_an_old_page_are_refused(admin, browser_of):
    person = factories.person()
    db.session.commit()
    version = person.version
    browser = browser_of(admin)
    browser.send(f"/desk/people/{person.id}/roles", {"coordinator": "y", "version": version})

    late = browser.send(f"/desk/people/{person.id}/roles", {"administrator": "y", "version": version})

    assert late.status_code == 409
    assert (person.is_administrator, person.is_coordinator) == (False, True)


def test_the_history_of_an_account_is_for_administrators(admin, browser_of):
    person = factories.person()
    actions.open_session(person)

    assert "signed in" not in browser_of(factories.coordinator()).get(f"/desk/people/{person.id}/").text
    actions.sign_out_everywhere(person)
    assert "signed out" in browser_of(admin).get(f"/desk/people/{person.id}/").text


def test_the_account_page_names_this_browser(app, browser_of):
    person = factories.person("Ada")
    browser_of(person)

    page = browser_of(person).get("/desk/account/").text

    assert page.count("(this browser)") == 1
    assert page.count("<li><time") == 2


def test_a_name_is_needed_and_hostile_ones_stay_text(app, browser_of):
    person = factories.person("Ada")
    browser = browser_of(person)

    assert browser.send("/desk/account/name", {"name": "  "}).status_code == 422
    browser.send("/desk/account/name", {"name": "<script>alert(1)</script>\u202e\x00"})

    assert person.name == "<script>alert(1)</script>"
    assert "&lt;script&gt;" in browser.get("/desk/account/").text


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"current": "wrong", "password": NEW, "password_confirm": NEW}, "not your present password"),
        ({"current": "right horse", "password": "short", "password_confirm": "short"}, "at least 12"),
        ({"current": "right horse", "password": NEW, "password_confirm": "else"}, "not the same"),
    ],
)
def test_a_password_is_changed_by_who_knows_it(app, browser_of, form, sentence):
    stored = passwords.hashed("right horse")
    person = factories.person("Ada", password=stored)

    answer = browser_of(person).send("/desk/account/password", form)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert person.password == stored


def test_guessing_the_present_password_is_limited(app, browser_of, rate_limited):
    browser = browser_of(factories.person("Ada", password=passwords_hash_outside()))
    form = {"current": "wrong", "password": NEW, "password_confirm": NEW}

    assert [browser.send("/desk/account/password", form).status_code for _ in range(11)] == [422] * 10 + [429]


def passwords_hash_outside():
    db.session.rollback()
    return passwords.hashed("right horse")


def test_everybody_at_the_desk_sees_the_seats_and_administrators_change_them(admin, s4pst, browser_of):
    holder = factories.person("Holder", agent_of=s4pst)
    seat = factories.seat(s4pst, holder=holder)
    agent = browser_of(factories.person(agent_of=factories.organization("PESO")))

    page = agent.get("/desk/seats/").text
    assert "Holder" in page
    assert f"/desk/seats/{seat.id}/" not in page
    assert agent.get(f"/desk/seats/{seat.id}/").status_code == 403

    desk = browser_of(admin)
    assert f"/desk/seats/{seat.id}/" in desk.get("/desk/seats/").text
    assert desk.get(f"/desk/seats/{seat.id}/").status_code == 200
    assert desk.get("/desk/seats/999999/").status_code == 404


def test_a_delegate_is_named_for_a_time(admin, s4pst, browser_of):
    seat = factories.seat(s4pst, holder=factories.person("Holder", agent_of=s4pst))
    delegate = factories.person("Delegate", agent_of=s4pst)
    browser = browser_of(admin)
    until = today() + timedelta(days=7)
    form = {
        "person": delegate.id,
        "kind": "delegate",
        "starts_on": today().isoformat(),
        "ends_on": until.isoformat(),
    }

    assert browser.send(f"/desk/seats/{seat.id}/", form).status_code == 303
    assert "Delegate" in browser.get("/desk/seats/").text
    assert {(t.person.name, t.kind) for t in db.session.scalars(sa.select(SeatTerm))} == {
        ("Holder", TermKind.HOLDER),
        ("Delegate", TermKind.DELEGATE),
    }

    term = db.session.scalars(sa.select(SeatTerm).where(SeatTerm.kind == TermKind.DELEGATE)).one()
    assert browser.send(f"/desk/seats/{seat.id}/terms/{term.id}/end").status_code == 303
    assert term.ends_on == today()


def test_a_term_that_makes_no_sense_is_explained(admin, s4pst, browser_of):
    seat = factories.seat(s4pst)
    person = factories.person(agent_of=s4pst)
    stranger = factories.person(agent_of=factories.organization("PESO"))
    browser = browser_of(admin)
    form = {"person": person.id, "kind": "delegate", "starts_on": today().isoformat(), "ends_on": ""}

    assert "give the last day" in browser.send(f"/desk/seats/{seat.id}/", form).text
    assert browser.send(f"/desk/seats/{seat.id}/", {**form, "person": stranger.id}).status_code == 200
    assert browser.send(f"/desk/seats/{seat.id}/", {**form, "starts_on": "never"}).status_code == 200
    assert db.session.scalar(sa.select(sa.func.count(SeatTerm.id))) == 0


def test_an_empty_seat_and_no_seats_explain_themselves(admin, s4pst, browser_of):
    browser = browser_of(admin)
    assert "No seats yet" in browser.get("/desk/seats/").text

    seat = factories.made(Seat(organization=s4pst, label="Seat"))
    assert "Nobody can sit here yet" in browser.get(f"/desk/seats/{seat.id}/").text
    assert "Vacant" in browser.get("/desk/seats/").text


def test_a_seat_of_the_affiliates_is_added_and_ended(admin, s4pst, browser_of):
    core = factories.seat(s4pst)
    browser = browser_of(admin)

    for label in ("", " ", "x" * 81):
        assert browser.send("/desk/seats/", {"label": label}).status_code == 422
    assert browser.send("/desk/seats/", {"label": "First affiliates' seat"}).status_code == 303
    again = browser.send("/desk/seats/", {"label": "First affiliates' seat"})
    assert again.status_code == 422
    assert "There is a seat of this name already." in again.text
    seat = db.session.scalars(sa.select(Seat).where(Seat.organization_id.is_(None))).one()
    page = browser.get(f"/desk/seats/{seat.id}/").text
    assert "has a vote since" in page
    assert "End the seat" in page
    assert "End the seat" not in browser.get(f"/desk/seats/{core.id}/").text

    assert browser.send(f"/desk/seats/{core.id}/end").status_code == 303
    assert browser.send(f"/desk/seats/{seat.id}/end").status_code == 303
    db.session.expire_all()
    assert (core.until, seat.until is None) == (None, False)
    ended = browser.get(f"/desk/seats/{seat.id}/").text
    assert "This seat has ended" in ended
    assert "Name a holder" not in ended
    assert browser.send("/desk/seats/999999/end").status_code == 404
    assert "Seats that ended" in browser.get("/desk/seats/").text


def test_only_administrators_add_and_end_seats(s4pst, browser_of):
    seat = factories.seat(None)
    for person in (factories.coordinator(), factories.person(lead_of=s4pst)):
        browser = browser_of(person)
        assert "Add the seat" not in browser.get("/desk/seats/").text
        assert browser.send("/desk/seats/", {"label": "One more"}).status_code == 403
        assert browser.send(f"/desk/seats/{seat.id}/end").status_code == 403
    assert db.session.scalars(sa.select(Seat.until)).all() == [None]


def test_long_lists_go_on_to_a_next_page(admin, browser_of):
    for n in range(51):
        factories.person(f"Person {n:02}")
    browser = browser_of(admin)

    first = browser.get("/desk/people/").text
    last = db.session.scalars(sa.select(Person.id).where(Person.name == "Person 48")).one()

    assert f"/desk/people/?after={last}" in first
    second = browser.get(f"/desk/people/?after={last}").text
    assert ("Person 49" in second, "Person 48" in second) == (True, False)
    assert browser.get("/desk/people/?after=x").status_code == 200
