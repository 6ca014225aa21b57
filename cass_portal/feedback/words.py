"""What people read instead of the database's words."""

from cass_portal.feedback.lifecycle import Verdict
from cass_portal.feedback.models import FeedbackKind, StakeholderKind, Visibility

KINDS = {
    FeedbackKind.PROBLEM: "A problem",
    FeedbackKind.REQUEST: "A request",
    FeedbackKind.QUESTION: "A question",
    FeedbackKind.PRAISE: "Praise",
    FeedbackKind.CONCERN: "A concern",
    FeedbackKind.PROPOSAL: "A proposal",
    FeedbackKind.OTHER: "Something else, or not sure",
}
KIND_NAMES = {each: each.value.capitalize() for each in FeedbackKind}

STAKEHOLDERS = {
    StakeholderKind.UNSAID: "Prefer not to say",
    StakeholderKind.USER: "A user of scientific software",
    StakeholderKind.DEVELOPER: "A developer of scientific software",
    StakeholderKind.FACILITY: "A computing facility",
    StakeholderKind.FUNDER: "A funding organization",
    StakeholderKind.VENDOR: "A vendor",
    StakeholderKind.INDUSTRY: "Industry",
    StakeholderKind.AGENCY: "An agency",
    StakeholderKind.LEADER: "An institutional leader",
}
AUTHORS = {
    **STAKEHOLDERS,
    StakeholderKind.UNSAID: "A stakeholder",
    StakeholderKind.USER: "A user",
    StakeholderKind.DEVELOPER: "A developer",
    StakeholderKind.INDUSTRY: "Somebody from industry",
}
"""How the public list names an author: by kind, never by name, address or affiliation."""

VISIBILITIES = {
    Visibility.PRIVATE: "Only the coordinators and the members who answer you",
    Visibility.MEMBERS: "All member organizations",
    Visibility.PUBLIC: "Everybody, without your name",
}
READERS = {
    Visibility.PUBLIC: "Everybody, without your name",
    Visibility.MEMBERS: "All member organizations",
    Visibility.PRIVATE: "Coordinators and the members who answer",
    Visibility.COORDINATORS: "Coordinators only",
}
"""Who may read an item now, as its author is told."""
SAID = {Verdict.SOLVED: "solved", Verdict.PARTLY: "partly solved", Verdict.NOT_SOLVED: "not solved"}
"""What the stakeholder said of the answer, within a sentence."""
VERDICTS = {verdict: f"It is {words}" for verdict, words in SAID.items()}
OUTCOMES = {
    "done": "done",
    "partly": "partly done",
    "planned": "planned",
    "declined": "declined",
    "already_available": "already available",
    "no_longer_needed": "no longer needed",
    "information": "for your information",
}


def joined(names: list[str]) -> str:
    """“A”, “A and B”, “A, B and C”."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
