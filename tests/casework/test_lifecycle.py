"""Every state × every act of an assignment moves as the table says, or refuses."""

import pytest

from cass_portal.casework.lifecycle import ASSIGNMENT, AssignmentState
from cass_portal.transitions import TransitionRefused

A = AssignmentState
WORK = {A.SENT, A.ACKNOWLEDGED, A.WORKING, A.DRAFTED}
OPEN = WORK | {A.REFUSAL_PROPOSED}
GONE = {A.REFUSED, A.RETURNED, A.WAIVED}
EXPECTED = {
    "acknowledge": dict.fromkeys({A.SENT}, A.ACKNOWLEDGED),
    "work": dict.fromkeys({A.SENT, A.ACKNOWLEDGED}, A.WORKING),
    "take": {each: each for each in OPEN},
    "change_due": {each: each for each in WORK},
    "succeed": dict.fromkeys(OPEN, A.RETURNED),
    "change_role": {each: each for each in WORK | {A.ANSWERED}},
    "draft_answer": dict.fromkeys(WORK, A.DRAFTED),
    "release_answer": {A.DRAFTED: A.ANSWERED},
    "propose_refusal": dict.fromkeys(WORK, A.REFUSAL_PROPOSED),
    "accept_refusal": {A.REFUSAL_PROPOSED: A.REFUSED},
    "decline_refusal": {A.REFUSAL_PROPOSED: A.ACKNOWLEDGED},
    "return_to_triage": dict.fromkeys(OPEN, A.RETURNED),
    "waive": dict.fromkeys(OPEN, A.WAIVED),
    "send_again": dict.fromkeys(GONE, A.SENT),
    "reopen": {A.ANSWERED: A.WORKING},
}


def test_the_table_names_exactly_these_acts():
    assert set(ASSIGNMENT.transitions) == set(EXPECTED)


@pytest.mark.parametrize("act", EXPECTED)
@pytest.mark.parametrize("state", AssignmentState)
def test_each_act_moves_or_refuses(act, state):
    if state in EXPECTED[act]:
        assert ASSIGNMENT.after(act, state) == EXPECTED[act][state]
        return

    with pytest.raises(TransitionRefused) as refusal:
        ASSIGNMENT.after(act, state)

    assert (refusal.value.act, refusal.value.state) == (act, state)
