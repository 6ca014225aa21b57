"""Whatever people do in whatever order: what is out was agreed to as it is, or went out at once and was put to the
members; what is stored of a vote is what its votes say; and each act is one event.
"""

from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cass_portal import clock
from cass_portal.announcements import actions
from cass_portal.announcements.agreement import AgreementWay, Outcome, SeatFact, Stance, VoteFact
from cass_portal.announcements.counting import verdict
from cass_portal.announcements.lifecycle import OPEN, PUBLIC, AnnouncementKind, EditionState, SignOffStance
from cass_portal.announcements.models import Ballot, Edition, Vote
from cass_portal.announcements.policies import policy_for, way_of
from cass_portal.db import db
from cass_portal.history import Event
from cass_portal.people.models import Seat
from cass_portal.policy import SYSTEM, NotPermitted
from cass_portal.transitions import ActRefused
from tests import factories

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
SEATS = 4
WHO, SEAT = st.integers(0, 1), st.integers(0, SEATS - 1)
ACTS = [
    "request", "sign_off", "send_back", "end_discussion", "publish", "publish_at_once", "schedule", "unschedule",
    "propose_withdrawal", "withdraw", "open_edition",
]  # fmt: skip
STEPS = st.one_of(
    st.tuples(st.just("edit"), WHO, st.sampled_from(["One text.", "Another text."])),
    st.tuples(st.sampled_from(ACTS), WHO),
    st.tuples(st.just("discard"), WHO),
    st.tuples(st.just("everybody"), st.sampled_from([Stance.LIKE, Stance.YES, Stance.RATIFY])),
    st.tuples(st.just("vote"), SEAT, st.sampled_from(Stance)),
    st.tuples(st.just("vote"), SEAT, st.sampled_from(Stance)),
    st.tuples(st.just("raise_question"), SEAT),
    st.tuples(st.sampled_from(["resign", "come_back"]), SEAT),
    st.tuples(st.just("policy"), st.sampled_from(AgreementWay)),
    st.tuples(st.just("wait"), st.integers(1, 8)),
    st.tuples(st.just("work")),
)
EXAMPLES = {"sqlite": 60, "postgresql": 10}
REFUSALS = (ActRefused, NotPermitted)


