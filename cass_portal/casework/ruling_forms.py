"""The form of a rule: from which confidence on a member is sent new matters by the system."""

from typing import Any

from wtforms import IntegerField, ValidationError
from wtforms.widgets import TextInput

from cass_portal.casework.routing.review import LOWEST
from cass_portal.directory.models import Organization
from cass_portal.fields import Form, VersionField
from cass_portal.text import clean_line

WHAT_TO_GIVE = f"Give a whole number from {LOWEST} to 100, such as 95. To stop sending, leave it empty."


class PercentField(IntegerField):
    """A whole number, with or without its sign; None when left empty. Typed as text: a browser's own field for
    numbers sends nothing for what it does not understand, and nothing means never."""

    widget = TextInput()

    def process_formdata(self, valuelist: list[Any]) -> None:
        typed = clean_line(valuelist[0] if valuelist else "").removesuffix("%").strip()
        self.data = int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 3 else None
        if typed and self.data is None:
            raise ValidationError(WHAT_TO_GIVE)


class RuleForm(Form):
    """One member's; left empty, nothing goes there by itself."""

    above = PercentField()
    version = VersionField()

    def __init__(self, member: Organization, **kwargs: Any) -> None:
        present = None if member.route_above is None else round(100 * member.route_above)
        super().__init__(data={"above": present, "version": member.version}, **kwargs)
        self.above.label.text = f"How sure for {member.short_name}"
        for each in self:
            each.id = each.label.field_id = f"{each.name}-{member.id}"

    def validate_above(self, field: PercentField) -> None:
        if field.data is not None and not LOWEST <= field.data <= 100:
            raise ValidationError(WHAT_TO_GIVE)

    @property
    def confidence(self) -> float | None:
        return None if self.above.data is None else self.above.data / 100
