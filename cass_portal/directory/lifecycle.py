"""How an organization belongs to the Consortium and where a working group stands. Pure.

The catalog says so; nobody moves them by an act of the portal, so there is no table of transitions.
"""

from enum import StrEnum


class Level(StrEnum):
    CORE = "core"
    AFFILIATE = "affiliate"
    FORMER = "former"


class GroupStatus(StrEnum):
    PROVISIONAL = "provisional"
    ACTIVE = "active"
    RETIRED = "retired"
