"""The verbs of the people room: each writes state and exactly one event."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from cass_portal.clock import now, today
from cass_portal.db import db
from cass_portal.directory.models import Level
from cass_portal.history import Event, EventKind
from cass_portal.people import actions, links, passwords, queries, sessions
from cass_portal.people.lifecycle import PersonState
from cass_portal.people.models import (
    MemberRole,
    Person,
    ResetRequest,
    Seat,
    SeatTerm,
    SignInSession,
    TermKind,
)
from cass_portal.policy import NotPermitted
from cass_portal.transitions import TransitionRefused
from tests import factories

K = EventKind
KEY = "a key for tests that nobody else has"
TWELVE_HOURS = timedelta(hours=12)


def events():
    return [(e.kind, e.person_id) for e in db.session.scalars(sa.select(Event).order_by(Event.id))]


def open_sessions(person):
    return len(sessions.open_sessions(person, absolute=TWELVE_HOURS))


@pytest.fixture
def admin(app):
    return factories.administrator("Ada")


@pytest.fixture
def s4pst(app):
    return factories.organization("S4PST")


def test_inviting_makes_an_account_without_a_password(admin, s4pst):
    person = actions.invite("new@example.org", name="New", by=admin, organization=s4pst, role=MemberRole.LEAD)
    db.session.flush()

    assert (person.state, person.password, person.joined_at) == (PersonState.INVITED, None, None)
    assert person.led_organization_ids == {s4pst.id}
    assert (person.is_administrator, person.is_coordinator) == (False, False)
    assert events() == [(K.PERSON_INVITED, person.id)]


def test_an_address_is_invited_once(admin):
    actions.invite("new@example.org", name="New", by=admin)

    with pytest.raises(actions.KnownAlready):
        actions.invite("new@example.org", name="Again", by=admin)


def test_a_lead_invites_only_for_the_own_organization_and_grants_nothing(s4pst):
    lead, other = factories.person(lead_of=s4pst), factories.organization("PESO")

    mine = actions.invite("a@example.org", name="A", by=lead, organization=s4pst)
    db.session.flush()

    assert mine.organization_ids == {s4pst.id}
    for refused in (
        {"organization": other},
        {"organization": None},
        {"organization": s4pst, "administrator": True},
        {"organization": s4pst, "coordinator": True},
    ):
        with pytest.raises(NotPermitted):
            actions.invite("b@example.org", name="B", by=lead, **refused)


@pytest.mark.parametrize("role", ["agent", "coordinator", "former lead"])
def test_nobody_else_invites(s4pst, role):
    person = {
        "agent": lambda: factories.person(agent_of=s4pst),
        "coordinator": factories.coordinator,
        "former lead": lambda: factories.person(lead_of=s4pst),
    }[role]()
    if role == "former lead":
        person.memberships[0].ended_at = now()

    with pytest.raises(NotPermitted):
        actions.invite("b@example.org", name="B", by=person, organization=s4pst)


def test_the_operator_invites_without_an_account(app):
    person = actions.invite_as_operator("first@example.org", name="First", administrator=True)
    db.session.flush()

    event = db.session.scalars(sa.select(Event)).one()
    assert person.is_administrator
    assert (event.kind, event.actor_role, event.actor_id) == (K.PERSON_INVITED, "system", None)


def test_joining_happens_once(admin):
    person = actions.invite("new@example.org", name="Nwe", by=admin)
    db.session.flush()

    actions.accept_invitation(person, name="New", password_hash="a hash")
    db.session.flush()

    assert (person.name, person.password, person.state) == ("New", "a hash", PersonState.ACTIVE)
    assert events() == [(K.PERSON_INVITED, person.id), (K.PERSON_JOINED, person.id)]
    with pytest.raises(TransitionRefused):
        actions.accept_invitation(person, name="Thief", password_hash="another")


def test_an_invitation_sent_again_voids_the_one_before(admin):
    person = actions.invite("new@example.org", name="New", by=admin)
    db.session.flush()
    first = links.invitation_token(person, key=KEY)

    actions.invite_again(person, by=admin)
    db.session.flush()

    assert links.invited_person(first, key=KEY) is None
    assert links.invited_person(links.invitation_token(person, key=KEY), key=KEY) is person
    assert [kind for kind, _ in events()] == [K.PERSON_INVITED, K.PERSON_INVITED]


def test_who_has_joined_is_not_invited_again(admin):
    with pytest.raises(TransitionRefused):
        actions.invite_again(factories.person(), by=admin)


def test_the_first_administrator_is_made_once(app):
    assert actions.first_administrator_link(KEY, "http://localhost").startswith(
        "http://localhost/invitation/"
    )

    person = actions.make_first_administrator("first@example.org", name="First", password_hash="a hash")
    db.session.flush()

    assert (person.is_administrator, person.state) == (True, PersonState.ACTIVE)
    assert actions.first_administrator_link(KEY, "http://localhost") is None
    with pytest.raises(actions.KnownAlready):
        actions.make_first_administrator("second@example.org", name="Second", password_hash="a hash")


@pytest.mark.parametrize("fields", [{"joined_at": None}, {"active": False}])
def test_an_administrator_who_cannot_sign_in_does_not_count_as_the_first(app, fields):
    factories.administrator(**fields)

    assert actions.first_administrator_link(KEY, "http://localhost") is not None


def test_sign_in_opens_a_session_and_says_so_once(app):
    person = factories.person(email="a@example.org", password=_hash("correct horse battery"))
    db.session.commit()

    found, secret = actions.sign_in("a@example.org", "correct horse battery")
    db.session.flush()

    assert found is person
    assert sessions.person_of(person.fs_uniquifier, secret, absolute=TWELVE_HOURS) is person
    assert events() == [(K.PERSON_SIGNED_IN, person.id)]


@pytest.mark.parametrize("fields", [{}, {"active": False}, {"joined_at": None}])
def test_sign_in_refuses_everything_else_without_a_trace(app, fields):
    password = "wrong" if not fields else "correct horse battery"
    factories.person(email="a@example.org", password=_hash("correct horse battery"), **fields)
    db.session.commit()

    assert actions.sign_in("a@example.org", password) is None
    assert actions.sign_in("nobody@example.org", password) is None
    assert events() == []
    assert db.session.scalar(sa.select(sa.func.count(SignInSession.id))) == 0


def test_no_password_is_hashed_while_a_transaction_is_open(app):
    db.session.execute(sa.select(1))

    with pytest.raises(passwords.TransactionOpen):
        passwords.hashed("correct horse battery")
    with pytest.raises(passwords.TransactionOpen):
        passwords.matches("correct horse battery", None)


def test_signing_out_ends_one_session_and_everywhere_ends_all(app):
    person = factories.person()
    first, second = actions.open_session(person), actions.open_session(person)

    actions.sign_out(person, first)
    assert sessions.person_of(person.fs_uniquifier, first, absolute=TWELVE_HOURS) is None
    assert sessions.person_of(person.fs_uniquifier, second, absolute=TWELVE_HOURS) is person

    actions.sign_out_everywhere(person)
    assert open_sessions(person) == 0


def test_a_session_belongs_to_one_person_and_has_an_end(app, time_machine):
    time_machine.move_to("2026-11-20T08:00Z", tick=False)
    person, other = factories.person(), factories.person()
    secret = actions.open_session(person)

    time_machine.move_to("2026-11-20T19:59Z", tick=False)
    assert sessions.person_of(person.fs_uniquifier, secret, absolute=TWELVE_HOURS) is person
    assert sessions.person_of(other.fs_uniquifier, secret, absolute=TWELVE_HOURS) is None
    assert sessions.person_of(person.fs_uniquifier, None, absolute=TWELVE_HOURS) is None

    time_machine.move_to("2026-11-20T20:01Z", tick=False)
    assert sessions.person_of(person.fs_uniquifier, secret, absolute=TWELVE_HOURS) is None


def test_only_a_digest_of_a_session_is_stored(app):
    person = factories.person()
    secret = actions.open_session(person)
    db.session.flush()

    row = db.session.scalars(sa.select(SignInSession)).one()
    assert secret not in {str(value) for value in vars(row).values()}


def test_sessions_long_over_are_forgotten_at_the_next_sign_in(app, time_machine):
    time_machine.move_to("2026-09-01T08:00Z")
    person, other = factories.person(), factories.person()
    actions.open_session(person)
    actions.open_session(other)

    time_machine.move_to("2026-11-01T08:00Z")
    actions.open_session(person)
    db.session.flush()

    assert sorted(db.session.scalars(sa.select(SignInSession.person_id))) == sorted([person.id, other.id])


def test_a_changed_password_ends_sessions_and_voids_links(app):
    person = factories.person(password="old")
    actions.open_session(person)
    token = links.reset_token(person, key=KEY)

    actions.change_password(person, "new")
    db.session.flush()

    assert person.password == "new"
    assert open_sessions(person) == 0
    assert links.resetting_person(token, key=KEY) is None
    assert events()[-1] == (K.PERSON_PASSWORD_CHANGED, person.id)


def test_reset_requests_are_answered_for_active_people_only(app):
    active, invited = factories.person(), factories.person(joined_at=None)
    off = factories.person(active=False)
    for email in (active.email, invited.email, off.email, "nobody@example.org"):
        actions.request_reset(email)
    db.session.flush()

    assert actions.answer_reset_requests() == 4
    assert events() == [(K.PERSON_RESET_REQUESTED, active.id)]
    assert db.session.scalar(sa.select(sa.func.count(ResetRequest.id))) == 0
    assert actions.answer_reset_requests() == 0


def test_one_address_gets_three_reset_mails_in_six_hours(app, time_machine):
    time_machine.move_to("2026-11-20T08:00Z", tick=False)
    person, other = factories.person(), factories.person()
    for _ in range(40):
        actions.request_reset(person.email)
    actions.request_reset(other.email)
    actions.answer_reset_requests()

    assert events() == [(K.PERSON_RESET_REQUESTED, person.id)] * 3 + [(K.PERSON_RESET_REQUESTED, other.id)]

    time_machine.move_to("2026-11-20T14:01Z", tick=False)
    actions.request_reset(person.email)
    actions.answer_reset_requests()
    assert len(events()) == 5


def test_roles_are_granted_by_administrators_and_end_the_sessions_of_others(admin):
    person = factories.person()
    actions.open_session(person)
    actions.open_session(admin)

    actions.grant(person, administrator=False, coordinator=True, by=admin)
    actions.grant(admin, administrator=True, coordinator=True, by=admin)

    assert (person.is_administrator, person.is_coordinator) == (False, True)
    assert (open_sessions(person), open_sessions(admin)) == (0, 1)
    assert events()[-2:] == [(K.PERSON_CHANGED, person.id), (K.PERSON_CHANGED, admin.id)]


def test_nobody_grants_without_the_right(app, s4pst):
    person = factories.person()

    for by in (factories.coordinator(), factories.person(lead_of=s4pst), person):
        with pytest.raises(NotPermitted):
            actions.grant(person, administrator=True, coordinator=True, by=by)
        with pytest.raises(NotPermitted):
            actions.switch_off(person, by=by)


def test_the_last_active_administrator_stays(admin):
    factories.administrator(active=False)
    factories.administrator(joined_at=None)

    with pytest.raises(actions.LastAdministrator):
        actions.grant(admin, administrator=False, coordinator=False, by=admin)
    with pytest.raises(actions.LastAdministrator):
        actions.switch_off(admin, by=admin)

    factories.administrator("Second")
    actions.grant(admin, administrator=False, coordinator=False, by=admin)
    assert not admin.is_administrator


def test_a_switched_off_account_is_signed_out_and_comes_back_as_it_was(admin):
    person, invited = factories.person(), factories.person(joined_at=None)
    actions.open_session(person)
    token = links.invitation_token(invited, key=KEY)

    for each in (person, invited):
        actions.switch_off(each, by=admin)
    db.session.flush()

    assert (person.state, open_sessions(person)) == (PersonState.SWITCHED_OFF, 0)
    assert links.invited_person(token, key=KEY) is None
    with pytest.raises(TransitionRefused):
        actions.switch_off(person, by=admin)

    for each in (person, invited):
        actions.switch_on(each, by=admin)
    assert [person.state, invited.state] == [PersonState.ACTIVE, PersonState.INVITED]


def test_another_role_at_the_same_organization_replaces_the_first(admin, s4pst):
    peso = factories.organization("PESO")
    person = factories.person(agent_of=[s4pst, peso])
    actions.open_session(person)

    actions.add_membership(person, s4pst, role=MemberRole.LEAD, by=admin)
    db.session.flush()

    assert {(m.organization_id, m.role) for m in person.current_memberships} == {
        (s4pst.id, MemberRole.LEAD),
        (peso.id, MemberRole.AGENT),
    }
    assert len(person.memberships) == 3
    assert open_sessions(person) == 0


def test_a_lead_ends_memberships_of_the_own_organization_only(s4pst):
    peso = factories.organization("PESO")
    lead, person = factories.person(lead_of=s4pst), factories.person(agent_of=[s4pst, peso])
    mine, theirs = person.memberships

    actions.end_membership(mine, by=lead)

    assert person.organization_ids == {peso.id}
    with pytest.raises(NotPermitted):
        actions.end_membership(theirs, by=lead)
    with pytest.raises(NotPermitted):
        actions.add_membership(person, peso, role=MemberRole.AGENT, by=lead)


def test_who_leaves_the_member_has_no_vote_on_its_seat_from_that_moment(s4pst):
    lead, holder, delegate = (
        factories.person(lead_of=s4pst),
        factories.person(agent_of=s4pst),
        factories.person(),
    )
    seat, tomorrow = factories.seat(s4pst, holder=holder), today() + timedelta(days=1)
    for person, starts_on in ((holder, tomorrow), (delegate, today())):
        term = SeatTerm(
            seat=seat, person=person, kind=TermKind.DELEGATE, starts_on=starts_on, ends_on=tomorrow
        )
        factories.made(term)
    db.session.commit()
    assert (holder.seat_ids, delegate.seat_ids) == ({seat.id}, set())
    assert queries.representatives() == queries.representatives([seat.id]) == [holder]

    actions.end_membership(holder.memberships[0], by=lead)
    db.session.commit()

    assert holder.seat_ids == set()
    assert queries.representatives() == []
    assert {(each.person, each.starts_on, each.ends_on) for each in seat.terms} == {
        (holder, today(), today()), (delegate, today(), tomorrow),
    }  # fmt: skip


def test_every_core_member_gets_one_seat(app):
    first, second = factories.organization("A"), factories.organization("B")
    actions.ensure_seats([first])
    db.session.flush()
    actions.ensure_seats([first, second])
    db.session.flush()

    assert sorted(db.session.scalars(sa.select(Seat.organization_id))) == sorted([first.id, second.id])
    assert events() == []


def test_the_first_seats_always_voted_and_later_ones_from_when_they_came(app, time_machine):
    time_machine.move_to("2026-03-12 10:00Z", tick=False)
    first, second = factories.organization("A"), factories.organization("B")
    actions.ensure_seats([first])
    db.session.flush()

    time_machine.shift(timedelta(days=1))
    actions.ensure_seats([first, second])
    db.session.flush()

    assert seats_by_member() == {"A": (None, None), "B": (now(), None)}


def test_a_member_that_left_loses_its_seat_and_one_that_comes_back_has_it_again(app, time_machine):
    time_machine.move_to("2026-03-12 10:00Z", tick=False)
    first, second = factories.organization("A"), factories.organization("B")
    holder = factories.person(agent_of=second)
    actions.ensure_seats([first, second])
    db.session.flush()
    seat = db.session.scalars(sa.select(Seat).where(Seat.organization_id == second.id)).one()
    for kind, day in ((TermKind.HOLDER, today()), (TermKind.DELEGATE, today() + timedelta(days=9))):
        factories.made(SeatTerm(seat=seat, person=holder, kind=kind, starts_on=day))
    affiliates = actions.add_seat("Affiliates 1", by=factories.administrator())
    assert holder.seat_ids == {seat.id}

    actions.ensure_seats([first])
    db.session.flush()
    db.session.expire_all()

    left = now()
    assert seats_by_member() == {"A": (None, None), "B": (None, left), None: (left, None)}
    assert (holder.seat_ids, affiliates.until) == (frozenset(), None)
    assert [(term.kind, term.ends_on) for term in seat.terms] == [(TermKind.HOLDER, today())]

    time_machine.shift(timedelta(days=300))
    actions.ensure_seats([first, second])
    db.session.flush()
    db.session.expire_all()

    assert seats_by_member() == {"A": (None, None), "B": (now(), None), None: (left, None)}
    assert holder.seat_ids == frozenset()


def test_affiliates_seats_are_added_and_ended_by_administrators(admin, s4pst):
    seat = actions.add_seat("Affiliates 1", by=admin)
    assert (seat.organization, seat.until, seat.since is None) == (None, None, False)

    with pytest.raises(actions.SeatRefused):
        actions.add_seat("Affiliates 1", by=admin)
    with pytest.raises(actions.SeatRefused):
        actions.end_seat(factories.seat(s4pst), by=admin)
    with pytest.raises(NotPermitted):
        actions.end_seat(seat, by=factories.coordinator())
    actions.end_seat(seat, by=admin)

    assert seat.until is not None
    with pytest.raises(actions.SeatRefused):
        actions.end_seat(seat, by=admin)
    with pytest.raises(actions.SeatRefused):
        actions.give_term(
            seat, factories.person(), kind=TermKind.HOLDER, starts_on=today(), ends_on=None, by=admin
        )
    assert events() == [(K.SEAT_CHANGED, admin.id)] * 2


def seats_by_member():
    """Since when and until when each seat votes, by its organization's short name (None: affiliates)."""
    return {
        seat.organization.short_name if seat.organization else None: (seat.since, seat.until)
        for seat in db.session.scalars(sa.select(Seat))
    }


