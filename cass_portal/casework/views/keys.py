"""The keys of the desk on a page of their own, for whoever has no JavaScript or wants them on paper."""

from cass_portal.casework.views.blueprint import bp
from cass_portal.policy import Permission
from cass_portal.web import render, requires

GROUPS = [
    (
        "Everywhere",
        [
            ("?", "The keys of the page"),
            ("g w", "My work"),
            ("g t", "Triage"),
            ("g i", "Inbox"),
            ("g a", "Announcements"),
            ("1 … 9", "The parts of the desk, in their order"),
        ],
    ),
    (
        "In a list",
        [
            ("j, k", "To the next line, to the one before"),
            ("x", "Tick the line; with Shift and a click, all lines in between"),
            ("o, Enter", "Open the line"),
            ("a", "Accept (inbox: acknowledge) the ticked ones: a preview follows"),
            ("r", "Route the ticked ones: a preview follows"),
            ("c", "Claim the ticked ones: a preview follows"),
            ("y", "In a preview: do it"),
            ("z", "After it: undo"),
        ],
    ),
    (
        "In a matter",
        [
            ("n", "The next one of the list"),
            ("u", "Back to the list"),
            ("a", "Accept it; acknowledge it"),
            ("t", "To the members one can choose (coordinators); who has it (members)"),
            ("r", "Route it to the chosen members"),
            ("N", "The same, and go on to the next matter"),
            ("w", "Start work"),
            ("e", "Write the answer or the reply"),
            ("R", "Release the answer or the reply"),
            ("q", "Ask the stakeholder"),
            ("m", "Write a note"),
            ("c", "Claim it, or take it over"),
            ("v", "Change who may read it"),
            ("x", "Reject it; “not ours”"),
            ("y", "Agree that it is not theirs"),
            ("l", "Send it elsewhere"),
            ("d", "It is a duplicate"),
            ("p", "Show it on the public list"),
            ("M", "Macros"),
        ],
    ),
]


@bp.get("/keys/")
@requires(Permission.DESK_ENTER)
def keys() -> str:
    return render("casework/keys.html", groups=GROUPS)
