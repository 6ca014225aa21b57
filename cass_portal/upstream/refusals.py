"""Why an act on upstream links may be refused, by name."""

from cass_portal.transitions import ActRefused


class NotAnIssue(ActRefused):
    """The address is not one of an issue or a change request on a host that is allowed."""


class AlreadyLinked(ActRefused):
    """The assignment has this link."""


class NothingProposed(ActRefused):
    """Nothing closed there, or somebody has looked at it already."""


class AnswerIsThere(ActRefused):
    """An answer is drafted or given; it is not written over."""
