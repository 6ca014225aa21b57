"""The form of a rule: from which confidence on a member is sent new matters by the system."""

from typing import Any

from wtforms import IntegerField
from wtforms.validators import NumberRange, Optional

from cass_portal.directory.models import Organization
from cass_portal.fields import Form, VersionField


class RuleForm(Form):
    """One member's; left empty, nothing goes there by itself."""

    above = IntegerField(
        "From so many in 100",
        [Optional(), NumberRange(50, 100, "Give between 50 and 100, or nothing to turn it off.")],
    )
    version = VersionField()

    def __init__(self, member: Organization, **kwargs: Any) -> None:
        present = None if member.route_above is None else round(100 * member.route_above)
        super().__init__(data={"above": present, "version": member.version}, **kwargs)
        for each in self:
            each.id = each.label.field_id = f"{each.name}-{member.id}"

    @property
    def confidence(self) -> float | None:
        return None if self.above.data is None else self.above.data / 100
