"""What routing learns of decisions, what it keeps, what a rule does and would have done."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from weakref import WeakKeyDictionary

import pytest
import sqlalchemy as sa

from cass_portal.casework import actions, background, reviewing, suggestions, teaching
from cass_portal.casework.lifecycle import AssignmentRole
from cass_portal.casework.models import RoutingReport
from cass_portal.casework.refusals import NotByRule
from cass_portal.casework.rejections import RejectionKind
from cass_portal.casework.routing import Advice, Suggestion, suggesting
from cass_portal.casework.routing.learning import features_of
from cass_portal.casework.routing.review import Review
from cass_portal.clock import now, today
from cass_portal.db import db
from cass_portal.directory import actions as directory
from cass_portal.directory.lifecycle import Level
from cass_portal.feedback.models import Visibility
from cass_portal.history import Event, EventKind, record
from cass_portal.learned import Learned
from cass_portal.policy import STAKEHOLDER, NotPermitted
from tests import factories
from tests.feedback.pages import soup

PATH = "/desk/routing/"


@pytest.fixture
def members(app):
    return {name: factories.organization(name) for name in ("RAPIDS", "S4PST", "STEP")}


@pytest.fixture
def coordinator(app):
    return factories.coordinator()


def suggested(item):
    return [each.organization.short_name for each in suggestions.suggestions_for(item)]


def routed(subject, to, *, by, **fields):
    item = factories.feedback(subject, **fields)
    return actions.route(item, to, role=AssignmentRole.LEAD, by=by)


def new(subject, **fields):
    item = factories.feedback(subject, **fields)
    record(item, EventKind.FEEDBACK_SUBMITTED, by=STAKEHOLDER)
    db.session.commit()
    return item


def test_former_members_and_retired_products_are_never_suggested(app):
    here, gone = factories.organization("S4PST"), factories.organization("EQSIM", level=Level.FORMER)
    kokkos = factories.product("Kokkos", stewards=[gone, here], spack_names=["kokkos"])
    factories.product("Hidden", stewards=[here], published=False)
    factories.product("Retired", stewards=[here], retired_on=today())
    factories.topic("Training", organizations=[gone])
    item = factories.feedback("Retired and Hidden", products=[kokkos])

    assert {each.name for each in suggestions.routing_directory().products} == {"Kokkos", "Hidden"}
    [only] = suggestions.suggestions_for(item)
    assert only.organization == here
    assert only.because[:2] == ("about Kokkos, stewarded by S4PST", "names Hidden, stewarded by S4PST")


def test_members_that_have_the_matter_are_not_suggested_again(app):
    s4pst, rapids = factories.organization("S4PST"), factories.organization("RAPIDS")
    item = factories.feedback("x", products=[factories.product("Kokkos", stewards=[s4pst, rapids])])
    factories.assignment(item, s4pst)
    factories.assignment(item, rapids, state="refused")

    assert suggested(item) == ["RAPIDS"]


def test_a_profile_counts_at_once(members):
    item = factories.feedback("Divertor plates", body="tokamak wall loads")
    assert "STEP" not in suggested(item)
    lead = factories.person(lead_of=members["STEP"])

    directory.edit_profile(members["STEP"], words=["tokamak wall"], not_ours=[], by=lead)

    assert suggested(item)[0] == "STEP"


def test_every_decision_of_a_coordinator_teaches_at_once(members, coordinator):
    for n in range(6):
        routed(f"Divertor plates {n}", members["STEP"], by=coordinator, body="tokamak wall")
        routed(f"Whale songs {n}", members["RAPIDS"], by=coordinator, body="ocean ice")
    item = factories.feedback("Another divertor", body="of a tokamak")

    first = suggestions.suggestions_for(item)[0]

    assert first.organization == members["STEP"]
    assert first.because[0].startswith("words as in 6 matters that STEP was given: ")
    assert "Divertor plates" not in " ".join(first.because)


def test_a_refusal_is_taken_back_from_the_one_and_counted(members, coordinator):
    given = routed("Divertor plates", members["STEP"], by=coordinator)
    agent = factories.person(agent_of=members["STEP"])
    actions.propose_refusal(given, reason="Not ours", by=agent)

    actions.accept_refusal(given, handed_to=members["RAPIDS"], by=coordinator)

    knowledge = teaching.current_model().learned
    assert [knowledge.given.matters_of(each) for each in ("STEP", "RAPIDS")] == [0, 1]
    assert knowledge.refused.matters_of("STEP") == 1


def test_a_refusal_takes_back_what_was_taught_and_no_more(members, coordinator):
    """By a rule nobody had taught it; who led only later had counted for half."""
    for n in range(4):
        routed(f"Gizmo build {n}", members["RAPIDS"], by=coordinator, body="zeppelin altitude")
    step, agent = members["STEP"], factories.person(agent_of=members["STEP"])
    step.route_above = 0.5
    by_rule = actions.route_by_rule(
        factories.feedback("Zeppelin altitude"), Suggestion(step, 0.9, (), is_strong=True)
    )
    lead = routed("Zeppelin drift", members["S4PST"], by=coordinator)
    beside = actions.route(lead.feedback, step, role=AssignmentRole.CONTRIBUTING, by=coordinator)
    teaching.current_model()
    actions.waive(lead, reason="x", by=coordinator)

    for row in (by_rule, beside):
        actions.propose_refusal(row, reason="Not ours", by=agent)
        actions.accept_refusal(row, by=coordinator)

    knowledge = teaching.current_model().learned
    assert (beside.role, knowledge.given.matters[knowledge.given.members.index("STEP")]) == ("lead", 0.0)
    assert (knowledge.given.documents, knowledge.refused.matters_of("STEP")) == (5, 2)
    beliefs = knowledge.given.beliefs(features_of("zeppelin altitude"), list(members))
    assert max(beliefs, key=beliefs.get) == "RAPIDS"


def test_the_worker_keeps_what_was_decided_and_another_process_goes_on_from_there(
    members, coordinator, monkeypatch
):
    monkeypatch.setattr(teaching.lesson, "__kwdefaults__", {"at_least": 3, "anew": False})
    for n in range(2):
        routed(f"Divertor {n}", members["STEP"], by=coordinator)
    db.session.commit()
    assert background.learn_routing() is False
    routed("Whales", members["RAPIDS"], by=coordinator)
    actions.reject(factories.feedback("Cheap pills"), kind=RejectionKind.SPAM, reason="Spam", by=coordinator)
    db.session.commit()

    assert background.learn_routing() is True

    kept = db.session.scalars(sa.select(Learned).where(Learned.name == "routing")).one()
    assert kept.detail == {"matters": 4, "refusals": 0, "new": 4}
    assert kept.through_event_id == db.session.scalar(sa.select(sa.func.max(Event.id)))
    teaching._known.clear()
    routed("Divertor again", members["STEP"], by=coordinator)
    assert teaching.current_model().learned.given.matters_of("STEP") == 3
    db.session.commit()
    assert background.learn_all_routing() == {"matters": 5, "refusals": 0, "new": 5}
    kept.data = b"of another version"
    db.session.flush()
    teaching._known.clear()
    assert teaching.current_model().learned.given.matters_of("STEP") == 3


def test_an_assignment_keeps_which_signals_fired(members, coordinator, browser_of):
    kokkos = factories.product("Kokkos", stewards=[members["S4PST"]])
    item = factories.feedback("Views", products=[kokkos])
    browser = browser_of(coordinator)
    browser.get(f"/desk/triage/{item.reference}/")
    prefix = f"to-{members['S4PST'].id}-"
    form = {"chosen": "y", "role": "lead", "acknowledge_by": "2031-01-02", "answer_by": "2031-01-03"}

    browser.send(
        f"/desk/triage/{item.reference}/assignments",
        {"version": str(item.version), **{prefix + name: value for name, value in form.items()}},
    )

    db.session.expire_all()
    [given] = item.assignments
    assert given.signals[0]["signal"] == "picked_product"
    assert given.signals[0]["because"] == given.because[0] == "about Kokkos, stewarded by S4PST"
    assert (given.by_rule, 0.5 < given.confidence <= 1) == (False, True)


def test_the_page_says_when_it_is_perhaps_for_nobody(members, coordinator, browser_of):
    spam = factories.feedback(
        "Cheap pills without prescription", body="click here, 70% discount, free shipping"
    )
    kokkos = factories.feedback(
        "Kokkos::View", products=[factories.product("Kokkos", stewards=[members["S4PST"]])]
    )
    browser = browser_of(coordinator)

    doubted = browser.get(f"/desk/triage/{spam.reference}/").text
    plain = browser.get(f"/desk/triage/{kokkos.reference}/").text

    assert "Perhaps for nobody here" in doubted
    assert "reads like advertising or abuse" in doubted
    assert "Perhaps for nobody here" not in plain
    assert "The first one is almost certainly right." in plain


def test_nothing_goes_by_itself_unless_an_administrator_said_so(members, coordinator, browser_of):
    kokkos = factories.product("Kokkos", stewards=[members["S4PST"]])
    item = new("My program is slow", products=[kokkos])

    assert background.route_new() is False
    for actor in (coordinator, factories.person(lead_of=members["S4PST"])):
        with pytest.raises(NotPermitted):
            directory.route_by_rule_above(members["S4PST"], 0.5, by=actor)
    directory.route_by_rule_above(members["S4PST"], 0.5, by=factories.administrator())
    db.session.commit()
    assert background.route_new() is True

    db.session.expire_all()
    [given] = item.assignments
    assert (given.organization, given.by_rule, item.state) == (members["S4PST"], True, "routed")
    assert given.signals[0]["signal"] == "picked_product"
    page = browser_of(coordinator).get(f"/desk/triage/{item.reference}/").text
    assert "sent by a rule, nobody looked" in page
    event = db.session.scalars(sa.select(Event).where(Event.kind == EventKind.ASSIGNMENT_SENT)).one()
    assert (event.actor_id, event.actor_role) == (None, "system")
    assert teaching.current_model().learned is None, "a rule must not confirm itself"


def test_a_rule_leaves_alone_what_is_held_hidden_doubtful_or_old(members, time_machine):
    directory.route_by_rule_above(members["S4PST"], 0.99, by=factories.administrator())
    kokkos = factories.product("Kokkos", stewards=[members["S4PST"]])
    old = new("Kokkos old", products=[kokkos])
    time_machine.move_to(now() + timedelta(hours=2))
    left = [
        old,
        new("Kokkos hidden", products=[kokkos], visibility=Visibility.COORDINATORS),
        new("Kokkos held", products=[kokkos], moderation="held", held_because=["It looks odd."]),
        new("hm", body="hm"),
        new("Kokkos 9", body="Kokkos", products=[kokkos]),
    ]
    members["S4PST"].route_above = 1.0
    db.session.commit()

    while background.route_new():
        pass

    assert [each.assignments for each in left] == [[], [], [], [], []]
    with pytest.raises(NotByRule):
        actions.route_by_rule(left[-1], suggestions.suggestions_for(left[-1])[0])


def reported():
    """Made to the end, a spell at a time."""
    spells = 1
    while background.report_on_rules(seconds=0):
        spells += 1
    return spells, Review.unpacked(reviewing.latest().detail["review"])


def test_a_report_judges_each_decision_by_what_was_known_before_it(members, coordinator, time_machine):
    kokkos = factories.product("Kokkos", stewards=[members["S4PST"]])
    old = routed("Kokkos::View in Kokkos", members["RAPIDS"], by=coordinator)
    time_machine.move_to(now() + timedelta(days=91))
    one = routed("Kokkos one", members["S4PST"], by=coordinator, products=[kokkos])
    other = routed("Kokkos::View of Kokkos, KOKKOS_LAMBDA", members["RAPIDS"], by=coordinator)
    given_back = routed("Kokkos::parallel_for of Kokkos", members["S4PST"], by=coordinator)
    actions.propose_refusal(given_back, reason="Not ours", by=factories.person(agent_of=members["S4PST"]))
    actions.accept_refusal(given_back, handed_to=members["STEP"], by=coordinator)
    elsewhere = factories.feedback("Kokkos::fence of Kokkos", products=[kokkos])
    actions.deflect(elsewhere, to="https://example.org/", reason="There", by=coordinator)
    after_all = routed("Kokkos::subview of Kokkos", members["S4PST"], by=coordinator).feedback
    actions.deflect(after_all, to="https://example.org/", reason="There", by=coordinator)
    hidden = routed("Kokkos::View, Kokkos", members["S4PST"], by=coordinator)
    hidden.feedback.visibility = Visibility.COORDINATORS
    actions.reject(factories.feedback("Kokkos pills"), kind=RejectionKind.SPAM, reason="Spam", by=coordinator)
    routed("Nothing that anybody knows", members["STEP"], by=coordinator)
    db.session.commit()
    asked_of = []

    def advised(matter, among, model):
        asked_of.append((matter.subject, model.learned.given.documents, bool(matter.product_ids)))
        return suggesting.advise(matter, among, model)

    reviewing.ask()
    db.session.commit()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reviewing, "advise", advised)
        spells, review = reported()

    assert asked_of == [
        ("Kokkos one", 1, True),
        ("Kokkos::View of Kokkos, KOKKOS_LAMBDA", 2, False),
        ("Kokkos::parallel_for of Kokkos", 3, False),
        ("Kokkos::fence of Kokkos", 4, True),
        ("Kokkos::subview of Kokkos", 5, False),
        ("Nothing that anybody knows", 9, False),
    ]
    assert (review.looked_at, spells) == (6, 14)
    told = review.of("S4PST")
    assert (told.above(50), told.above(101)) == ((5, 1), (0, 0))
    assert {(each.matter, each.rightly, each.gave_back) for each in told.wrong} == {
        (other.feedback_id, ("RAPIDS",), False),
        (given_back.feedback_id, ("STEP",), True),
        (elsewhere.id, (), False),
        (after_all.id, (), False),
    }
    assert {"RAPIDS", "STEP"} & set(review.members) == set()
    assert one.feedback_id not in {each.matter for each in told.wrong}
    assert old.feedback.state == "routed"


def test_another_worker_goes_on_where_a_report_was_left(members, coordinator, monkeypatch):
    kokkos = factories.product("Kokkos", stewards=[members["S4PST"]])
    for n in range(4):
        routed(f"Kokkos {n}", members["S4PST" if n else "STEP"], by=coordinator, products=[kokkos])
    reviewing.ask()
    db.session.commit()
    for _ in range(3):
        assert background.report_on_rules(seconds=0) is True
    [row] = db.session.scalars(sa.select(RoutingReport))
    assert (row.detail["done"], row.detail["of"], row.detail["review"]["looked_at"]) == (2, 4, 2)

    with monkeypatch.context() as patch:
        patch.setattr(background, "_walks", WeakKeyDictionary())
        assert background.report_on_rules(seconds=0) is False, "the first worker has it"
        row.leased_until = None
        reviewing.ask()
        db.session.commit()
        _, review = reported()

    [row] = db.session.scalars(sa.select(RoutingReport))
    assert (review.looked_at, review.of("S4PST").above(50), row.made_at is None) == (4, (4, 3), False)
    assert background.report_on_rules() is False, "nobody asks for another"


@pytest.mark.parametrize(("hours", "is_due"), [(0, False), (3, True), (26, False), (27, True)])
def test_a_report_is_made_each_night(members, coordinator, time_machine, hours, is_due):
    time_machine.move_to("2026-11-02T00:30:00Z")
    routed("Kokkos", members["S4PST"], by=coordinator)
    if hours > 3:
        time_machine.move_to("2026-11-02T03:30:00Z")
        db.session.commit()
        background.report_on_rules()

    time_machine.move_to(datetime(2026, 11, 2, tzinfo=UTC) + timedelta(hours=hours, minutes=5))

    assert reviewing.is_due() == is_due


def test_a_review_counts_each_matter_at_its_confidence():
    review = Review()
    for number, (name, score, rightly) in enumerate(
        [
            ("A", 0.99, "A"),
            ("A", 0.95, "A"),
            ("A", 0.9499, "B"),
            ("A", 0.49, "A"),
            ("B", 1.0, "A"),
            ("B", 0.57, "B"),
        ]
    ):
        organization = SimpleNamespace(short_name=name)
        advice = Advice((Suggestion(organization, score, (), is_strong=True),), score)
        review.note(number, advice, rightly=[rightly], refused=[])
    nobody = Advice((Suggestion(SimpleNamespace(short_name="A"), 0.5, (), is_strong=True),), 0.5, 0.5)
    review.note(9, nobody, rightly=["A"], refused=[])

    kept = Review.unpacked(json.loads(json.dumps(review.packed())))

    assert kept == review
    assert kept.looked_at == 7
    assert [kept.of("A").above(each) for each in (50, 94, 95, 99, 100)] == [
        (3, 2),
        (3, 2),
        (2, 2),
        (1, 1),
        (0, 0),
    ]
    assert [kept.of("B").above(each) for each in (50, 57, 58)] == [(2, 1), (2, 1), (1, 0)]
    assert kept.of("A").wrong_above(94) == [(2, 94, ("B",), False)]
    assert kept.of("A").wrong_above(95) == []


def test_the_page_shows_the_report_as_far_as_its_reader_may_see(members, coordinator, browser_of):
    administrator = factories.administrator()
    wrong = routed("Kokkos::View of Kokkos", members["RAPIDS"], by=coordinator)
    factories.product("Kokkos", stewards=[members["S4PST"]])
    members["S4PST"].route_above = 0.6
    db.session.commit()
    browser = browser_of(administrator)

    before = browser.get(PATH).text
    browser.send("/desk/routing-report", {})
    meanwhile = browser.get(PATH).text
    browser.send("/desk/routing-report", {})
    reported()
    page = browser.get(PATH).text

    assert ("There is no report yet" in before, "A report is being made" in meanwhile) == (True, True)
    assert "from 1 matter that coordinators routed or sent elsewhere in the 90 days before" in page
    assert "At 60 % sure, 1 would have gone there by itself: 0 rightly, 1 not." in page
    assert "At 90 % sure, nothing would have gone there by itself." in page
    assert wrong.feedback.reference not in page, "an administrator does not read matters"
    administrator.is_coordinator = True
    db.session.commit()
    link = soup(browser.get(PATH)).select_one(".rule-mistakes li")
    assert link.a["href"] == f"/desk/triage/{wrong.feedback.reference}/"
    assert link.get_text().endswith("% sure: to RAPIDS")


def test_an_administrator_sets_and_ends_a_rule(members, browser_of):
    browser = browser_of(factories.administrator())
    db.session.commit()
    path, version = f"{PATH}S4PST/", str(members["S4PST"].version)

    for wrong in ("20", "101", "95.5", "never", "٩٥", "-60"):
        refused = browser.send(path, {"above": wrong, "version": version})
        field = soup(refused).select_one(f"#above-{members['S4PST'].id}")
        assert (refused.status_code, field["value"], field["aria-invalid"]) == (422, wrong, "true")
        assert refused.text.count("Give a whole number from 50 to 100, such as 95.") == 2
    browser.send(path, {"above": " 95 %", "version": version})

    db.session.expire_all()
    assert members["S4PST"].route_above == 0.95
    browser.send(path, {"above": "", "version": str(members["S4PST"].version)})
    db.session.expire_all()
    assert members["S4PST"].route_above is None
    kinds = list(db.session.scalars(sa.select(Event.kind)))
    assert kinds.count(EventKind.ROUTING_CHANGED) == 2
    assert len(db.session.scalars(sa.select(RoutingReport)).all()) == 1, "each change asks for a report"


def test_a_lead_keeps_its_profile(members, browser_of):
    browser = browser_of(factories.person(lead_of=members["STEP"]))
    factories.product("TAU", stewards=[members["STEP"]], spack_names=["tau"])
    path = "/desk/organizations/STEP/profile/"
    db.session.commit()

    shown = browser.get(path).text
    too_long = browser.send(path, {"words": "x" * 81, "not_ours": "", "version": "1"})
    browser.send(path, {"words": " hot  loops \nhot loops\n\nslow", "not_ours": "cars", "version": "1"})

    assert "TAU" in shown
    assert "at most 80 characters" in too_long.text
    db.session.expire_all()
    assert (members["STEP"].words, members["STEP"].not_ours) == (["hot loops", "slow"], ["cars"])
