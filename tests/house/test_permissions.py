"""Every permission has a rule, the table in docs/permissions.md is what the rules say, and nothing is open by default.

`python -m tests.house.test_permissions` writes the table anew.
"""

from dataclasses import dataclass, field

import pytest

from cass_portal.policy import (
    RULES,
    STAKEHOLDER,
    STRANGER,
    SYSTEM,
    NotPermitted,
    Permission,
    can,
    might,
    require,
)
from tests.house.source import ROOT

TABLE = ROOT / "docs" / "permissions.md"
OWN, OTHER = frozenset({1}), frozenset({2})
HEAD = """# Who may do what

Generated from `RULES` in `cass_portal/policy.py` and compared with it by `tests/house/test_permissions.py`; write it
anew with `python -m tests.house.test_permissions`. **own** means: only for what belongs to an organization the person
acts for. What no rule allows is refused. Strangers, stakeholders behind a private link and the system have none of
these; what they may do is declared by the routes that are public and by the acts themselves.

"""


@dataclass(frozen=True)
class Role:
    is_administrator: bool = False
    is_coordinator: bool = False
    is_authenticated: bool = True
    organization_ids: frozenset[int] = field(default_factory=frozenset)
    led_organization_ids: frozenset[int] = field(default_factory=frozenset)
    seat_ids: frozenset[int] = field(default_factory=frozenset)


ROLES = {
    "without a role": Role(),
    "member agent": Role(organization_ids=OWN),
    "member lead": Role(organization_ids=OWN, led_organization_ids=OWN),
    "representative": Role(organization_ids=OWN, seat_ids=OWN),
    "coordinator": Role(is_coordinator=True),
    "administrator": Role(is_administrator=True),
}


def word(role, permission):
    """“yes” on anything, “own” on the own organization's subjects only, else a dash."""
    theirs, own = (can(role, permission, Role(organization_ids=ids)) for ids in (OTHER, OWN))
    if theirs:
        return "yes"
    return "own" if own else "–"


def table():
    rows = [[f"`{each}`", *(word(role, each) for role in ROLES.values())] for each in sorted(Permission)]
    lines = [["permission", *ROLES], ["---"] * (len(ROLES) + 1), *rows]
    return HEAD + "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def test_every_permission_has_a_rule():
    assert set(RULES) == set(Permission)


def test_the_documented_table_is_what_the_rules_say():
    assert TABLE.read_text() == table()


@pytest.mark.parametrize("outsider", [STRANGER, STAKEHOLDER, SYSTEM], ids=lambda outsider: outsider.role)
def test_outsiders_have_no_permission(outsider):
    for permission in Permission:
        assert not can(outsider, permission, Role(organization_ids=OWN)), permission
        assert not might(outsider, permission), permission
        with pytest.raises(NotPermitted):
            require(outsider, permission)


@pytest.mark.parametrize("role", ROLES)
def test_a_route_opens_for_whoever_may_do_the_act_on_something(role):
    actor = ROLES[role]

    opened = {permission for permission in Permission if might(actor, permission)}

    assert opened == {permission for permission in Permission if word(actor, permission) != "–"}


def test_no_role_reaches_into_another_organization():
    """What depends on the subject's organization never holds for a foreign one, leads of their own included."""
    lead = ROLES["member lead"]
    reached = {p for p in Permission if can(lead, p, Role(organization_ids=OTHER))}

    assert reached == {
        Permission.ACCOUNT_MANAGE,
        Permission.ANNOUNCEMENT_CREATE,
        Permission.ANNOUNCEMENT_READ_OPEN,
        Permission.DESK_ENTER,
        Permission.FEEDBACK_ENTER,
        Permission.INBOX_READ,
        Permission.PEOPLE_READ,
        Permission.PROMISES_READ,
    }


if __name__ == "__main__":
    TABLE.write_text(table())