class World:
    """One document, two coordinators who both write, four seats; and what the test itself remembers of the text."""

    def __init__(self, kind):
        members = [factories.organization() for _ in range(SEATS)]
        self.holders = [factories.person(lead_of=each) for each in members]
        self.seats = [factories.seat(each, holder=h) for each, h in zip(members, self.holders, strict=True)]
        self.coordinators = [factories.coordinator(), factories.coordinator()]
        self.administrator = factories.administrator()
        by = self.coordinators[0]
        self.document = factories.announcement(
            by=by, kind=kind, state=EditionState.DRAFT, organizations=members
        )
        db.session.flush()
        self.changed_at = {}
        """By edition: the event after which nobody agreed to anything yet."""
        self.needed = {}
        """By edition: what its way of agreement was when it went out."""

    @property
    def edition(self):
        return self.document.latest_edition

    def take(self, act, *arguments):
        """One act of a person; those of the clock and of the committee's make-up are not acts on the document."""
        simple = {
            "request": actions.request_sign_off, "end_discussion": actions.end_discussion, "publish": actions.publish,
            "unschedule": actions.unschedule, "withdraw": actions.withdraw, "open_edition": actions.open_edition,
            "discard": actions.discard,
        }  # fmt: skip
        edition = self.edition
        if act in simple:
            simple[act](edition, by=self.coordinators[arguments[0]])
        elif act in ("edit", "vote", "raise_question", "policy"):
            getattr(self, act)(*arguments)
        else:
            self.take_with_words(edition, act, by=self.coordinators[arguments[0]])

    def take_with_words(self, edition, act, *, by):
        {
            "sign_off": lambda: actions.sign_off(edition, text_hash=edition.text_hash, by=by),
            "send_back": lambda: actions.send_back(edition, text_hash=edition.text_hash, remark="No.", by=by),
            "publish_at_once": lambda: actions.publish_at_once(edition, reason="It burns.", by=by),
            "schedule": lambda: actions.schedule(edition, at=clock.now() + timedelta(hours=1), by=by),
            "propose_withdrawal": lambda: actions.propose_withdrawal(edition, reason="Wrong.", by=by),
        }[act]()

    def edit(self, who, body):
        edition = self.edition
        note = "A change." if edition.number > 1 else None
        changed = actions.edit(
            edition, title=edition.title, summary=edition.summary, body=body, change_note=note,
            organizations=list(edition.organizations), products=[], by=self.coordinators[who],
        )  # fmt: skip
        if not changed:
            raise ActRefused("nothing changed")
        db.session.flush()
        self.changed_at[edition.id] = last_event()

    def vote(self, number, stance):
        edition = self.edition
        actions.cast_vote(
            edition, seat=self.seats[number], stance=stance, reason="Because.", text_hash=edition.text_hash,
            by=self.holders[number],
        )  # fmt: skip

    def raise_question(self, number):
        actions.raise_question(self.edition, reason="Ask us.", by=self.holders[number])

    def everybody(self, stance):
        for number in range(SEATS):
            self.attempt("vote", number, stance)

    def policy(self, way):
        policy = policy_for(self.document.kind)._replace(way=way)
        actions.change_policy(self.document.kind, policy=policy, by=self.administrator)
        db.session.flush()
        db.session.expire(self.document, ["policy"])

    def resign(self, number):
        self.seats[number].until = self.seats[number].until or clock.now()
        self.work()

    def come_back(self, number):
        seat = self.seats[number]
        if seat.until is not None:
            seat.since, seat.until = clock.now(), None
        self.work()

    def work(self):
        """What the worker does of its own accord."""
        for ballot in db.session.scalars(sa.select(Ballot).where(Ballot.closed_at.is_(None))).all():
            actions.settle(ballot)
        with suppress(ActRefused):
            actions.publish(self.edition, by=SYSTEM)

    def attempt(self, act, *arguments):
        """One event of a person where the act was done, none where it was refused."""
        before, done = last_event(), 1
        with self.watched():
            try:
                with db.session.begin_nested():
                    self.take(act, *arguments)
            except REFUSALS:
                db.session.expire_all()
                done = 0
        of_people = sa.select(sa.func.count()).where(Event.id > before, Event.actor_role != "system")
        assert db.session.scalar(of_people) == done, act

    @contextmanager
    def watched(self):
        """Remember what was needed of an edition that goes out inside."""
        edition, way = self.edition, way_of(self.document)
        was_out = edition.state in PUBLIC
        yield
        if edition.state in PUBLIC and not was_out:
            self.needed[edition.id] = way

    def step(self, act, *arguments):
        if act in ("work", "resign", "come_back", "everybody"):
            with self.watched():
                getattr(self, act)(*arguments)
        elif act != "wait":
            self.attempt(act, *arguments)


def last_event():
    return db.session.scalar(sa.select(sa.func.coalesce(sa.func.max(Event.id), 0)))


def recomputed(ballot, at):
    """The verdict from the rows alone."""
    seats = db.session.execute(sa.select(Seat.id, Seat.since, Seat.until)).all()
    votes = db.session.execute(
        sa.select(Vote.seat_id, Vote.stance, Vote.at).where(Vote.ballot_id == ballot.id).order_by(Vote.id)
    ).all()
    return verdict(
        ballot.policy, [SeatFact(*each) for each in seats], [VoteFact(*each) for each in votes], at,
        opened_at=ballot.opened_at, discussion_ended_at=ballot.discussion_ended_at,
    )  # fmt: skip


def check(world):
    db.session.flush()
    editions = db.session.scalars(sa.select(Edition).order_by(Edition.id)).all()
    assert sum(each.state in OPEN for each in editions) <= 1
    for edition in editions:
        assert sum(each.closed_at is None for each in edition.ballots) <= 1
        for ballot in edition.ballots:
            check_ballot(ballot)
        if edition.state in PUBLIC:
            check_published(world, edition)
        if edition.state in (EditionState.AGREED, EditionState.SCHEDULED):
            assert edition.agreed_hash == edition.text_hash


def check_ballot(ballot):
    if ballot.closed_at is None:
        found = recomputed(ballot, clock.now())
        is_due = ballot.due_at is not None and ballot.due_at <= clock.now()
        assert is_due or found.outcome == ballot.outcome
        return
    assert ballot.due_at is None
    if ballot.outcome != Outcome.VOID and not has_come_back(ballot):
        found = recomputed(ballot, ballot.closed_at)
        assert (found.outcome, found.for_it, found.seats) == (ballot.outcome, ballot.for_it, ballot.seats)


def has_come_back(ballot):
    """A seat that stood in this vote left and stands anew since: its row tells of the new time only."""
    return db.session.scalar(sa.select(sa.func.count()).where(Seat.since > ballot.closed_at)) > 0


