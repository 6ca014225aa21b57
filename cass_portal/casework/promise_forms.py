"""Forms about promises: other due dates, and the filters of the page of broken ones."""

from typing import Any

from wtforms import BooleanField, DateField, SelectField, ValidationError
from wtforms.validators import DataRequired, Length

from cass_portal.casework.forms import ActForm, SelectChoice
from cass_portal.clock import today
from cass_portal.fields import Form, TextField

YEARS = 2
"""How far ahead a promise may lie."""


class DueForm(ActForm):
    act = "due"
    acknowledge_by = DateField("Acknowledge by", [DataRequired("Please give a date.")])
    answer_by = DateField("Answer by", [DataRequired("Please give a date.")])
    reason = TextField("Why", [DataRequired("Please give the reason."), Length(max=2_000)])

    def validate_answer_by(self, field: Any) -> None:
        if field.data < today():
            raise ValidationError("The day for the answer is past.")
        if field.data.year > today().year + YEARS:
            raise ValidationError("That is too far ahead.")
        if self.acknowledge_by.data and field.data < self.acknowledge_by.data:
            raise ValidationError("The answer cannot be due before the acknowledgment.")


class PromisesForm(Form):
    """Sent by GET."""

    class Meta:
        csrf = False

    organization = SelectField("Member")
    waits = SelectField(
        "What is late",
        choices=[
            SelectChoice("", "Anything"),
            SelectChoice("acknowledgment", "The acknowledgment"),
            SelectChoice("answer", "The answer"),
        ],
    )
    step = SelectField(
        "How late",
        choices=[
            SelectChoice("", "At all"),
            SelectChoice("2", "Its leads were told"),
            SelectChoice("3", "The coordinators were told"),
        ],
    )
    nobody = BooleanField("Nobody has it")