def test_a_new_holder_follows_the_one_before_without_a_gap(admin, s4pst):
    first, second = factories.person(agent_of=s4pst), factories.person(agent_of=s4pst)
    seat = factories.seat(s4pst)
    start = today()

    actions.give_term(seat, first, kind=TermKind.HOLDER, starts_on=start, ends_on=None, by=admin)
    actions.give_term(
        seat, second, kind=TermKind.HOLDER, starts_on=start + timedelta(days=10), ends_on=None, by=admin
    )

    assert [(t.person, t.starts_on, t.ends_on) for t in seat.terms] == [
        (first, start, start + timedelta(days=9)),
        (second, start + timedelta(days=10), None),
    ]
    assert [term.person for term in seat.terms_on(start)] == [first]
    assert [term.person for term in seat.terms_on(start + timedelta(days=10))] == [second]
    organization_events = db.session.scalars(sa.select(Event.organization_id)).all()
    assert organization_events == [s4pst.id, s4pst.id]


def test_a_holder_from_the_same_day_replaces_the_term(admin, s4pst):
    first, second = factories.person(agent_of=s4pst), factories.person(agent_of=s4pst)
    seat = factories.seat(s4pst, holder=first)

    actions.give_term(seat, second, kind=TermKind.HOLDER, starts_on=today(), ends_on=None, by=admin)
    db.session.flush()

    assert db.session.scalars(sa.select(SeatTerm.person_id)).all() == [second.id]