def check_published(world, edition):
    """Somebody agreed, after the last change of the text, in the way that was needed when it went out."""
    if edition.at_once_reason is not None:
        assert edition.announcement.kind == AnnouncementKind.STATUS
        assert edition.agreed_hash is None
        assert edition.ballots[-1].way == AgreementWay.RATIFY
        return
    assert edition.agreed_hash == edition.text_hash
    changed_at = world.changed_at.get(edition.id, 0)
    by_vote = any(
        each.way == AgreementWay.SENSE_VOTE and each.outcome == Outcome.AGREED
        and each.text_hash == edition.text_hash and opened_after(each, changed_at)
        for each in edition.ballots
    )  # fmt: skip
    by_second = any(
        each.stance == SignOffStance.AGREE and each.text_hash == edition.text_hash
        and each.person_id != edition.edited_by_id and each.at >= edition.edited_at
        for each in edition.sign_offs
    )  # fmt: skip
    assert by_vote or (by_second and world.needed[edition.id] != AgreementWay.SENSE_VOTE)
    assert edition.published_by_id != edition.edited_by_id


def opened_after(ballot, event_id):
    kinds = ("announcement.vote_opened", "announcement.question_raised")
    found = db.session.scalars(sa.select(Event).where(Event.kind.in_(kinds), Event.id > event_id)).all()
    return any(each.detail.get("ballot") == ballot.id for each in found)


KINDS = st.sampled_from([AnnouncementKind.DIRECTION, AnnouncementKind.NEWS, AnnouncementKind.STATUS])


def test_what_is_out_was_agreed_to_after_any_sequence_of_acts(app, database_kind):
    @settings(max_examples=EXAMPLES[database_kind], suppress_health_check=list(HealthCheck))
    @given(kind=KINDS, steps=st.lists(STEPS, max_size=25))
    def any_sequence(kind, steps):
        run(kind, steps)

    any_sequence()


def run(kind, steps):
    """Take `steps`, a minute after each other, and look at everything after each."""
    db.session.rollback()
    at = MONDAY
    with clock.as_of(at):
        world = World(kind)
    for step in steps:
        at += timedelta(days=step[1]) if step[0] == "wait" else timedelta(minutes=1)
        with clock.as_of(at):
            world.step(*step)
            check(world)
    state = world.edition.state
    db.session.rollback()
    return state


VOTED = [("request", 0), ("everybody", Stance.LIKE)]


def test_a_voided_vote_does_not_count_when_the_old_text_is_back(app):
    back = [("edit", 0, "Another text."), ("edit", 0, "The **Consortium** announces something.")]
    signed = [("policy", AgreementWay.SECOND_PERSON), ("request", 0), ("sign_off", 1)]

    for more, state in (
        ([("publish", 1)], EditionState.DRAFT),
        ([*signed, ("raise_question", 0), ("publish", 1)], EditionState.IN_SIGN_OFF),
        (
            [*signed, ("raise_question", 0), ("everybody", Stance.LIKE), ("publish", 1)],
            EditionState.PUBLISHED,
        ),
    ):
        assert run(AnnouncementKind.DIRECTION, [*VOTED, *back, *more]) == state


def test_the_acts_lead_to_every_state(app):
    raised = [
        ("request", 0),
        ("sign_off", 1),
        ("raise_question", 0),
        ("everybody", Stance.LIKE),
        ("schedule", 1),
    ]
    objected = [("request", 0), ("vote", 0, Stance.UNCOMFORTABLE)]
    objected += [("vote", number, Stance.LIKE) for number in (1, 2, 3)]
    seen = {
        run(kind, steps)
        for kind, steps in (
            (AnnouncementKind.NEWS, []),
            (AnnouncementKind.NEWS, [("discard", 0)]),
            (AnnouncementKind.NEWS, raised),
            (AnnouncementKind.NEWS, [*raised, ("wait", 1), ("work",)]),
            (AnnouncementKind.DIRECTION, [("request", 0)]),
            (AnnouncementKind.DIRECTION, [*VOTED, ("policy", AgreementWay.SECOND_PERSON)]),
            (AnnouncementKind.DIRECTION, [("request", 0), ("everybody", Stance.UNCOMFORTABLE)]),
            (AnnouncementKind.DIRECTION, objected),
            (AnnouncementKind.STATUS, [("publish_at_once", 0), ("propose_withdrawal", 0), ("withdraw", 1)]),
        )
    }  # fmt: skip

    assert seen == set(EditionState) - {EditionState.SUPERSEDED}
