"""Tables of the federation's side of a feedback item."""

from cass_portal.casework.models.assignments import Answer, Assignment
from cass_portal.casework.models.craft import AtWork, BulkAct, Macro, ReplyTemplate, SavedView
from cass_portal.casework.models.joining import Merge
from cass_portal.casework.models.notices import OverdueNotice
from cass_portal.casework.models.reports import RoutingReport
from cass_portal.casework.models.words import ConsolidatedReply, Mention, Note
from cass_portal.learned import Learned

__all__ = [
    "Answer",
    "Assignment",
    "AtWork",
    "BulkAct",
    "ConsolidatedReply",
    "Learned",
    "Macro",
    "Mention",
    "Merge",
    "Note",
    "OverdueNotice",
    "ReplyTemplate",
    "RoutingReport",
    "SavedView",
]
