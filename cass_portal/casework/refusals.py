"""Why an act of casework may be refused, by name. Shown as 409 with the sentence."""

from cass_portal.transitions import ActRefused


class AlreadyAssigned(ActRefused):
    """The organization has the matter."""


class NotAMember(ActRefused):
    """The organization left the federation, or the person does not act for the organization."""


class WiderThanAllowed(ActRefused):
    """The stakeholder's choice is the ceiling of visibility."""


class StillWithMembers(ActRefused):
    """Narrowing would take the matter from members who are at work on it."""


class ForCoordinatorsOnly(ActRefused):
    """What only coordinators may read cannot be handed to a member."""


class OwesNoAnswer(ActRefused):
    """An informed organization reads; it does not answer."""


class SecondPersonNeeded(ActRefused):
    """The organization's policy: whoever wrote the answer does not release it."""


class NotReady(ActRefused):
    """A member still owes its answer, or there is nothing to say yet."""
