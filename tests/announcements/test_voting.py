"""What the members do with a text: vote, object, withdraw, raise a question, ratify; and what time makes of it."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from cass_portal.announcements import actions, queries
from cass_portal.announcements.agreement import DEFAULTS, AgreementWay, Outcome, Policy, Stance
from cass_portal.announcements.lifecycle import EditionState
from cass_portal.announcements.links import vote_token, voter_of
from cass_portal.announcements.models import AnnouncementKind, Vote
from cass_portal.announcements.rules import (
    NotReady,
    NotYourSeat,
    TextChanged,
    VoteRefused,
    agreement_stands,
    possible,
    waits_for,
)
from cass_portal.clock import now, today
from cass_portal.db import db
from cass_portal.history import Event, EventKind
from cass_portal.people import actions as people
from cass_portal.people.models import Person, SeatTerm, TermKind
from cass_portal.policy import SYSTEM, NotPermitted
from cass_portal.transitions import TransitionRefused
from tests import factories

S, K = EditionState, EventKind
MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
DAY = timedelta(days=1)
KEY = "a key for tests that nobody else has"


@pytest.fixture
def committee(app, time_machine):
    """Three core members with a seat each and its holder, two coordinators, and a Monday morning."""
    time_machine.move_to(MONDAY, tick=False)
    organizations = [factories.organization(name) for name in ("ALPHA", "BETA", "GAMMA")]
    holders = [factories.person(f"{each.short_name} Holder", agent_of=each) for each in organizations]
    return SimpleNamespace(
        organizations=organizations,
        holders=holders,
        seats=[
            factories.seat(each, holder=holder) for each, holder in zip(organizations, holders, strict=True)
        ],
        author=factories.coordinator("Ada Author"),
        second=factories.coordinator("Sam Second"),
        administrator=factories.administrator(),
        clock=time_machine,
    )


def written(committee, kind=AnnouncementKind.DIRECTION, **fields):
    values = {
        "title": "Where we go",
        "summary": "Faster.",
        "body": "We *go*.",
        "organizations": committee.organizations,
        "products": [],
    }
    edition = actions.create(kind=kind, **(values | fields), by=committee.author).latest_edition
    db.session.flush()
    return edition


def asked(committee, **fields):
    edition = written(committee, **fields)
    actions.request_sign_off(edition, by=committee.author)
    return edition


def edit(edition, *, by, **changes):
    same = {name: getattr(edition, name) for name in ("title", "summary", "body", "change_note", "is_minor")}
    same |= {"organizations": list(edition.organizations), "products": list(edition.products)}
    actions.edit(edition, **(same | changes), by=by)


def vote(committee, edition, place, stance, *, by=None, **fields):
    """The seat at `place` says `stance`, by its holder unless said otherwise; an hour passes."""
    values = {"reason": "It says too much." if stance in (Stance.UNCOMFORTABLE, Stance.CONTEST) else None}
    actions.cast_vote(
        edition, seat=committee.seats[place], stance=stance, by=by or committee.holders[place],
        **({"text_hash": edition.text_hash} | values | fields),
    )  # fmt: skip
    committee.clock.shift(timedelta(hours=1))


def kinds_of(edition):
    query = sa.select(Event).where(Event.announcement_id == edition.announcement_id).order_by(Event.id)
    return [
        (event.kind.value.removeprefix("announcement."), event.actor_role)
        for event in db.session.scalars(query)
    ]


def since(edition, kind):
    found = kinds_of(edition)
    return found[found.index(kind) + 1 :]


def outcome_of(edition):
    return edition.ballot.outcome, edition.state


def under_discussion(committee):
    """One of three objects."""
    edition = asked(committee)
    vote(committee, edition, 0, Stance.UNCOMFORTABLE)
    vote(committee, edition, 1, Stance.LIKE)
    vote(committee, edition, 2, Stance.LIKE)
    return edition


def agreed(committee, **fields):
    edition = asked(committee, **fields)
    for place in range(3):
        vote(committee, edition, place, Stance.LIKE)
    return edition


def test_asking_for_sign_off_opens_a_vote_where_members_have_to_agree(committee):
    edition = asked(committee)

    ballot = edition.ballot
    assert (edition.state, edition.agreed_hash) == (S.IN_SIGN_OFF, None)
    assert (ballot.way, ballot.text_hash, ballot.outcome) == (
        AgreementWay.SENSE_VOTE, edition.text_hash, Outcome.VOTING,
    )  # fmt: skip
    assert (ballot.opened_at, ballot.opened_by, ballot.due_at) == (MONDAY, committee.author, MONDAY + 7 * DAY)
    assert ballot.policy == DEFAULTS[AnnouncementKind.DIRECTION]
    assert kinds_of(edition) == [("created", "coordinator"), ("vote_opened", "coordinator")]
    assert waits_for(edition) == "The members vote on it until 9 March, 10:00 UTC. 0 of 3 seats have voted."


def test_nobody_signs_off_what_the_members_vote_on(committee):
    edition = asked(committee)

    for act in (actions.sign_off, actions.send_back):
        with pytest.raises(NotReady, match="nobody decides alone"):
            act(edition, text_hash=edition.text_hash, remark="Fine.", by=committee.second)
    assert possible(edition, by=committee.second) == {"edit", "discard"}


def test_the_last_vote_agrees_and_the_text_can_go_out(committee):
    edition = agreed(committee)

    ballot = edition.ballot
    assert outcome_of(edition) == (Outcome.AGREED, S.AGREED)
    assert (edition.agreed_hash, ballot.seats, ballot.for_it) == (edition.text_hash, 3, 3)
    assert (ballot.closed_at, ballot.due_at) == (MONDAY + timedelta(hours=2), None)
    assert since(edition, ("vote_opened", "coordinator")) == [
        ("voted", "member"), ("voted", "member"), ("voted", "member"), ("agreed", "system"),
    ]  # fmt: skip
    actions.publish(edition, by=committee.second)
    assert edition.state == S.PUBLISHED


def test_a_vote_says_for_whom_and_an_agreement_says_who_was_silent(committee):
    edition = asked(committee)
    vote(committee, edition, 0, Stance.LIKE)
    vote(committee, edition, 1, Stance.LIVE_WITH)
    committee.clock.move_to(MONDAY + 8 * DAY)
    actions.settle(edition.ballot)

    cast, closed = db.session.scalars(sa.select(Event).order_by(Event.id.desc()).limit(2)).all()[::-1]
    assert (cast.acting_for, cast.detail["stance"], cast.detail["seat"]) == (
        committee.organizations[1], "live_with", committee.seats[1].id,
    )  # fmt: skip
    assert closed.note == "2 of 3 seats voted by the deadline and nobody is uncomfortable."
    assert (closed.detail["said"], closed.detail["silent"]) == ({"like": 1, "live_with": 1}, ["GAMMA seat"])


def test_a_majority_against_returns_it(committee):
    edition = asked(committee)
    vote(committee, edition, 0, Stance.UNCOMFORTABLE)
    vote(committee, edition, 1, Stance.UNCOMFORTABLE)
    vote(committee, edition, 2, Stance.LIKE)

    assert outcome_of(edition) == (Outcome.RETURNED, S.RETURNED)
    assert kinds_of(edition)[-1] == ("returned", "system")
    with pytest.raises(TransitionRefused):
        actions.publish(edition, by=committee.second)


def test_an_objection_opens_the_discussion_and_its_withdrawal_lets_a_coordinator_end_it(committee):
    edition = under_discussion(committee)
    assert outcome_of(edition) == (Outcome.DISCUSSION, S.DISCUSSION)
    with pytest.raises(NotReady, match="uncomfortable"):
        actions.end_discussion(edition, by=committee.second)
    with pytest.raises(NotPermitted):
        actions.end_discussion(edition, by=committee.holders[0])

    vote(committee, edition, 0, Stance.LIVE_WITH)
    assert outcome_of(edition) == (Outcome.DISCUSSION, S.DISCUSSION)
    actions.end_discussion(edition, by=committee.second)

    assert outcome_of(edition) == (Outcome.AGREED, S.AGREED)
    assert since(edition, ("discussion_opened", "system")) == [
        ("voted", "member"), ("discussion_ended", "coordinator"), ("agreed", "system"),
    ]  # fmt: skip


def test_only_who_objects_speaks_in_the_discussion(committee):
    edition = under_discussion(committee)

    for place, stance in (
        (1, Stance.UNCOMFORTABLE),
        (1, Stance.LIKE),
        (0, Stance.UNCOMFORTABLE),
        (0, Stance.YES),
    ):
        with pytest.raises(VoteRefused, match="gone on"):
            vote(committee, edition, place, stance)


def test_the_second_vote_publishes_over_the_objection_or_does_not(committee):
    for answers, comes_to in (
        ((Stance.NO, Stance.YES, Stance.YES), (Outcome.AGREED, S.AGREED)),
        ((Stance.NO, Stance.YES, Stance.NO), (Outcome.RETURNED, S.RETURNED)),
    ):
        edition = under_discussion(committee)
        committee.clock.move_to(edition.ballot.due_at)
        actions.settle(edition.ballot)
        assert outcome_of(edition) == (Outcome.SECOND_VOTE, S.DISCUSSION)
        with pytest.raises(VoteRefused):
            vote(committee, edition, 1, Stance.LIKE)

        for place, answer in enumerate(answers):
            vote(committee, edition, place, answer)

        assert outcome_of(edition) == comes_to
        committee.clock.move_to(MONDAY)


def test_holder_and_delegate_both_vote_and_the_later_word_stands(committee):
    edition, seat = asked(committee), committee.seats[0]
    delegate = factories.person(agent_of=committee.organizations[0])
    people.give_term(
        seat, delegate, kind=TermKind.DELEGATE, starts_on=today(), ends_on=today() + 9 * DAY,
        by=committee.administrator,
    )  # fmt: skip
    db.session.expire(delegate, ["terms"])

    vote(committee, edition, 0, Stance.LIKE)
    vote(committee, edition, 1, Stance.LIKE)
    vote(committee, edition, 0, Stance.UNCOMFORTABLE, by=delegate)

    found = queries.verdict_of(edition.ballot)
    assert (found.standing, found.silent) == (
        {seat.id: Stance.UNCOMFORTABLE, committee.seats[1].id: Stance.LIKE}, (committee.seats[2].id,),
    )  # fmt: skip
    assert [said.person for said in edition.ballot.votes] == [
        committee.holders[0], committee.holders[1], delegate,
    ]  # fmt: skip


def test_whose_term_is_over_votes_no_more_and_the_vote_given_stays(committee):
    edition, seat = asked(committee), committee.seats[0]
    vote(committee, edition, 0, Stance.LIKE)
    successor = factories.person(agent_of=committee.organizations[0])
    committee.clock.shift(DAY)
    people.give_term(
        seat, successor, kind=TermKind.HOLDER, starts_on=today(), ends_on=None, by=committee.administrator
    )
    db.session.flush()
    for each in (successor, committee.holders[0]):
        db.session.expire(each, ["terms"])

    with pytest.raises(NotPermitted):
        vote(committee, edition, 0, Stance.UNCOMFORTABLE)
    assert queries.verdict_of(edition.ballot).standing == {seat.id: Stance.LIKE}
    vote(committee, edition, 0, Stance.UNCOMFORTABLE, by=successor)
    assert queries.verdict_of(edition.ballot).standing == {seat.id: Stance.UNCOMFORTABLE}


def test_nobody_votes_for_the_seat_of_others(committee):
    edition = asked(committee)

    with pytest.raises(NotYourSeat):
        vote(committee, edition, 0, Stance.LIKE, by=committee.holders[1])
    with pytest.raises(NotPermitted):
        vote(committee, edition, 0, Stance.LIKE, by=committee.author)
    with pytest.raises(NotPermitted):
        vote(committee, edition, 0, Stance.LIKE, by=committee.administrator)
    assert edition.ballot.votes == []


def test_the_author_may_hold_a_seat(committee):
    alpha = committee.organizations[0]
    committee.author = factories.person("Ada Author", is_coordinator=True, agent_of=alpha)
    edition = asked(committee)
    factories.made(
        SeatTerm(seat=committee.seats[0], person=committee.author, kind=TermKind.DELEGATE, starts_on=today())
    )
    db.session.expire(committee.author, ["terms"])

    vote(committee, edition, 0, Stance.LIKE, by=committee.author)

    assert queries.verdict_of(edition.ballot).standing == {committee.seats[0].id: Stance.LIKE}


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_whoever_objects_says_why(committee, reason):
    edition = asked(committee)

    with pytest.raises(VoteRefused, match="Say why"):
        vote(committee, edition, 0, Stance.UNCOMFORTABLE, reason=reason)


def test_a_vote_is_bound_to_the_text_that_was_read(committee):
    edition = asked(committee)
    read = edition.text_hash

    with pytest.raises(TextChanged):
        vote(committee, edition, 0, Stance.LIKE, text_hash="0" * 64)
    edition.title = "Slipped in"
    db.session.flush()
    for seen in (read, edition.text_hash):
        with pytest.raises(TextChanged):
            vote(committee, edition, 0, Stance.LIKE, text_hash=seen)
    assert edition.ballot.votes == []


def test_a_vote_that_comes_after_the_deadline_finds_the_vote_decided(committee):
    edition = asked(committee)
    vote(committee, edition, 0, Stance.LIKE)
    vote(committee, edition, 1, Stance.LIKE)
    committee.clock.move_to(edition.ballot.due_at)

    with pytest.raises(VoteRefused, match="gone on"):
        vote(committee, edition, 2, Stance.UNCOMFORTABLE)
    actions.settle(edition.ballot)
    actions.settle(edition.ballot)

    assert outcome_of(edition) == (Outcome.AGREED, S.AGREED)
    assert kinds_of(edition).count(("agreed", "system")) == 1
    with pytest.raises(VoteRefused, match="no vote"):
        vote(committee, edition, 2, Stance.UNCOMFORTABLE)


def test_an_edit_voids_every_vote_and_keeps_them(committee):
    edition = asked(committee)
    vote(committee, edition, 0, Stance.LIKE)
    vote(committee, edition, 1, Stance.LIKE)
    voided = edition.ballot

    edit(edition, title="Where we go!", by=committee.author)

    assert (voided.outcome, voided.closed_at, edition.state) == (Outcome.VOID, now(), S.DRAFT)
    assert voided.reason == "The text was changed, so the votes no longer count."
    assert len(voided.votes) == 2
    event = db.session.scalars(sa.select(Event).order_by(Event.id.desc())).first()
    assert (event.kind, event.detail["voided"], event.detail["ballot"]) == (
        K.ANNOUNCEMENT_EDITED,
        True,
        voided.id,
    )
    actions.request_sign_off(edition, by=committee.author)
    assert (edition.ballot is voided, queries.verdict_of(edition.ballot).standing) == (False, {})


def test_an_edit_takes_back_an_agreement_even_when_it_is_undone(committee):
    edition = agreed(committee)

    edit(edition, title="Other", by=committee.author)
    edit(edition, title="Where we go", by=committee.author)

    assert (edition.state, edition.agreed_hash, agreement_stands(edition)) == (S.DRAFT, None, False)
    actions.request_sign_off(edition, by=committee.author)
    assert edition.ballot.is_open
    edition.state, edition.agreed_hash = S.AGREED, edition.text_hash
    assert not agreement_stands(edition)


def test_a_sign_off_that_an_edit_voided_does_not_count_again_when_the_edit_is_undone(committee):
    edition = asked(committee, kind=AnnouncementKind.NEWS)
    actions.sign_off(edition, text_hash=edition.text_hash, by=committee.second)
    committee.clock.shift(timedelta(hours=1))

    edit(edition, title="Other", by=committee.author)
    edit(edition, title="Where we go", by=committee.author)
    edition.state, edition.agreed_hash = S.AGREED, edition.text_hash

    assert not agreement_stands(edition)


def test_what_the_members_returned_is_not_agreed(committee):
    edition = asked(committee)
    for place in range(3):
        vote(committee, edition, place, Stance.UNCOMFORTABLE)
    assert edition.state == S.RETURNED

    edition.state, edition.agreed_hash = S.AGREED, edition.text_hash

    assert not agreement_stands(edition)


def test_discarding_ends_the_vote(committee):
    edition = asked(committee)

    actions.discard(edition, by=committee.author)

    assert outcome_of(edition) == (Outcome.VOID, S.DISCARDED)


def forged(committee, kind):
    """In sign-off, and set to agreed past every act."""
    edition = asked(committee, kind=kind)
    edition.state, edition.agreed_hash = S.AGREED, edition.text_hash
    db.session.flush()
    return edition


@pytest.mark.parametrize("kind", [AnnouncementKind.DIRECTION, AnnouncementKind.NEWS, AnnouncementKind.STATUS])
def test_an_agreement_that_nobody_gave_lets_nothing_out(committee, kind):
    edition = forged(committee, kind)

    for by in (committee.second, factories.person(is_coordinator=True, is_administrator=True)):
        assert {"publish", "schedule"} & possible(edition, by=by) == set()
        with pytest.raises(TextChanged):
            actions.publish(edition, by=by)
        with pytest.raises(TextChanged):
            actions.schedule(edition, at=now() + DAY, by=by)


@pytest.mark.parametrize("kind", [AnnouncementKind.DIRECTION, AnnouncementKind.NEWS])
def test_the_worker_looks_for_the_agreement_again(committee, kind):
    edition = forged(committee, kind)
    edition.state, edition.publish_at = S.SCHEDULED, now()
    db.session.flush()

    actions.publish(edition, by=SYSTEM)

    assert (edition.state, edition.agreed_hash, edition.publish_at) == (S.RETURNED, None, None)
    assert kinds_of(edition)[-1] == ("returned", "system")


def test_a_scheduled_text_that_was_agreed_goes_out_by_itself(committee):
    edition = agreed(committee)
    actions.schedule(edition, at=now() + DAY, by=committee.second)
    committee.clock.shift(2 * DAY)

    actions.publish(edition, by=SYSTEM)

    assert edition.state == S.PUBLISHED


def test_the_last_editor_cannot_have_signed_off(committee):
    edition = asked(committee, kind=AnnouncementKind.NEWS)
    actions.sign_off(edition, text_hash=edition.text_hash, by=committee.second)
    assert agreement_stands(edition)

    edition.edited_by = committee.second

    assert not agreement_stands(edition)


def test_a_member_that_resigns_in_mid_vote_completes_it(committee):
    edition = asked(committee)
    vote(committee, edition, 0, Stance.LIKE)
    vote(committee, edition, 1, Stance.LIKE)

    people.ensure_seats(committee.organizations[:2])
    actions.settle(edition.ballot)

    assert outcome_of(edition) == (Outcome.AGREED, S.AGREED)
    assert (edition.ballot.seats, edition.ballot.for_it) == (2, 2)
    people.ensure_seats(committee.organizations)
    actions.settle(edition.ballot)
    assert (edition.ballot.seats, queries.verdict_of(edition.ballot).outcome) == (2, Outcome.AGREED)


def test_a_member_that_joins_in_mid_vote_votes_too(committee):
    edition = asked(committee)
    vote(committee, edition, 0, Stance.LIKE)
    vote(committee, edition, 1, Stance.LIKE)
    delta = factories.organization("DELTA")
    people.ensure_seats([*committee.organizations, delta])
    db.session.flush()

    committee.clock.shift(timedelta(hours=1))
    vote(committee, edition, 2, Stance.LIKE)

    found = queries.verdict_of(edition.ballot)
    assert (found.outcome, found.seats, len(found.silent)) == (Outcome.VOTING, 4, 1)


def test_what_waits_for_a_vote(committee):
    first, second = asked(committee), asked(committee, title="Second")
    waiting = queries.ballots_waiting_for
    assert waiting(committee.holders[0]) == [first.ballot, second.ballot]
    assert (waiting(committee.author), waiting(SYSTEM)) == ([], [])

    vote(committee, first, 0, Stance.UNCOMFORTABLE)
    assert waiting(committee.holders[0]) == [second.ballot]

    vote(committee, first, 1, Stance.LIKE)
    vote(committee, first, 2, Stance.LIKE)
    assert waiting(committee.holders[0]) == [first.ballot, second.ballot]
    assert waiting(committee.holders[1]) == [second.ballot]

    committee.clock.move_to(first.ballot.due_at)
    actions.settle(first.ballot)
    assert waiting(committee.holders[1]) == [first.ballot, second.ballot]


@pytest.mark.parametrize("state", [S.DRAFT, S.IN_SIGN_OFF, S.AGREED, S.SCHEDULED])
def test_an_important_question_needs_the_members(committee, state):
    edition = written(committee, kind=AnnouncementKind.NEWS)
    if state != S.DRAFT:
        actions.request_sign_off(edition, by=committee.author)
    if state in (S.AGREED, S.SCHEDULED):
        actions.sign_off(edition, text_hash=edition.text_hash, by=committee.second)
    if state == S.SCHEDULED:
        actions.schedule(edition, at=now() + DAY, by=committee.second)

    actions.raise_question(edition, reason="It binds us for years.", by=committee.holders[1])

    assert (edition.announcement.is_important, edition.agreed_hash, edition.publish_at) == (True, None, None)
    assert kinds_of(edition)[-1] == ("question_raised", "member")
    if state == S.DRAFT:
        assert (edition.state, edition.ballot) == (S.DRAFT, None)
        actions.request_sign_off(edition, by=committee.author)
    assert outcome_of(edition) == (Outcome.VOTING, S.IN_SIGN_OFF)
    with pytest.raises(NotReady):
        actions.sign_off(edition, text_hash=edition.text_hash, by=committee.second)
    with pytest.raises(NotReady, match="already"):
        actions.raise_question(edition, reason="Again.", by=committee.holders[0])


@pytest.mark.parametrize("state", [S.DRAFT, S.IN_SIGN_OFF])
def test_who_signs_off_while_a_question_is_raised_finds_a_newer_version(committee, state):
    edition = written(committee, kind=AnnouncementKind.NEWS)
    if state == S.IN_SIGN_OFF:
        actions.request_sign_off(edition, by=committee.author)
    db.session.flush()
    before = edition.version

    actions.raise_question(edition, reason="It binds us for years.", by=committee.holders[1])
    db.session.flush()

    assert edition.version > before


def test_a_question_is_raised_by_representatives_where_no_vote_is_needed_anyway(committee):
    news, direction = written(committee, kind=AnnouncementKind.NEWS), written(committee)

    with pytest.raises(NotPermitted):
        actions.raise_question(news, reason="Big.", by=committee.author)
    with pytest.raises(NotReady, match="anyway"):
        actions.raise_question(direction, reason="Big.", by=committee.holders[0])
    assert (news.announcement.is_important, direction.announcement.is_important) == (False, False)


def test_a_sign_off_given_before_the_question_does_not_count(committee):
    edition = asked(committee, kind=AnnouncementKind.NEWS)
    actions.sign_off(edition, text_hash=edition.text_hash, by=committee.second)
    edition.announcement.is_important = True

    with pytest.raises(TextChanged):
        actions.publish(edition, by=committee.second)


def at_once(committee, **fields):
    edition = written(committee, kind=AnnouncementKind.STATUS, **fields)
    actions.publish_at_once(edition, reason="The service is down.", by=committee.author)
    return edition


def test_a_status_notice_goes_out_at_once_and_is_ratified(committee):
    edition = at_once(committee)
    ballot = edition.ballot
    assert (edition.state, edition.at_once_reason, edition.agreed_hash) == (
        S.PUBLISHED, "The service is down.", None,
    )  # fmt: skip
    assert (ballot.way, ballot.due_at) == (AgreementWay.RATIFY, MONDAY + 2 * DAY)
    assert since(edition, ("created", "coordinator")) == [
        ("published_at_once", "coordinator"), ("ratification_asked", "system"),
    ]  # fmt: skip
    assert waits_for(edition).startswith("The members ratify it until 4 March, 10:00 UTC.")

    vote(committee, edition, 0, Stance.RATIFY)
    with pytest.raises(VoteRefused):
        vote(committee, edition, 1, Stance.LIKE)
    vote(committee, edition, 1, Stance.RATIFY)
    vote(committee, edition, 2, Stance.CONTEST)

    assert outcome_of(edition) == (Outcome.RATIFIED, S.PUBLISHED)
    assert (ballot.seats, ballot.for_it) == (3, 2)
    assert kinds_of(edition)[-1] == ("ratified", "system")


def test_only_a_coordinator_publishes_only_a_status_at_once_and_says_why(committee):
    status = written(committee, kind=AnnouncementKind.STATUS)

    with pytest.raises(NotPermitted):
        actions.publish_at_once(status, reason="Now.", by=committee.holders[0])
    with pytest.raises(NotReady, match="Say why"):
        actions.publish_at_once(status, reason=" ", by=committee.author)
    with pytest.raises(NotReady, match="organizations"):
        actions.publish_at_once(
            written(committee, kind=AnnouncementKind.STATUS, organizations=[]),
            reason="Now.",
            by=committee.author,
        )
    with pytest.raises(NotReady, match="Only a status notice"):
        actions.publish_at_once(written(committee), reason="Now.", by=committee.author)
    status.announcement.is_important = True
    with pytest.raises(NotReady, match="agree before"):
        actions.publish_at_once(status, reason="Now.", by=committee.author)


def contested(committee):
    edition = at_once(committee)
    for place, stance in enumerate((Stance.CONTEST, Stance.CONTEST, Stance.RATIFY)):
        vote(committee, edition, place, stance)
    return edition


def test_a_contested_notice_waits_until_it_is_corrected(committee):
    edition = contested(committee)
    assert outcome_of(edition) == (Outcome.CONTESTED, S.PUBLISHED)
    assert "correct or withdraw" in waits_for(edition)
    assert queries.waiting_for(committee.second) == [edition]
    assert (queries.waiting_for(committee.holders[0]), edition in queries.open_editions(committee.second)) == (
        [], True,
    )  # fmt: skip

    draft = actions.open_edition(edition, by=committee.author)
    edit(draft, body="We *went*.", change_note="Corrected.", by=committee.author)
    actions.request_sign_off(draft, by=committee.author)
    actions.sign_off(draft, text_hash=draft.text_hash, by=committee.second)
    actions.publish(draft, by=committee.second)

    assert (edition.state, queries.waiting_for(committee.second)) == (S.SUPERSEDED, [])
    assert outcome_of(draft) == (Outcome.VOTING, S.PUBLISHED)
    assert edition.ballot.outcome == Outcome.CONTESTED


def test_a_correction_or_a_withdrawal_ends_the_ratification(committee):
    withdrawn, corrected = at_once(committee), at_once(committee, title="Second")
    actions.propose_withdrawal(withdrawn, reason="Wrong.", by=committee.author)
    actions.withdraw(withdrawn, by=committee.second)

    draft = actions.open_edition(corrected, by=committee.author)
    edit(draft, body="We *went*.", is_minor=True, by=committee.author)
    actions.request_sign_off(draft, by=committee.author)
    actions.sign_off(draft, text_hash=draft.text_hash, by=committee.second)
    actions.publish(draft, by=committee.second)

    assert [(each.ballot.outcome, each.ballot.reason) for each in (withdrawn, corrected)] == [
        (Outcome.VOID, "It was withdrawn."),
        (Outcome.VOID, "Edition 2 took its place."),
    ]
    assert draft.ballot is None
    with pytest.raises(VoteRefused):
        vote(committee, withdrawn, 0, Stance.RATIFY)


def test_a_policy_is_changed_by_an_administrator_for_what_is_asked_later(committee):
    kind = AnnouncementKind.NEWS
    before = asked(committee, kind=kind)
    policy = Policy(AgreementWay.SENSE_VOTE, vote_days=1, discussion_days=1, second_vote_days=1, quorum=66)
    with pytest.raises(NotPermitted):
        actions.change_policy(kind, policy=policy, by=committee.author)
    actions.change_policy(kind, policy=policy, by=committee.administrator)
    db.session.commit()

    assert (queries.policy_for(kind), queries.policy_for(AnnouncementKind.EVENT)) == (
        policy, DEFAULTS[AnnouncementKind.EVENT],
    )  # fmt: skip
    after = asked(committee, kind=kind, title="After")
    assert (after.ballot.policy, after.ballot.due_at) == (policy, MONDAY + DAY)
    actions.change_policy(kind, policy=DEFAULTS[kind], by=committee.administrator)
    assert after.ballot.policy == policy
    events = db.session.scalars(sa.select(Event).where(Event.kind == K.POLICY_CHANGED)).all()
    assert [event.detail["after"]["quorum"] for event in events] == [66, 50]
    assert before.state == S.IN_SIGN_OFF


def test_a_stricter_policy_holds_for_what_a_second_person_agreed_to_and_it_can_be_asked_again(committee):
    edition = asked(committee, kind=AnnouncementKind.NEWS)
    actions.sign_off(edition, text_hash=edition.text_hash, by=committee.second)
    with pytest.raises(NotReady, match="agreed already"):
        actions.request_sign_off(edition, by=committee.author)
    strict = Policy(AgreementWay.SENSE_VOTE)
    actions.change_policy(AnnouncementKind.NEWS, policy=strict, by=committee.administrator)
    db.session.commit()

    with pytest.raises(TextChanged):
        actions.publish(edition, by=committee.second)
    actions.request_sign_off(edition, by=committee.author)

    assert outcome_of(edition) == (Outcome.VOTING, S.IN_SIGN_OFF)
    with pytest.raises(NotReady, match="requested already"):
        actions.request_sign_off(edition, by=committee.author)


@pytest.mark.parametrize(
    "senseless",
    [{"vote_days": 0}, {"ratify_days": 61}, {"quorum": 100}, {"quorum": -1}, {"discussion_days": -2}],
)
def test_a_senseless_policy_is_refused(committee, senseless):
    policy = DEFAULTS[AnnouncementKind.NEWS]._replace(**senseless)

    with pytest.raises(actions.PolicyRefused):
        actions.change_policy(AnnouncementKind.NEWS, policy=policy, by=committee.administrator)


def test_silent_seats_are_reminded_once_a_working_day_before_the_deadline(committee):
    edition = asked(committee)
    vote(committee, edition, 0, Stance.LIKE)
    committee.clock.move_to(MONDAY + 4 * DAY - timedelta(seconds=1))
    actions.remind(edition.ballot)
    assert edition.ballot.reminded_at is None

    committee.clock.shift(timedelta(seconds=1))
    actions.remind(edition.ballot)
    actions.remind(edition.ballot)

    reminders = sa.select(Event).where(Event.kind == K.ANNOUNCEMENT_VOTE_REMINDED)
    (event,) = db.session.scalars(reminders)
    assert (event.detail["silent"], edition.ballot.reminded_at) == (["BETA seat", "GAMMA seat"], now())


def test_a_link_lets_its_person_vote_until_the_vote_ends(committee):
    edition = asked(committee)
    ballot, seat, holder = edition.ballot, committee.seats[0], committee.holders[0]
    token = vote_token(ballot, seat, holder, KEY)
    assert voter_of(token, KEY) == (ballot, seat, holder)
    others = vote_token(ballot, committee.seats[1], holder, KEY)
    assert [voter_of(each, KEY) for each in (others, token + "x", "")] == [None, None, None]
    assert voter_of(token, "another key") is None

    holder.active = False
    assert voter_of(token, KEY) is None
    holder.active = True
    term = seat.terms[0]
    term.ends_on = today()
    committee.clock.shift(DAY)
    assert voter_of(token, KEY) is None
    term.ends_on = None
    assert voter_of(token, KEY) is not None

    actions.discard(edition, by=committee.author)

    assert voter_of(token, KEY) is None


def test_votes_are_never_taken_back(committee):
    edition = under_discussion(committee)
    vote(committee, edition, 0, Stance.LIVE_WITH)

    said = db.session.scalars(sa.select(Vote).order_by(Vote.id)).all()

    assert [(each.seat_id, each.stance) for each in said] == [
        (committee.seats[0].id, Stance.UNCOMFORTABLE),
        (committee.seats[1].id, Stance.LIKE),
        (committee.seats[2].id, Stance.LIKE),
        (committee.seats[0].id, Stance.LIVE_WITH),
    ]
    assert [(each.seat.label, each.reason) for each in queries.objections_of(edition.ballot)] == []


def statements_of(read):
    """How many statements `read` sends, with nothing at hand."""
    sent = []

    def note(*arguments):
        sent.append(arguments[2])

    db.session.commit()
    db.session.expunge_all()
    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        read()
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    return len(sent)


def test_what_waits_costs_the_same_for_one_and_for_many(committee):
    holder_id, second_id = committee.holders[0].id, committee.second.id

    def read_all():
        holder, second = db.session.get(Person, holder_id), db.session.get(Person, second_id)
        votes = queries.ballots_waiting_for(holder)
        texts = queries.waiting_for(second)
        return [waits_for(each) for each in texts] + [each.edition.announcement.slug for each in votes]

    def one_of_each():
        asked(committee)
        agreed(committee, title="Agreed")
        signed = asked(committee, kind=AnnouncementKind.NEWS, title="Signed")
        actions.sign_off(signed, text_hash=signed.text_hash, by=committee.second)
        contested(committee)
        db.session.commit()

    one_of_each()
    few = statements_of(read_all)
    for _ in range(3):
        for name in ("author", "second", "administrator"):
            setattr(committee, name, db.session.merge(getattr(committee, name)))
        committee.organizations = [db.session.merge(each) for each in committee.organizations]
        committee.seats = [db.session.merge(each) for each in committee.seats]
        committee.holders = [db.session.merge(each) for each in committee.holders]
        one_of_each()

    assert statements_of(read_all) == few
