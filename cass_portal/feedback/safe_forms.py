"""Forms of those who want to leave nothing of themselves, and of the files they send."""

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import ValidationError
from wtforms.validators import DataRequired, Length

from cass_portal.feedback.attachments.fields import WithFiles
from cass_portal.fields import EmailField, Form, LineField, TextField, TickField


class WithoutTrace(WithFiles):
    """A form that can be sent without a trace; `ping_email` is written to once and then forgotten."""

    is_anonymous = TickField(_("Send it without a trace"))
    ping_email = EmailField(_("Write to me once when there is an answer, then forget my address"))

    def validate(self, extra_validators: Any = None) -> bool:
        self.files.without_trace = bool(self.is_anonymous.data)
        return super().validate(extra_validators)

    def validate_is_anonymous(self, field: TickField) -> None:
        told = (self[name].data for name in ("name", "email", "affiliation") if name in self)
        if field.data and any(told):
            raise ValidationError(
                _("Leave your name, address and affiliation empty, or take this tick away.")
            )


class ReturnForm(Form):
    words = TextField(_("Your seven words"), [DataRequired(_("Type your seven words."))])


class RemoveFileForm(Form):
    reason = LineField("Why?", [DataRequired("Say why: its author reads it."), Length(max=500)])
