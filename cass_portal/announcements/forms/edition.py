"""The form of an edition: its text, and what a status notice or an event says besides."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    SelectField,
    SelectMultipleField,
    SubmitField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from cass_portal.announcements.forms.parts import InstantField, LevelsField, ReferencesField, stage_choices
from cass_portal.announcements.lifecycle import INCIDENT, MAINTENANCE, ProductLevel, Stage
from cass_portal.announcements.models import AnnouncementKind
from cass_portal.directory.models import Organization, Product
from cass_portal.feedback.models import Feedback
from cass_portal.fields import CheckboxesField, Form, LineField, TextField, VersionField
from cass_portal.text import MARKDOWN_LIMIT, TextRefused, holds_pictures, markdown_to_html

KIND_WORDS = {
    AnnouncementKind.STATUS: _("Status notice"),
    AnnouncementKind.DIRECTION: _("Direction"),
    AnnouncementKind.NEWS: _("News"),
    AnnouncementKind.EVENT: _("Event"),
    AnnouncementKind.CALL_FOR_INPUT: _("Call for input"),
    AnnouncementKind.YOU_SAID_WE_DID: _("You said, we did"),
}
LEVEL_WORDS = {
    ProductLevel.NO_KNOWN_ISSUES: "No known issues",
    ProductLevel.MAINTENANCE: "Maintenance",
    ProductLevel.ADVISORY: "Advisory",
    ProductLevel.DEGRADED: "Degraded",
    ProductLevel.OUTAGE: "Outage",
}
CONSORTIUM = "0"
"""The value of “the Consortium itself” among the organizations that may be written for."""
NO_PICTURES = (
    "Pictures are left out of announcements, which are text so that every reader gets all of it. "
    "Link to the picture instead: [what it shows](https://…)."
)


class EditionForm(Form):
    """The text of an edition. `offer` fills the choices; fields that do not apply are deleted by the view.

    `kind_is` stands for the field `kind` where that was deleted.
    """

    kind_is: AnnouncementKind | None = None
    seen_feedback: Mapping[str, Feedback] = {}

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
    stage = SelectField(
        "Where it stands",
        choices=stage_choices(),
        default="",
        description="Incidents and planned maintenance have stages of their own.",
    )
    level = SelectField(
        "Level of them all",
        choices=[
            SelectChoice("", "Advisory, or maintenance while it is maintained"),
            *(SelectChoice(each.value, words) for each, words in LEVEL_WORDS.items()),
        ],
        default="",
        description="Where publication puts the products chosen above.",
    )
    levels = LevelsField("Level of single products")
    starts_at = InstantField("Begins (UTC)", description="Of a maintenance or an event.")
    ends_at = InstantField("Ends (UTC)", description="Of an incident: when you expect it.")
    follows_clock = BooleanField(
        "Begin and end by the clock",
        description="For maintenance: the portal posts the updates “in progress” and “completed” at these times.",
    )
    feedback = ReferencesField(
        "Answers feedback",
        [Length(max=1_000)],
        description="References such as CASS-7K3QF, by comma or line. Their authors hear of it once, at publication.",
    )
    change_note = TextField(
        "What changed",
        [Length(max=1_000)],
        description="Shown to readers above the text. Needed unless it is a small correction.",
    )
    is_minor = BooleanField(
        "Small correction: nobody is told",
        description="Spelling, a link, nothing of substance. Without the tick subscribers are told of it.",
    )
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

    @property
    def chosen_kind(self) -> AnnouncementKind | None:
        if self.kind_is is not None:
            return self.kind_is
        given = self.kind.data
        return AnnouncementKind(given) if given in set(AnnouncementKind) else None

    @property
    def chosen_stage(self) -> Stage | None:
        """The stage of a status notice; None for other kinds, whatever the field holds."""
        is_status = self.chosen_kind == AnnouncementKind.STATUS
        return Stage(self.stage.data) if is_status and self.stage.data in set(Stage) else None

    @property
    def is_maintenance(self) -> bool:
        return self.chosen_stage in MAINTENANCE

    @property
    def has_times(self) -> bool:
        return self.chosen_kind in (AnnouncementKind.STATUS, AnnouncementKind.EVENT)

    def validate_body(self, field: Any) -> None:
        try:
            markdown_to_html(field.data or "")
        except TextRefused as refusal:
            raise ValidationError(str(refusal)) from None
        if holds_pictures(field.data or ""):
            raise ValidationError(NO_PICTURES)

    def validate_stage(self, _field: Any) -> None:
        if self.chosen_kind == AnnouncementKind.STATUS and self.chosen_stage is None:
            raise ValidationError("Choose where it stands: an incident or a maintenance.")

    def validate_levels(self, field: Any) -> None:
        foreign = set(field.data or ()) - set(self.products.data or ())
        if self.chosen_stage is not None and foreign:
            raise ValidationError("Only affected products have a level. Choose them above or set none here.")

    def validate_starts_at(self, field: Any) -> None:
        if field.data is not None:
            return
        if self.chosen_kind == AnnouncementKind.EVENT:
            raise ValidationError("Say when the event begins.")
        if self.is_maintenance:
            raise ValidationError("Say when the maintenance begins.")

    def validate_ends_at(self, field: Any) -> None:
        begins, ends = self.starts_at.data, field.data
        if self.has_times and begins is not None and ends is not None and ends <= begins:
            raise ValidationError("It must end after it begins.")

    def validate_follows_clock(self, field: Any) -> None:
        if not field.data or self.chosen_kind != AnnouncementKind.STATUS:
            return
        if not self.is_maintenance:
            raise ValidationError("Only maintenance can follow the clock: an incident ends when it is over.")
        if self.starts_at.data is None or self.ends_at.data is None:
            raise ValidationError("To begin and end by the clock it needs both times.")

    def validate_feedback(self, field: Any) -> None:
        unknown = [each for each in field.references if each not in self.seen_feedback]
        if unknown:
            raise ValidationError(f"There is no such feedback, or you may not see it: {', '.join(unknown)}.")

    def chosen(self, rows: Sequence[Any], name: str) -> list[Any]:
        """The rows whose ids are chosen in the field `name`."""
        wanted = set(self[name].data or ())
        return [row for row in rows if row.id in wanted]

    def chosen_levels(self, products: Iterable[Product]) -> dict[Product, ProductLevel]:
        """Where a status notice puts `products`: the product's own level, else that of all, else the usual one."""
        if self.chosen_stage is None:
            return {}
        usual = ProductLevel.ADVISORY if self.chosen_stage in INCIDENT else ProductLevel.MAINTENANCE
        common = ProductLevel(self.level.data) if self.level.data else usual
        return {each: self.levels.data.get(each.id, common) for each in products}
