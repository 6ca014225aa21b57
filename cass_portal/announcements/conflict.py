"""Two people saved at once: what the newer text says and what mine does, field by field."""

from dataclasses import dataclass
from typing import Any

from cass_portal.announcements.changes import Piece, between, saying
from cass_portal.announcements.models import Edition


@dataclass(frozen=True)
class Difference:
    """One field that differs. `pieces` lead from the newer words to mine."""

    label: str
    newer: str
    mine: str
    pieces: list[Piece]


def differences(newer: Edition, mine: Any) -> list[Difference]:
    """`mine` says what an edition says, by the same names."""
    theirs, own = _said(newer), _said(mine)
    labels = [label for label in dict.fromkeys([*theirs, *own]) if theirs.get(label) != own.get(label)]
    return [
        Difference(
            label,
            theirs.get(label, ""),
            own.get(label, ""),
            between(theirs.get(label, ""), own.get(label, "")),
        )
        for label in labels
    ]


def _said(edition: Any) -> dict[str, str]:
    said = saying(edition)
    return {**dict(said["facts"]), "Text": said["body"]}
