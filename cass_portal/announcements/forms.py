"""Forms of the desk's announcement pages."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from wtforms import (
    BooleanField,
    DateTimeLocalField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    SubmitField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from cass_portal.announcements.models import AnnouncementKind
from cass_portal.directory.models import Organization, Product
from cass_portal.fields import CheckboxesField, Form, LineField, TextField, VersionField
from cass_portal.text import MARKDOWN_LIMIT, TextRefused, markdown_to_html

KIND_WORDS = {
    AnnouncementKind.STATUS: "Status notice",
    AnnouncementKind.DIRECTION: "Direction",
    AnnouncementKind.NEWS: "News",
    AnnouncementKind.EVENT: "Event",
    AnnouncementKind.CALL_FOR_INPUT: "Call for input",
    AnnouncementKind.YOU_SAID_WE_DID: "You said, we did",
}
CONSORTIUM = "0"
"""The value of “the Consortium itself” among the organizations that may be written for."""


class EditionForm(Form):
    """The text of an edition. `offer` fills the choices; fields that do not apply are deleted by the view."""

    written_for = SelectField("Written for", description="Its lead and the coordinators may edit it.")
    kind = SelectField(
        "Kind",
        choices=[SelectChoice(k.value, words) for k, words in KIND_WORDS.items()],
        default=AnnouncementKind.NEWS.value,
    )
    title = LineField("Title", [DataRequired("Give it a title."), Length(max=140)])
    summary = LineField(
        "Summary",
        [DataRequired("Give one or two sentences for lists and feeds."), Length(max=300)],
        description="One or two sentences for lists, feeds and mails.",
    )
    body = TextField(
        "Text",
        [DataRequired("Write the text."), Length(max=MARKDOWN_LIMIT)],
        description="Markdown: **bold**, *italic*, [link](https://…), lists, tables, ## headings.",
    )
    organizations = CheckboxesField(
        "Speaks for", coerce=int, description="Whose voice is this? At least one before sign-off."
    )
    products = SelectMultipleField("Affected products", coerce=int)
    change_note = TextField(
        "What changed",
        [Length(max=1_000)],
        description="Shown to readers above the text. Needed unless the change is minor.",
    )
    is_minor = BooleanField("Minor change (spelling, a link), nothing of substance")
    version = VersionField()
    preview = SubmitField("Preview", id="show-preview")

    def offer(
        self,
        *,
        organizations: Iterable[Organization],
        products: Iterable[Product],
        written_for: Iterable[Organization | None],
    ) -> None:
        """Set what may be chosen; None in `written_for` is the Consortium itself."""
        self.organizations.choices = [
            SelectChoice(str(o.id), f"{o.short_name} – {o.name}") for o in organizations
        ]
        self.products.choices = [SelectChoice(str(p.id), p.name) for p in products]
        self.written_for.choices = [
            SelectChoice(CONSORTIUM, "The Consortium") if o is None else SelectChoice(str(o.id), o.short_name)
            for o in written_for
        ]

    def validate_body(self, field: Any) -> None:
        try:
            markdown_to_html(field.data or "")
        except TextRefused as refusal:
            raise ValidationError(str(refusal)) from None

    def chosen(self, rows: Sequence[Any], name: str) -> list[Any]:
        """The rows whose ids are chosen in the field `name`."""
        wanted = set(self[name].data or ())
        return [row for row in rows if row.id in wanted]


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
