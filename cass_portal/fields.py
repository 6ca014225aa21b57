"""The base form and the few fields of our own."""

from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    HiddenField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import Length
from wtforms.widgets import CheckboxInput, ListWidget

from cass_portal.text import clean, clean_line, whole_number


class Form(FlaskForm):
    """Every form of the portal. Texts are cleaned at the edge: NFC, no NUL, no lone surrogates."""


def given(field: Any) -> str:
    """The text of a required field of a form that was found valid."""
    return str(field.data)


def _seen(text: str) -> str | None:
    """`text` unless it is made of blanks and of signs that nobody sees, such as joiners and marks of direction."""
    return text if any(each.isprintable() and not each.isspace() for each in text) else None


class LineField(StringField):
    """One line of text; blanks collapsed. None when nothing of it can be seen."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = _seen(clean_line(valuelist[0]))


class TextField(TextAreaField):
    """Several lines of text; kept as typed but for forbidden characters. None when nothing of it can be seen."""

    def _value(self) -> str:
        """What a corrected form gives back: everything typed, outer blanks too."""
        return clean(self.raw_data[0]) if self.raw_data else self.data or ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = _seen(clean(valuelist[0]).strip())


class EmailField(LineField):
    """Exactly one mail address (a list would become two recipients), normalized; None when left empty."""

    def __init__(self, label: str | None = None, validators: Any = (), **options: Any) -> None:
        super().__init__(label, [*validators, Length(max=254)], **options)

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if not self.data or validation_stopped:
            return
        try:
            found = validate_email(self.data, check_deliverability=False, allow_smtputf8=False)
        except EmailNotValidError:
            raise ValidationError(
                gettext("Please give one mail address, such as name@example.org.")
            ) from None
        self.data = found.normalized.lower()


class TickField(BooleanField):
    """A tick. Its value in the page is ours, whatever was sent."""

    def _value(self) -> str:
        return "y"


class CheckboxesField(SelectMultipleField):
    """Several of a few, as a list of checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class VersionField(HiddenField):
    """The version of the row that the form was made from; see web.check_version."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = whole_number(valuelist[0]) if valuelist else None
