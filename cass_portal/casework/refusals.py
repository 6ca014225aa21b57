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


class NotByRule(ActRefused):
    """Nobody looked at the matter, and the rule does not hold for it."""


class ForCoordinatorsOnly(ActRefused):
    """What only coordinators may read cannot be handed to a member."""


class OneLeads(ActRefused):
    """Exactly one member leads where members owe an answer."""


class AnsweredAlready(ActRefused):
    """The stakeholder has been given the answer, or the matter is over without one."""


class RefusedAlready(ActRefused):
    """The organization has said that the matter is not its own; it is not sent around in circles."""


class MarkedSo(ActRefused):
    """The matter is marked in this way already."""


class ClaimedByAnother(ActRefused):
    """Only who holds a claim ends it; anybody may take it over instead."""


class MayNotRead(ActRefused):
    """Somebody is mentioned in a note that they may not read."""


class NotReusable(ActRefused):
    """The macro, the text or the view was ended meanwhile, or is of somebody else."""


class ChangedMeanwhile(ActRefused):
    """It is not as it was when the act was prepared or done; it is left alone."""


class OwesNoAnswer(ActRefused):
    """An informed organization reads; it does not answer."""


class SecondPersonNeeded(ActRefused):
    """The organization's policy: whoever wrote the answer does not release it."""


class NotToBeJoined(ActRefused):
    """What it would be joined with is itself, a duplicate, over without an answer, or closed to its author."""


class AnswersOthers(ActRefused):
    """Narrowing would leave other authors with an answer that they may not read."""


class NotTheirWords(ActRefused):
    """What is split off must be said in its author's own words."""


class NotReady(ActRefused):
    """A member still owes its answer, or there is nothing to say yet."""


class NothingToUndo(ActRefused):
    """Nothing stands that this would take back."""


class AlreadyDecided(ActRefused):
    """It stands as somebody wants it already."""


class NoAddress(ActRefused):
    """Nobody has confirmed an address for the matter."""