@pytest.mark.parametrize(
    ("kind", "starts_in", "ends_in"),
    [
        (TermKind.DELEGATE, 0, None),
        (TermKind.DELEGATE, 5, 4),
        (TermKind.DELEGATE, -5, -1),
        (TermKind.HOLDER, 5, 4),
    ],
)
def test_terms_that_make_no_sense_are_refused_in_words(admin, s4pst, kind, starts_in, ends_in):
    person = factories.person(agent_of=s4pst)
    starts_on = today() + timedelta(days=starts_in)
    ends_on = None if ends_in is None else today() + timedelta(days=ends_in)

    with pytest.raises(actions.SeatRefused, match=r"\.$"):
        actions.give_term(
            factories.seat(s4pst), person, kind=kind, starts_on=starts_on, ends_on=ends_on, by=admin
        )


def test_a_seat_is_not_for_people_of_other_organizations(admin, s4pst):
    person = factories.person(agent_of=factories.organization("PESO"))

    with pytest.raises(actions.SeatRefused, match="acts for the organization"):
        actions.give_term(
            factories.seat(s4pst), person, kind=TermKind.HOLDER, starts_on=today(), ends_on=None, by=admin
        )


def test_a_term_ends_and_one_to_come_is_taken_back(admin, s4pst):
    person = factories.person(agent_of=s4pst)
    seat = factories.seat(s4pst, holder=person)
    later = actions.give_term(
        seat, person, kind=TermKind.DELEGATE, starts_on=today() + timedelta(days=3),
        ends_on=today() + timedelta(days=9), by=admin,
    )  # fmt: skip

    actions.end_term(later, on=today(), by=admin)
    actions.end_term(seat.terms[0], on=today(), by=admin)
    db.session.flush()

    assert [(t.kind, t.ends_on) for t in db.session.scalars(sa.select(SeatTerm))] == [
        (TermKind.HOLDER, today())
    ]


