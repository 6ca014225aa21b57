"""Why an act on a theme may be refused, by name. Shown as 409 with the sentence."""

from cass_portal.transitions import ActRefused


class NothingGathered(ActRefused):
    """A theme without matters tells nobody what was said."""


class InItAlready(ActRefused):
    """The matter is in the theme."""


class NotInIt(ActRefused):
    """The matter is not in the theme."""


class NotToShow(ActRefused):
    """Nobody has accepted the matter, or its author took it back."""
