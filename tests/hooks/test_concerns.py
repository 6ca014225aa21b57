"""Whose webhooks are told of which event, and that nobody is told any more once it no longer holds."""

import pytest

from cass_portal.announcements.lifecycle import EditionState
from cass_portal.casework.lifecycle import AssignmentState
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.feedback.lifecycle import FeedbackState, Moderation
from cass_portal.feedback.models import Visibility
from cass_portal.history import Event, EventKind, record
from cass_portal.hooks import actions
from cass_portal.hooks.concerns import CONCERNS
from cass_portal.hooks.lifecycle import HookState
from cass_portal.hooks.payloads import TELLINGS
from cass_portal.hooks.queries import hooks_for, is_told
from cass_portal.hooks.wishes import FOR_CONSORTIUM, FOR_ORGANIZATIONS, PUBLIC
from cass_portal.policy import STAKEHOLDER, SYSTEM
from tests import factories
from tests.hooks.deeds import ANNOUNCED, ANSWERED, EVERY, IN_TRIAGE, OF_MEMBERS, TROUBLE, happen, world

K = EventKind
PUBLIC_KINDS = (*ANNOUNCED, *ANSWERED)


@pytest.fixture
def scene(alpha, lead, bravo):
    """Everybody wants everything."""
    found = world(alpha, lead)
    for owner, name in ((alpha, "alpha"), (bravo, "bravo"), (None, "consortium")):
        factories.hook(owner, by=lead, name=name)
    return found


def told(event):
    db.session.flush()
    return {each.name for each in hooks_for(event)}


def test_every_wish_has_a_concern_and_words():
    kinds = {kind for each in (*PUBLIC, *FOR_ORGANIZATIONS, *FOR_CONSORTIUM) for kind in each.kinds}

    assert kinds == set(CONCERNS) == set(TELLINGS) - {K.HOOK_TESTED} == set(EVERY)


@pytest.mark.parametrize("kind", EVERY)
def test_those_are_told_whom_it_concerns(kind, scene):
    event = happen(kind, scene)

    expected = {"alpha"} if kind in PUBLIC_KINDS + OF_MEMBERS else set()
    expected |= {"consortium"} if kind in PUBLIC_KINDS + IN_TRIAGE + TROUBLE else set()
    assert told(event) == expected


@pytest.mark.parametrize("kind", [k for k in EVERY if k not in TROUBLE])
def test_only_who_asked_for_it_and_is_on(kind, scene, alpha, lead):
    event = happen(kind, scene)
    factories.hook(alpha, by=lead, name="of nothing", kinds=["announcement.voted"])
    for state in (HookState.OFF, HookState.ENDED):
        for owner in (alpha, None):
            factories.hook(owner, by=lead, name=state.value, state=state)

    assert told(event) <= {"alpha", "consortium"}


def test_a_product_concerns_its_steward_and_an_announcement_whom_it_speaks_for(scene, bravo):
    by_product = factories.announcement(by=scene.editor, products=[scene.product])
    by_name = factories.announcement(by=scene.editor, organizations=[bravo])
    general = factories.announcement(by=scene.editor)

    found = [told(record(each, K.ANNOUNCEMENT_PUBLISHED, by=scene.editor, edition=1))
             for each in (by_product, by_name, general)]  # fmt: skip

    assert found == [{"alpha", "consortium"}, {"bravo", "consortium"}, {"consortium"}]


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (K.ANNOUNCEMENT_PUBLISHED, EditionState.WITHDRAWN),
        (K.ANNOUNCEMENT_PUBLISHED, EditionState.SUPERSEDED),
        (K.ANNOUNCEMENT_PUBLISHED_AT_ONCE, EditionState.WITHDRAWN),
        (K.ANNOUNCEMENT_UPDATED, EditionState.WITHDRAWN),
        (K.ANNOUNCEMENT_WITHDRAWN, EditionState.PUBLISHED),
        (K.ANNOUNCEMENT_REINSTATED, EditionState.WITHDRAWN),
    ],
)
def test_what_no_longer_holds_is_not_told(kind, state, scene):
    event = happen(kind, scene)

    event.announcement.latest_edition.state = state

    assert told(event) == set()


