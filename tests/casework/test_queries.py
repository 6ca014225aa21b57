"""Who sees which assignment, note, event; the queue and the inbox in pages; what waits for whom."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from cass_portal.casework import actions, inbox, queries, queue
from cass_portal.casework.lifecycle import AssignmentRole, AssignmentState, Outcome
from cass_portal.casework.timeline import history_for
from cass_portal.casework.waiting import waiting_for
from cass_portal.clock import now, today
from cass_portal.db import db
from cass_portal.feedback import actions as feedback
from cass_portal.feedback.lifecycle import FeedbackState, Moderation
from cass_portal.feedback.models import FeedbackKind, Sender, SenderMark, StakeholderKind, Visibility
from cass_portal.policy import STRANGER
from tests import factories

A, S = AssignmentState, FeedbackState


@pytest.fixture
def members(app):
    """Two members, an agent of each, and a matter that only the first has."""
    one, two = factories.organization("ONE"), factories.organization("TWO")
    return one, two, factories.person("Uno", agent_of=one), factories.person("Due", agent_of=two)


def rows_of(actor):
    return set(db.session.scalars(queries.assigned_to(actor)).unique())


@pytest.mark.parametrize("visibility", Visibility)
def test_an_agent_sees_exactly_what_was_routed_to_the_own_organizations(visibility, members):
    one, two, uno, due = members
    both = factories.person(agent_of=[one, two])
    mine = factories.assignment(factories.feedback(visibility=visibility), one)
    theirs = factories.assignment(factories.feedback(visibility=visibility), two)
    shared = factories.feedback(visibility=visibility)
    my_part, their_part = factories.assignment(shared, one), factories.assignment(shared, two)

    hidden = visibility == Visibility.COORDINATORS
    assert rows_of(uno) == (set() if hidden else {mine, my_part})
    assert rows_of(due) == (set() if hidden else {theirs, their_part})
    assert rows_of(both) == (set() if hidden else {mine, theirs, my_part, their_part})
    assert (
        rows_of(factories.coordinator()) == rows_of(factories.administrator()) == rows_of(STRANGER) == set()
    )


def test_who_left_an_organization_sees_nothing_of_it(members):
    one, _, uno, _ = members
    factories.assignment(factories.feedback(), one)
    uno.memberships[0].ended_at = now()
    db.session.flush()

    assert rows_of(uno) == set()


def test_a_member_reads_no_other_members_notes_and_staff_events(members):
    one, two, uno, due = members
    coordinator = factories.coordinator()
    item = factories.feedback()
    mine, theirs = factories.assignment(item, one), factories.assignment(item, two)
    actions.note(item, "canary-one", by=uno, organization=one)
    actions.note(item, "canary-two", by=due, organization=two)
    actions.note(item, "canary-triage", by=coordinator)
    actions.draft_answer(theirs, "canary-draft", outcome=Outcome.DONE, by=due)
    actions.propose_refusal(theirs, reason="canary-refusal", by=due)
    actions.draft_answer(mine, "own draft", outcome=Outcome.DONE, by=uno)
    db.session.flush()

    def canaries(actor):
        text = str(history_for(item, actor=actor))
        return {each for each in ("one", "two", "triage", "draft", "refusal") if f"canary-{each}" in text}

    assert canaries(uno) == {"one"}
    assert canaries(due) == {"two", "refusal"}
    assert canaries(coordinator) == {"one", "two", "triage", "refusal"}
    assert {n.body for n in queries.notes_for(item, actor=uno)} == {"canary-one"}
    assert "Due" not in str(history_for(item, actor=uno))


def references(page):
    return [each.reference for each in page.items]


def filled(count, **fields):
    """That many new matters, one a minute, oldest first."""
    start = now() - timedelta(days=1)
    return [factories.feedback(created_at=start + timedelta(minutes=n), **fields) for n in range(count)]


@pytest.mark.parametrize("oldest_first", [False, True])
def test_the_queue_is_walked_there_and_back_without_gap_or_repetition(oldest_first, app):
    items = filled(60)
    for each in items[10:30]:  # many at one instant: the id decides
        each.created_at = items[10].created_at
    for each in items[::3]:
        each.moderation = Moderation.HELD
        each.settle()
    db.session.flush()
    expected = [
        each.reference for each in sorted(items, key=lambda i: (i.created_at, i.id), reverse=not oldest_first)
    ]
    coordinator, filters = factories.coordinator(), queue.Filters(oldest_first=oldest_first)

    there, pages, place = [], [], None
    while True:
        page = queue.page_of(filters, actor=coordinator, place=place)
        pages.append(references(page))
        there += references(page)
        if page.after is None:
            break
        place = queue.Place.read(str(page.after))
    back = [references(page)]
    while page.before is not None:
        page = queue.page_of(filters, actor=coordinator, place=queue.Place.read(str(page.before)))
        back.append(references(page))

    assert there == expected
    assert [len(each) for each in pages] == [25, 25, 10]
    assert back[::-1] == pages
    assert page.after is not None


def test_the_filters_narrow_the_queue(app):
    one = factories.organization("ONE")
    kokkos = factories.product("Kokkos")
    plain = factories.feedback("plain")
    praise = factories.feedback("praise", kind=FeedbackKind.PRAISE, stakeholder_kind=StakeholderKind.VENDOR)
    about = factories.feedback("about", products=[kokkos])
    late = factories.feedback("late")
    factories.assignment(late, one, acknowledge_by=today() - timedelta(days=1))
    answered = factories.feedback("answered", reply_released_at=now())
    held = factories.feedback("held", moderation=Moderation.HELD)
    coordinator = factories.coordinator()

    def found(**wanted):
        return {each.subject for each in queue.page_of(queue.Filters(**wanted), actor=coordinator).items}

    assert found() == {each.subject for each in (plain, praise, about, late, held)}
    assert found(kind=FeedbackKind.PRAISE) == found(stakeholder_kind=StakeholderKind.VENDOR) == {"praise"}
    assert found(product=kokkos) == {"about"}
    assert found(member=one) == found(overdue=True) == {"late"}
    assert found(states=queue.TABS["held"]) == {"held"}
    assert found(states=queue.TABS["answered"]) == {answered.subject}
    assert found(states=queue.TABS["routed"]) == {"late"}
    assert found(kind=FeedbackKind.PRAISE, overdue=True) == set()


def test_the_queue_shows_only_what_one_may_read(members):
    _, _, uno, _ = members
    factories.feedback()

    assert queue.page_of(queue.Filters(), actor=uno).items == []


def test_search_finds_in_every_state_what_the_filters_allow(app):
    hit = factories.feedback("Broken nvcc wrapper", kind=FeedbackKind.QUESTION)
    factories.feedback("Broken wrapper")
    closed = factories.feedback("nvcc gone", moderation=Moderation.REJECTED)
    coordinator = factories.coordinator()

    def found(text, **wanted):
        filters = queue.Filters(states=queue.EVERYTHING, **wanted)
        return {each.reference for each in queue.best_matches(text, filters, actor=coordinator)}

    assert found("nvcc") == {hit.reference, closed.reference}
    assert found("nvcc", kind=FeedbackKind.QUESTION) == {hit.reference}
    assert found("nvcc nowhere") == found("") == found('"*^(') == set()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("CASS-7K3QF", "CASS-7K3QF"),
        (" cass-7k3qf ", "CASS-7K3QF"),
        ("7k3qf", "CASS-7K3QF"),
        ("cass 7k3qf", "CASS-7K3QF"),
        ("CASS-OIL00", "CASS-01100"),
        ("cass-7k3qfa", "CASS-7K3QFA"),
        ("kokkos", None),
        ("", None),
        ("CASS-7K3Q", None),
    ],
)
def test_a_typed_reference_is_understood(typed, meant):
    assert queue.reference_in(typed) == meant


@pytest.mark.parametrize(
    "text", ["", "a", "x1-2", "a1-", "a1-2; DROP", "a" + "9" * 40 + "-1", "a1-99999999999"]
)
def test_a_place_that_nobody_made_is_no_place(text):
    assert queue.Place.read(text) is None


@pytest.mark.parametrize("text", ["", "20261340-1", "20260101", "00000101-1", "x"])
def test_a_place_of_the_inbox_that_nobody_made_is_no_place(text):
    assert inbox.Place.read(text) is None


def test_the_inbox_goes_by_the_next_promise(members):
    one, _, uno, _ = members
    day = today()
    later = factories.assignment(factories.feedback(), one, acknowledge_by=day + timedelta(days=3))
    soon = factories.assignment(
        factories.feedback(), one, state=A.WORKING, acknowledge_by=day, answer_by=day + timedelta(days=2)
    )
    praise = factories.feedback(kind=FeedbackKind.PRAISE)
    past = factories.assignment(praise, one, acknowledge_by=day - timedelta(days=1))
    gone = factories.assignment(factories.feedback(), one, state=A.REFUSED)
    done = factories.assignment(factories.feedback(), one, state=A.ANSWERED)

    def found(**wanted):
        return inbox.page_of(inbox.Filters(**wanted), actor=uno).rows

    assert found() == [past, soon, later]
    assert found(overdue=True) == found(kind=FeedbackKind.PRAISE) == [past]
    assert found(states=inbox.TABS["settled"]) == [gone]
    assert found(states=inbox.TABS["answered"]) == [done]
    assert found(organization_id=-1) == []


def test_the_inbox_is_walked_without_gap_or_repetition(members):
    one, _, uno, _ = members
    rows = [factories.assignment(factories.feedback(), one) for _ in range(55)]

    seen, place = [], None
    while True:
        page = inbox.page_of(inbox.Filters(), actor=uno, place=place)
        seen += page.rows
        if page.after is None:
            break
        place = inbox.Place.read(str(page.after))

    assert seen == rows


def whys(actor):
    return [(each.what, each.why) for each in waiting_for(actor)]


def test_what_waits_for_a_coordinator(members):
    one, two, uno, due = members
    old = now() - timedelta(days=9)
    held = factories.feedback("held", moderation=Moderation.HELD, created_at=old)
    new = factories.feedback("new", created_at=old + timedelta(days=1))
    refused = factories.feedback("refused")
    factories.assignment(refused, one, state=A.REFUSAL_PROPOSED, sent_at=old + timedelta(days=2))
    ready = factories.feedback("ready", created_at=old + timedelta(days=3))
    factories.answer(factories.assignment(ready, one, state=A.ANSWERED), uno)
    factories.assignment(ready, two, state=A.WAIVED)
    half = factories.feedback("half")
    factories.answer(factories.assignment(half, one, state=A.ANSWERED), uno)
    factories.assignment(half, two, state=A.DRAFTED)
    coordinator = factories.coordinator()
    drafted = factories.feedback("drafted", created_at=old + timedelta(days=4))
    actions.draft_reply(drafted, "Use the newer module.", by=coordinator)
    factories.feedback("blocked", moderation=Moderation.HELD, email="b@example.org", created_at=old)
    db.session.add(Sender(
        address="b@example.org", mark=SenderMark.BLOCKED, reason="Floods us", since=old, by_id=coordinator.id
    ))  # fmt: skip

    assert set(whys(coordinator)) == {
        (held.subject, "Held: read it, then accept or reject it"),
        (new.subject, "New: choose who should have it"),
        (refused.subject, "ONE says that it is not theirs"),
        (ready.subject, "Nobody owes an answer any more: release the reply"),
        (drafted.subject, "Nobody owes an answer any more: release the reply"),
    }
    assert [each.what for each in waiting_for(coordinator)][:2] == ["held", "new"]
    assert {each.what for each in waiting_for(uno)} == set()
    assert due is not None


def test_what_waits_for_a_member(members):
    one, _, uno, due = members
    strict = factories.organization("STRICT", answers_need_second_person=True)
    writer, reader = factories.person("Writer", agent_of=strict), factories.person("Reader", agent_of=strict)
    sent = factories.feedback("sent")
    factories.assignment(sent, one)
    taken = factories.feedback("taken")
    factories.assignment(taken, one, state=A.WORKING, person=factories.person(agent_of=one))
    left = factories.feedback("left")
    factories.assignment(left, one, state=A.WORKING, person=factories.person())
    told = factories.feedback("told")
    factories.assignment(told, one, role=AssignmentRole.INFORMED)
    read = factories.feedback("read")
    factories.assignment(read, one, role=AssignmentRole.INFORMED, state=A.ACKNOWLEDGED)
    drafted = factories.feedback("drafted")
    factories.answer(factories.assignment(drafted, strict, state=A.DRAFTED), writer)

    assert set(whys(uno)) == {
        ("sent", "Acknowledge it (ONE)"),
        ("left", "Whoever had it has left: say who has it now (ONE)"),
        ("told", "For your information (ONE)"),
    }
    assert whys(due) == []
    assert whys(writer) == [("drafted", "Drafted: a second person has to release it (STRICT)")]
    assert whys(reader) == [("drafted", "Drafted: read and release it (STRICT)")]


def test_a_reply_waits_for_who_asked_until_somebody_acts(members):
    one, _, uno, due = members
    coordinator = factories.coordinator()
    ours, theirs = factories.feedback("ours", is_anonymous=True), factories.feedback("theirs")
    mine, row = (
        factories.assignment(ours, one, state=A.WORKING),
        factories.assignment(theirs, one, state=A.WORKING),
    )
    actions.ask(ours, "Which?", by=coordinator)
    actions.ask(theirs, "Which?", by=uno, acting_for=one)
    db.session.flush()
    unanswered = (whys(coordinator), [why for _, why in whys(uno)])
    for each in (ours, theirs):
        feedback.reply(each, "This one")
    db.session.flush()

    asked = "The stakeholder has answered"
    assert unanswered == ([], ["Waits for the stakeholder (ONE)"] * 2)
    assert whys(coordinator) == [("ours", f"{asked} our question")]
    assert ("theirs", f"{asked} your question") in whys(uno)
    assert ("ours", f"{asked} your question") not in whys(uno)
    assert whys(due) == []
    actions.take(mine, uno, by=uno)
    actions.take(row, uno, by=uno)
    db.session.flush()
    assert whys(coordinator) == []
    assert [why for _, why in whys(uno)] == ["Write an answer (ONE)"] * 2


def counted(statement_count, read):
    db.session.expire_all()
    statement_count.clear()
    read()
    return len(statement_count)


@pytest.fixture
def statements(app):
    """Statements sent to the database since it was last cleared."""
    seen = []

    def remember(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", remember)
    yield seen
    sa.event.remove(db.engine, "before_cursor_execute", remember)


def test_a_read_of_one_costs_as_many_queries_as_of_thirty(members, statements):
    one, two, uno, _ = members
    coordinator, product = factories.coordinator(), factories.product("Kokkos", stewards=[one, two])

    def add(count):
        for _ in range(count):
            item = factories.feedback(products=[product])
            factories.answer(factories.assignment(item, one, state=A.DRAFTED, person=uno), uno)
            factories.assignment(item, two)
        db.session.commit()

    def read():
        for each in queue.page_of(queue.Filters(), actor=coordinator).items:
            str(
                [p.name for p in each.products]
                + [(a.organization.short_name, a.is_overdue) for a in each.assignments]
            )
        for each in inbox.page_of(inbox.Filters(), actor=uno).rows:
            str(
                [
                    each.feedback.subject,
                    each.person,
                    each.organization,
                    [p.name for p in each.feedback.products],
                ]
            )
        waiting_for(uno)
        waiting_for(coordinator)

    add(1)
    first = counted(statements, read)
    add(29)
    db.session.commit()

    assert counted(statements, read) == first
