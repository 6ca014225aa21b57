"""What people read instead of the database's words."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from cass_portal.feedback.lifecycle import FeedbackState, Verdict
from cass_portal.feedback.models import Feedback, FeedbackKind, StakeholderKind, Visibility

KINDS = {
    FeedbackKind.PROBLEM: _("A problem"),
    FeedbackKind.REQUEST: _("A request"),
    FeedbackKind.QUESTION: _("A question"),
    FeedbackKind.PRAISE: _("Praise"),
    FeedbackKind.CONCERN: _("A concern"),
    FeedbackKind.PROPOSAL: _("A proposal"),
    FeedbackKind.OTHER: _("Something else, or not sure"),
}
KIND_NAMES = {
    FeedbackKind.PROBLEM: _("Problem"),
    FeedbackKind.REQUEST: _("Request"),
    FeedbackKind.QUESTION: _("Question"),
    FeedbackKind.PRAISE: _("Praise"),
    FeedbackKind.CONCERN: _("Concern"),
    FeedbackKind.PROPOSAL: _("Proposal"),
    FeedbackKind.OTHER: _("Other"),
}

STAKEHOLDERS = {
    StakeholderKind.UNSAID: _("Prefer not to say"),
    StakeholderKind.USER: _("A user of scientific software"),
    StakeholderKind.DEVELOPER: _("A developer of scientific software"),
    StakeholderKind.FACILITY: _("A computing facility"),
    StakeholderKind.FUNDER: _("A funding organization"),
    StakeholderKind.VENDOR: _("A vendor"),
    StakeholderKind.INDUSTRY: _("Industry"),
    StakeholderKind.AGENCY: _("An agency"),
    StakeholderKind.LEADER: _("An institutional leader"),
}
AUTHORS = {
    **STAKEHOLDERS,
    StakeholderKind.UNSAID: _("A stakeholder"),
    StakeholderKind.USER: _("A user"),
    StakeholderKind.DEVELOPER: _("A developer"),
    StakeholderKind.INDUSTRY: _("Somebody from industry"),
}
"""How the public list names an author: by kind, never by name, address or affiliation."""

VISIBILITIES = {
    Visibility.PRIVATE: _("Only the coordinators and the members who answer you"),
    Visibility.MEMBERS: _("All member organizations"),
    Visibility.PUBLIC: _("Everybody, without your name"),
}
READERS = {
    Visibility.PUBLIC: _("Everybody, without your name"),
    Visibility.MEMBERS: _("All member organizations"),
    Visibility.PRIVATE: _("Coordinators and the members who answer"),
    Visibility.COORDINATORS: _("Coordinators only"),
}
HAD_IT = _("Coordinators and the members who had it")
SAID = {Verdict.SOLVED: _("solved"), Verdict.PARTLY: _("partly solved"), Verdict.NOT_SOLVED: _("not solved")}
"""What the stakeholder said of the answer, within a sentence."""
VERDICTS = {
    Verdict.SOLVED: _("It is solved"),
    Verdict.PARTLY: _("It is partly solved"),
    Verdict.NOT_SOLVED: _("It is not solved"),
}
OUTCOMES = {
    "done": _("done"),
    "partly": _("partly done"),
    "planned": _("planned"),
    "declined": _("declined"),
    "already_available": _("already available"),
    "no_longer_needed": _("no longer needed"),
    "information": _("for your information"),
}
STATES = {
    FeedbackState.NEW: _("New"),
    FeedbackState.ROUTED: _("With the members"),
    FeedbackState.IN_PROGRESS: _("In progress"),
    FeedbackState.WAITING: _("Waiting for its author"),
    FeedbackState.ANSWERED: _("Answered"),
    FeedbackState.CLOSED: _("Closed"),
    FeedbackState.DEFLECTED: _("Handled elsewhere"),
    FeedbackState.MERGED: _("Joined with another"),
}
"""States in which the public may read an item."""


def joined(names: list[str]) -> str:
    """“A”, “A and B”, “A, B and C”."""
    if len(names) < 2:
        return names[0] if names else ""
    return gettext("%(several)s and %(last)s", several=", ".join(names[:-1]), last=names[-1])


def readers_of(item: Feedback) -> tuple[str, Any]:
    """Who may read `item` now, as its author is told: a visibility and the words for it."""
    if item.state not in (FeedbackState.REJECTED, FeedbackState.WITHDRAWN):
        return item.visibility, READERS[item.visibility]
    if item.assignments and item.visibility != Visibility.COORDINATORS:
        return Visibility.PRIVATE, HAD_IT
    return Visibility.COORDINATORS, READERS[Visibility.COORDINATORS]