@pytest.mark.parametrize("kind", ANSWERED)
def test_an_answer_that_is_not_public_is_told_to_nobody(kind, scene):
    event = happen(kind, scene)
    event.feedback.visibility = Visibility.MEMBERS
    narrowed = told(event)

    event.feedback.visibility, event.feedback.published_at = Visibility.PUBLIC, None

    assert (narrowed, told(event)) == (set(), set())


def test_feedback_that_is_shown_without_an_answer_is_no_answer(scene):
    item = factories.public_feedback()
    factories.assignment(item, scene.alpha)

    assert told(record(item, K.FEEDBACK_PUBLISHED, by=scene.editor)) == set()


def test_only_members_whose_answers_it_is_made_of_took_part(scene, bravo):
    event = happen(K.FEEDBACK_REPLY_RELEASED, scene)
    factories.assignment(event.feedback, bravo, state=AssignmentState.WAIVED)

    assert told(event) == {"alpha", "consortium"}


@pytest.mark.parametrize("kind", OF_MEMBERS)
def test_what_was_narrowed_to_coordinators_or_taken_back_is_not_told(kind, scene):
    event = happen(kind, scene)
    event.feedback.visibility = Visibility.COORDINATORS
    narrowed = told(event)
    event.feedback.visibility, event.feedback.state = Visibility.PRIVATE, FeedbackState.WITHDRAWN

    assert (narrowed, told(event)) == (set(), set())


@pytest.mark.parametrize("kind", [K.ASSIGNMENT_SENT, K.FEEDBACK_REPLIED, K.FEEDBACK_VERDICT_GIVEN])
def test_who_handed_it_back_is_not_told(kind, scene, alpha):
    event = happen(kind, scene)

    event.feedback.assignments[0].state = AssignmentState.REFUSED

    assert told(event) == set()


def test_a_reply_is_told_to_each_member_that_has_the_matter(scene, bravo):
    event = happen(K.FEEDBACK_REPLIED, scene)
    factories.assignment(event.feedback, bravo)

    assert told(event) == {"alpha", "bravo"}


def test_what_waits_for_its_confirmation_is_told_of_once(scene):
    item = factories.feedback(moderation=Moderation.UNCONFIRMED, confirmed_at=None)
    submitted = record(item, K.FEEDBACK_SUBMITTED, by=STAKEHOLDER)
    before = told(submitted)

    item.moderation, item.confirmed_at = Moderation.ACCEPTED, now()
    item.settle()
    confirmed = record(item, K.FEEDBACK_CONFIRMED, by=STAKEHOLDER)

    assert (before, told(submitted), told(confirmed)) == (set(), set(), {"consortium"})


def test_answers_are_ready_once_nobody_owes_one(scene, bravo):
    event = happen(K.ASSIGNMENT_ANSWERED, scene)
    other = factories.assignment(event.feedback, bravo)
    waiting = told(event)

    other.state = AssignmentState.ANSWERED
    event.feedback.settle()

    assert (waiting, told(event)) == (set(), {"consortium"})


def test_a_webhook_is_not_told_of_its_own_end(scene, lead):
    ours = factories.hook(by=lead, name="ours")
    event = record(scene.editor, K.HOOK_GIVEN_UP, by=SYSTEM, hook=ours.id, name="ours")

    assert told(event) == {"consortium"}


def test_a_test_goes_to_the_one_that_is_tested_and_also_to_one_that_is_off(scene, alpha, lead):
    off = factories.hook(alpha, by=lead, name="off", state=HookState.OFF, kinds=[])
    actions.test(off, by=lead)
    event = db.session.query(Event).one()
    found = told(event)

    off.state = HookState.ENDED

    assert (found, told(event), is_told(off, event)) == ({"off"}, set(), False)


def test_other_events_are_told_to_nobody(scene):
    item = factories.feedback()
    factories.assignment(item, scene.alpha)
    kinds = [each for each in EventKind if each not in EVERY and each != K.HOOK_TESTED]

    assert {kind for kind in kinds if told(record(item, kind, by=scene.editor, hook=0))} == set()
