"""States of a theme and the acts that move it. Pure."""

from enum import StrEnum

from cass_portal.policy import Permission
from cass_portal.transitions import Lifecycle, Transition


class ThemeState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


S, P = ThemeState, Permission
EDITABLE = frozenset(S)

THEME = Lifecycle(
    ThemeState,
    [
        Transition("edit", EDITABLE, None, P.THEME_EDIT, "Edit"),
        Transition("gather", EDITABLE, None, P.THEME_EDIT, "Add or remove a matter"),
        Transition("publish", frozenset({S.DRAFT, S.WITHDRAWN}), S.PUBLISHED, P.THEME_EDIT, "Publish"),
        Transition("withdraw", frozenset({S.PUBLISHED}), S.WITHDRAWN, P.THEME_EDIT, "Withdraw"),
    ],
)
