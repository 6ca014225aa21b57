"""Why a mail that came in was not acted on by itself, or may not be settled again."""

from cass_portal.transitions import ActRefused


class ForAPerson(ActRefused):
    """No rule says what to do with this mail; the message says why it waits in the tray."""


class SettledAlready(ActRefused):
    """Somebody has settled it, or it never waited for anybody."""
