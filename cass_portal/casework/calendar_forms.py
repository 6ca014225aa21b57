"""Forms of the calendar of a member, and of everybody's holidays."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from wtforms import IntegerField, SelectField, SubmitField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from cass_portal.clock import today
from cass_portal.fields import CheckboxesField, Form, TextField, VersionField
from cass_portal.workdays import (
    NotAHoliday,
    NoWorkdays,
    UnknownZone,
    checked_workdays,
    checked_zone,
    read_holidays,
)

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@cache
def _zones() -> list[SelectChoice]:
    return [SelectChoice(each, each.replace("_", " ")) for each in sorted(available_timezones())]


class CalendarForm(Form):
    time_zone = SelectField("Time zone", description="A day ends when it ends there.", validate_choice=False)
    workdays = CheckboxesField(
        "Days of work", coerce=int, choices=[SelectChoice(n, day) for n, day in enumerate(WEEKDAYS)]
    )
    version = VersionField()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.time_zone.choices = _zones()

    def validate_time_zone(self, field: Any) -> None:
        try:
            checked_zone(field.data or "")
        except UnknownZone as wrong:
            raise ValidationError(str(wrong)) from None

    def validate_workdays(self, field: Any) -> None:
        try:
            checked_workdays(field.data or [])
        except NoWorkdays:
            raise ValidationError("Choose at least one day, or nothing would ever be due.") from None


class HolidaysForm(Form):
    """Adds lines, or those of the law, or removes what is ticked: whichever button was pressed."""

    lines = TextField(
        "Holidays, one a line",
        [Optional(), Length(max=20_000)],
        description="A date and a name, as in “2027-01-01 New Year”.",
    )
    year = IntegerField(
        "Federal holidays of the United States in",
        [InputRequired("Give a year."), NumberRange(2000, 2100, "Give a year from 2000 to 2100.")],
    )
    add = SubmitField()
    federal = SubmitField()
    remove = SubmitField()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(data={"year": today().year + 1}, **kwargs)
        for field in self:
            field.id = field.label.field_id = f"{field.id}-holidays"  # beside the other form of the page

    def validate_lines(self, field: Any) -> None:
        try:
            read_holidays(field.data or "")
        except NotAHoliday as wrong:
            raise ValidationError(str(wrong)) from None
