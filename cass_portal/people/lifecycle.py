"""States of an account and the acts that move it. Pure."""

from enum import StrEnum

from cass_portal.policy import Permission
from cass_portal.transitions import Lifecycle, Transition


class PersonState(StrEnum):
    INVITED = "invited"
    ACTIVE = "active"
    SWITCHED_OFF = "switched_off"


S, P = PersonState, Permission

PERSON = Lifecycle(
    PersonState,
    [
        Transition(
            "invite_again", frozenset({S.INVITED}), S.INVITED, P.PEOPLE_INVITE, "Send the invitation again"
        ),
        Transition("join", frozenset({S.INVITED}), S.ACTIVE, None, "Join"),
        Transition(
            "switch_off",
            frozenset({S.INVITED, S.ACTIVE}),
            S.SWITCHED_OFF,
            P.PEOPLE_GRANT,
            "Switch the account off",
        ),
        Transition(
            "switch_on", frozenset({S.SWITCHED_OFF}), None, P.PEOPLE_GRANT, "Switch the account on again"
        ),
    ],
)
"""What `switch_on` leads to depends on whether the person had joined before."""
