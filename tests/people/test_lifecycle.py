"""Which act is possible in which state of an account."""

from cass_portal.people.lifecycle import PERSON, PersonState


def test_each_state_opens_exactly_its_acts():
    found = {state: {each.act for each in PERSON.open_acts(state)} for state in PersonState}

    assert found == {
        PersonState.INVITED: {"invite_again", "join", "switch_off"},
        PersonState.ACTIVE: {"switch_off"},
        PersonState.SWITCHED_OFF: {"switch_on"},
    }
