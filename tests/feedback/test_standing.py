"""The computed state: properties over all facts, and stored == computed after any sequence of acts."""

from hypothesis import given
from hypothesis import strategies as st

from cass_portal.casework.lifecycle import AssignmentState
from cass_portal.feedback.lifecycle import FeedbackState, Moderation, Verdict
from cass_portal.feedback.standing import GONE, Facts, standing

S = FeedbackState
facts = st.builds(
    Facts,
    moderation=st.sampled_from(Moderation),
    assignments=st.lists(st.sampled_from([each.value for each in AssignmentState]), max_size=4),
    is_waiting=st.booleans(),
    reply_released=st.booleans(),
    verdict=st.none() | st.sampled_from(Verdict),
    closed=st.booleans(),
)
accepted = facts.map(
    lambda f: Facts(Moderation.ACCEPTED, f.assignments, f.is_waiting, f.reply_released, f.verdict)
)
"""None of which the clock has closed."""


def living(of):
    return [each for each in of.assignments if each not in GONE]


@given(facts)
def test_before_acceptance_only_moderation_counts(some):
    state = standing(some)

    assert (state.value == some.moderation.value) == (some.moderation != Moderation.ACCEPTED)


@given(facts)
def test_what_was_closed_after_silence_is_closed_whatever_else_holds(some):
    if some.closed and some.moderation == Moderation.ACCEPTED:
        assert standing(some) == S.CLOSED


@given(accepted)
def test_answered_means_that_the_reply_is_released_and_nobody_owes_anything(some):
    answered = standing(some) in (S.ANSWERED, S.CLOSED)

    assert answered == (some.reply_released and all(each == "answered" for each in living(some)))


@given(accepted)
def test_closed_means_answered_and_found_good(some):
    state = standing(some)

    if state in (S.ANSWERED, S.CLOSED):
        assert (state == S.CLOSED) == (some.verdict in (Verdict.SOLVED, Verdict.PARTLY))


@given(accepted)
def test_waiting_comes_before_everything_that_is_not_answered(some):
    state = standing(some)

    assert (state == S.WAITING) == (some.is_waiting and state not in (S.ANSWERED, S.CLOSED))


@given(accepted)
def test_new_routed_and_in_progress_follow_from_who_has_it(some):
    state = standing(some)

    if state in (S.NEW, S.ROUTED, S.IN_PROGRESS):
        untouched = all(each in ("sent", "refusal_proposed") for each in living(some))
        assert state == (S.NEW if not living(some) else S.ROUTED if untouched else S.IN_PROGRESS)


@given(accepted, st.sampled_from(GONE))
def test_assignments_that_came_to_nothing_change_nothing(some, gone):
    more = Facts(
        some.moderation, [*some.assignments, gone], some.is_waiting, some.reply_released, some.verdict
    )

    assert standing(more) == standing(some)


@given(facts)
def test_every_state_is_computed_from_some_facts_and_only_these(some):
    assert standing(some) in set(S)