def test_only_administrators_manage_seats(s4pst):
    lead = factories.person(lead_of=s4pst)
    seat = factories.seat(s4pst, holder=lead)

    with pytest.raises(NotPermitted):
        actions.give_term(seat, lead, kind=TermKind.HOLDER, starts_on=today(), ends_on=None, by=lead)
    with pytest.raises(NotPermitted):
        actions.end_term(
            db.session.scalars(sa.select(SeatTerm)).one(), on=today(), by=factories.coordinator()
        )


def test_an_affiliate_seat_takes_people_of_affiliates(admin):
    affiliate = factories.organization("AFF", level=Level.AFFILIATE)
    person = factories.person(agent_of=affiliate)
    seat = factories.made(Seat(label="First seat of the affiliates"))

    actions.give_term(seat, person, kind=TermKind.HOLDER, starts_on=date(2026, 1, 1), ends_on=None, by=admin)
    db.session.flush()

    assert [term.person for term in seat.terms] == [person]
    assert events() == [(K.SEAT_CHANGED, person.id)]


def _hash(password):
    return passwords.hashed(password)


def test_renaming_oneself_is_one_event(app):
    person = factories.person("Nwe")
    actions.rename(person, "New", by=person)
    db.session.flush()

    assert db.session.scalars(sa.select(Person.name)).all() == ["New"]
    assert events() == [(K.PERSON_CHANGED, person.id)]
