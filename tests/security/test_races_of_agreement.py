"""Fifty threads that vote, edit, publish and settle at the same moment: one winner each, and no vote for another text.

The acts are called below the views, each in a thread, a session and a transaction of its own, as the server and the
worker call them. Who comes second is told so: ActRefused, NotPermitted or StaleDataError, never anything else.
"""

import threading
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm.exc import StaleDataError

from cass_portal.announcements import actions
from cass_portal.announcements.agreement import AgreementWay, Outcome, Stance
from cass_portal.announcements.lifecycle import AnnouncementKind, EditionState
from cass_portal.announcements.models import AgreementPolicy, Ballot, Edition, Vote
from cass_portal.announcements.policies import policy_for
from cass_portal.announcements.queries import verdict_of
from cass_portal.announcements.rules import agreement_stands
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.history import Event
from cass_portal.people.models import Person, Seat
from cass_portal.policy import SYSTEM, NotPermitted
from cass_portal.transitions import ActRefused
from tests import factories

AT_ONCE, SEATS = 50, 7
SECOND = (ActRefused, NotPermitted, StaleDataError)
S = EditionState


@pytest.fixture
def together(app):
    """together(acts): what came of each, in its order: “done” or the name of the refusal. Each act gets no argument."""

    def run(acts):
        ready, came_of = threading.Barrier(len(acts), timeout=30), ["" for _ in acts]

        def take(place, act):
            with app.app_context():
                ready.wait()
                try:
                    act()
                    db.session.commit()
                    came_of[place] = "done"
                except SECOND as refusal:
                    came_of[place] = type(refusal).__name__
                except Exception as error:  # noqa: BLE001 any other is a failure, told by its words
                    came_of[place] = f"failed: {error!r}"[:300]
                finally:
                    db.session.remove()

        db.session.commit()
        threads = [threading.Thread(target=take, args=each) for each in enumerate(acts)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(60)
        db.session.rollback()
        db.session.expire_all()
        assert [each for each in came_of if not each or each.startswith("failed")] == []
        return came_of

    return run


class Committee:
    """Seven seats with a holder each, an author and a second coordinator, and one text."""

    def __init__(self, kind=AnnouncementKind.DIRECTION, state=S.DRAFT):
        members = [factories.organization() for _ in range(SEATS)]
        holders = [factories.person(lead_of=each) for each in members]
        seats = [factories.seat(each, holder=holder) for each, holder in zip(members, holders, strict=True)]
        self.author, self.second = factories.coordinator(), factories.coordinator()
        document = factories.announcement(by=self.author, kind=kind, state=state, organizations=members)
        db.session.commit()
        self.edition_id = document.latest_edition.id
        self.pairs = [(seat.id, holder.id) for seat, holder in zip(seats, holders, strict=True)]
        self.author_id, self.second_id = self.author.id, self.second.id

    @property
    def edition(self):
        return db.session.get_one(Edition, self.edition_id)

    @property
    def ballot(self):
        return self.edition.ballot

    def ask(self):
        actions.request_sign_off(self.edition, by=self.author)
        db.session.commit()
        return self.edition.text_hash

    def vote(self, number, stance=Stance.LIKE, *, reads=None, reason=None):
        """The act of the seat with that number on the text with the digest `reads`."""
        seat_id, holder_id = self.pairs[number % SEATS]
        seen = reads or self.edition.text_hash

        def act():
            edition = db.session.get_one(Edition, self.edition_id)
            seat, by = db.session.get_one(Seat, seat_id), db.session.get_one(Person, holder_id)
            actions.cast_vote(edition, seat=seat, stance=stance, reason=reason, text_hash=seen, by=by)

        return act

    def act(self, name, *, by=None, **more):
        """An act of a person on the edition, found anew in its thread."""
        person_id = by or self.author_id

        def act():
            edition = db.session.get_one(Edition, self.edition_id)
            getattr(actions, name)(edition, by=db.session.get_one(Person, person_id), **more)

        return act

    def edit(self, body):
        def act():
            edition = db.session.get_one(Edition, self.edition_id)
            actions.edit(
                edition, title=edition.title, summary=edition.summary, body=body,
                organizations=list(edition.organizations), products=edition.products,
                by=db.session.get_one(Person, self.author_id),
            )  # fmt: skip

        return act

    def publish_by_worker(self):
        actions.publish(db.session.get_one(Edition, self.edition_id), by=SYSTEM)

    def settle(self):
        ballots = db.session.get_one(Edition, self.edition_id).ballots
        actions.settle(ballots[-1])

    def publish_agreed(self, reads=None):
        """Agreed by a second person, as `state` says, with the sign-off behind it."""
        edition = self.edition
        actions.request_sign_off(edition, by=self.author)
        actions.sign_off(edition, text_hash=edition.text_hash, by=self.second)
        db.session.commit()


def told():
    return Counter(kind.value for kind in db.session.scalars(sa.select(Event.kind)))


def votes():
    return list(db.session.scalars(sa.select(Vote).order_by(Vote.id)))


def test_fifty_votes_of_seven_seats_close_the_ballot_once_and_none_is_lost(together):
    house = Committee()
    house.ask()
    stances = [(Stance.LIKE, Stance.LIVE_WITH)[number % 2] for number in range(AT_ONCE)]

    came_of = together([house.vote(number, stance) for number, stance in enumerate(stances)])

    counted, ballot = came_of.count("done"), house.ballot
    assert set(came_of) <= {"done", "VoteRefused", "TransitionRefused"}
    assert len(votes()) == counted >= SEATS
    assert told() == {
        "announcement.vote_opened": 1, "announcement.voted": counted, "announcement.agreed": 1,
    }  # fmt: skip
    assert (house.edition.state, ballot.outcome, ballot.seats, ballot.for_it) == (
        S.AGREED,
        Outcome.AGREED,
        7,
        7,
    )
    assert {each.seat_id for each in votes()} == {seat_id for seat_id, _ in house.pairs}
    last_of_its_seat = {each.seat_id: each.stance for each in votes()}
    assert verdict_of(ballot).standing == last_of_its_seat
    assert agreement_stands(house.edition)


def test_votes_of_holder_and_delegate_at_once_are_one_vote(together):
    house = Committee()
    house.ask()

    came_of = together([house.vote(0, (Stance.LIKE, Stance.LIVE_WITH)[n % 2]) for n in range(20)])

    assert came_of.count("done") == len(votes()) == 20
    found = verdict_of(house.ballot)
    assert found.standing == {house.pairs[0][0]: votes()[-1].stance}
    assert (found.outcome, house.edition.state) == (Outcome.VOTING, S.IN_SIGN_OFF)


@pytest.mark.parametrize("_round", range(3))
def test_a_vote_against_an_edit_is_voided_or_refused_and_never_counts_for_the_new_text(_round, together):
    house = Committee()
    read = house.ask()

    acts = [house.edit(f"Another text, by hand {n}.") if n % 10 == 0 else house.vote(n) for n in range(30)]
    came_of = together(acts)

    edition, ballot = house.edition, house.ballot
    edited = [each for place, each in enumerate(came_of) if place % 10 == 0].count("done")
    assert len(votes()) == sum(each == "done" for place, each in enumerate(came_of) if place % 10)
    assert told()["announcement.edited"] == edited
    assert ballot.closed_at is not None
    assert ballot.text_hash == read
    if edited:
        assert (edition.state, edition.agreed_hash, edition.text_hash != read) == (S.DRAFT, None, True)
        assert not agreement_stands(edition)
    else:  # the votes were there first, and every editor was told so
        assert (edition.state, edition.agreed_hash, edition.text_hash) == (S.AGREED, read, read)
    assert told()["announcement.agreed"] == (ballot.outcome == Outcome.AGREED)
    assert ballot.outcome in {Outcome.AGREED, Outcome.VOID}


@pytest.mark.parametrize("_round", range(3))
def test_publishing_against_an_edit_lets_out_the_agreed_text_or_none(_round, together):
    house = Committee(AnnouncementKind.NEWS)
    house.publish_agreed()
    agreed = house.edition.text_hash

    acts = [
        house.edit(f"Quickly changed {n}.") if n % 2 else house.act("publish", by=house.second_id) for n in range(20)
    ]  # fmt: skip
    came_of = together(acts)

    edition = house.edition
    published = came_of[::2].count("done")
    assert published == told()["announcement.published"] <= 1
    assert came_of[1::2].count("done") == told()["announcement.edited"]
    assert edition.state == (S.PUBLISHED if published else S.DRAFT)
    assert (edition.text_hash == agreed) == bool(published)


@pytest.mark.parametrize("_round", range(3))
def test_a_person_and_the_workers_publish_once(_round, together):
    house = Committee(AnnouncementKind.NEWS)
    house.publish_agreed()
    house.edition.state, house.edition.publish_at = S.SCHEDULED, now() - timedelta(seconds=1)

    came_of = together(
        [house.publish_by_worker if n % 2 else house.act("publish", by=house.second_id) for n in range(20)]
    )

    assert came_of.count("done") == told()["announcement.published"] == 1
    assert house.edition.state == S.PUBLISHED


@pytest.mark.parametrize("_round", range(3))
def test_what_is_due_while_its_question_is_raised_goes_out_or_is_voted_on(_round, together):
    house = Committee(AnnouncementKind.NEWS)
    house.publish_agreed()
    house.edition.state, house.edition.publish_at = S.SCHEDULED, now() - timedelta(seconds=1)
    holder_id = house.pairs[0][1]

    came_of = together(
        [
            house.publish_by_worker if n % 2 else house.act("raise_question", by=holder_id, reason="Ask us.")
            for n in range(12)
        ]
    )

    edition, raised, published = house.edition, came_of[::2].count("done"), came_of[1::2].count("done")
    assert (raised, published) in {(1, 0), (0, 1)}
    assert edition.announcement.is_important == bool(raised)
    assert edition.state == (S.IN_SIGN_OFF if raised else S.PUBLISHED)
    assert [each.way for each in edition.ballots] == ([AgreementWay.SENSE_VOTE] if raised else [])


def test_one_emergency_notice_goes_out_and_is_put_to_the_members_once(together):
    house = Committee(AnnouncementKind.STATUS)

    came_of = together([house.act("publish_at_once", reason="It burns.") for _ in range(20)])

    assert came_of.count("done") == 1
    assert told() == {"announcement.published_at_once": 1, "announcement.ratification_asked": 1}
    assert [each.outcome for each in house.edition.ballots] == [Outcome.VOTING]


@pytest.mark.parametrize("_round", range(2))
def test_one_ballot_is_opened_whoever_asks(_round, together):
    house = Committee(AnnouncementKind.NEWS)
    holder_id = house.pairs[0][1]

    acts = [
        house.act("raise_question", by=holder_id, reason="Ask us.")
        if n % 2
        else house.act("request_sign_off")
        for n in range(20)
    ]
    together(acts)

    open_ones = sa.select(sa.func.count()).select_from(Ballot).where(Ballot.closed_at.is_(None))
    assert db.session.scalar(open_ones) <= 1
    raised = house.edition.announcement.is_important
    assert raised or house.edition.state == S.IN_SIGN_OFF
    assert told().get("announcement.question_raised", 0) == int(raised)
    assert not agreement_stands(house.edition)


def test_a_vote_whose_time_is_over_is_settled_once(together):
    house = Committee()
    house.ask()
    for number in range(4):
        house.vote(number)()
    ballot = house.ballot
    ballot.opened_at -= timedelta(days=30)
    for each in ballot.votes:
        each.at -= timedelta(days=29)
    db.session.commit()

    came_of = together(
        [house.settle if n % 2 else house.vote(5, Stance.UNCOMFORTABLE, reason="No.") for n in range(20)]
    )

    assert set(came_of[1::2]) == {"done"}
    assert "done" not in came_of[::2]
    assert told()["announcement.agreed"] == 1
    assert (house.ballot.outcome, house.ballot.for_it, house.edition.state) == (Outcome.AGREED, 4, S.AGREED)


def test_ratifying_against_a_withdrawal_ends_the_question_once(together):
    house = Committee(AnnouncementKind.STATUS)
    actions.publish_at_once(house.edition, reason="It burns.", by=house.author)
    actions.propose_withdrawal(house.edition, reason="It does not.", by=house.author)
    read = house.edition.text_hash

    acts = [house.vote(n, Stance.CONTEST, reads=read, reason="It is wrong.") for n in range(14)]
    came_of = together([*acts, *(house.act("withdraw", by=house.second_id) for _ in range(6))])

    told_of = told()
    assert (
        came_of[14:].count("done")
        == told_of["announcement.withdrawn"]
        == (house.edition.state == S.WITHDRAWN)
    )
    assert told_of["announcement.contested"] == (house.ballot.outcome == Outcome.CONTESTED)
    assert house.ballot.outcome in {Outcome.CONTESTED, Outcome.VOID}
    assert told_of["announcement.voted"] == len(votes()) == came_of[:14].count("done")


def test_one_change_of_a_policy_wins_and_the_others_are_told_so(together):
    administrator = factories.administrator()
    db.session.commit()
    person_id = administrator.id

    def changed(days):
        def act():
            policy = policy_for(AnnouncementKind.NEWS)._replace(vote_days=days)
            by = db.session.get_one(Person, person_id)
            actions.change_policy(AnnouncementKind.NEWS, policy=policy, by=by)

        return act

    came_of = together([changed(days) for days in range(1, 11)])

    assert came_of.count("done") == told()["policy.changed"] >= 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AgreementPolicy)) == 1
