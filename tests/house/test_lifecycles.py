"""Each lifecycle: every state × every act moves as the table says or refuses by name."""

from itertools import product

import pytest

from cass_portal.announcements.lifecycle import EDITION
from cass_portal.casework.lifecycle import ASSIGNMENT
from cass_portal.feedback.lifecycle import FEEDBACK
from cass_portal.people.lifecycle import PERSON
from cass_portal.policy import Permission
from cass_portal.status.lifecycle import UPDATE
from cass_portal.themes.lifecycle import THEME
from cass_portal.transitions import TransitionRefused

LIFECYCLES = {
    "edition": EDITION,
    "assignment": ASSIGNMENT,
    "feedback": FEEDBACK,
    "person": PERSON,
    "update": UPDATE,
    "theme": THEME,
}


@pytest.mark.parametrize("lifecycle", LIFECYCLES.values(), ids=LIFECYCLES)
def test_every_act_moves_or_refuses(lifecycle):
    for (act, transition), state in product(lifecycle.transitions.items(), lifecycle.states):
        if state in transition.sources:
            assert lifecycle.after(act, state) == (transition.target or state)
        else:
            with pytest.raises(TransitionRefused, match=act.split("_")[0]):
                lifecycle.after(act, state)


@pytest.mark.parametrize("lifecycle", LIFECYCLES.values(), ids=LIFECYCLES)
def test_transitions_name_known_states_and_permissions(lifecycle):
    for transition in lifecycle.transitions.values():
        assert transition.sources <= set(lifecycle.states)
        assert transition.target is None or transition.target in lifecycle.states
        assert transition.permission is None or transition.permission in Permission


@pytest.mark.parametrize("state", EDITION.states)
def test_open_acts_are_those_that_do_not_refuse(state):
    possible = {act for act in EDITION.transitions if EDITION.allows(act, state)}

    assert {each.act for each in EDITION.open_acts(state)} == possible
