"""Forms of the acts on an edition."""

from datetime import UTC, datetime
from typing import Any

from wtforms import DateTimeLocalField, HiddenField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length

from cass_portal.fields import Form, TextField, VersionField


class ActForm(Form):
    """One button. `version` is the edition's, so that nobody acts on a page that has grown old."""

    version = VersionField()


class SignOffForm(Form):
    """`text_hash` is that of the text on the page; agreeing binds to it."""

    text_hash = HiddenField()
    stance = HiddenField()
    remark = TextField(
        "Remark", [Length(max=1_000)], description="Needed when you send it back: what should change?"
    )

    def validate_remark(self, field: Any) -> None:
        if self.stance.data == "send_back" and not field.data:
            raise ValidationError("Say what should change.")


class ScheduleForm(ActForm):
    publish_at = DateTimeLocalField(
        "Publish at (UTC)",
        [InputRequired("Give a day and a time.")],
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        description="Coordinated Universal Time, at least 10 minutes ahead.",
    )

    @property
    def instant(self) -> datetime:
        chosen: datetime = self.publish_at.data
        return chosen.replace(tzinfo=UTC)


class ReasonForm(ActForm):
    reason = TextField("Reason", [DataRequired("Give the reason."), Length(max=1_000)])


class RemarkForm(ActForm):
    reason = TextField("Reason", [Length(max=1_000)])
