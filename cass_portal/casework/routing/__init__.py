"""Which members a matter may concern, ranked, each with its reasons, or that it is for nobody. Pure.

Names and curated words (`directory.vocabulary`), what the author picked, the members' own words and what past
decisions taught are signals (`signals`); how much each counts is learned, too (`weighing`).
"""

from cass_portal.casework.routing.facts import (
    Advice,
    Directory,
    Matter,
    MemberFacts,
    ProductFacts,
    Signal,
    Suggestion,
    TopicFacts,
)
from cass_portal.casework.routing.suggesting import UNTAUGHT, Model, advise

__all__ = [
    "UNTAUGHT",
    "Advice",
    "Directory",
    "Matter",
    "MemberFacts",
    "Model",
    "ProductFacts",
    "Signal",
    "Suggestion",
    "TopicFacts",
    "advise",
]
