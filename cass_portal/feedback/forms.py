"""Forms of the stakeholder's side. Field names are part of the portal's promises: scripts use them."""

from wtforms import (
    BooleanField,
    RadioField,
    SelectField,
    SelectMultipleField,
    ValidationError,
)
from wtforms.validators import DataRequired, Length, Optional
from wtforms.widgets import HiddenInput

from cass_portal.feedback.lifecycle import Verdict
from cass_portal.feedback.models import FeedbackKind, StakeholderKind, Visibility
from cass_portal.feedback.words import KINDS, STAKEHOLDERS, VERDICTS, VISIBILITIES
from cass_portal.fields import EmailField, Form, LineField, TextField
from cass_portal.text import clean_line

BODY_LIMIT = 20_000
ABOUT_LIMIT = 20


class SlugsField(SelectMultipleField):
    """Slugs of products and topics; which of them exist is for the query to say."""

    def __init__(self, label: str | None = None, **options: object) -> None:
        super().__init__(label, choices=[], validate_choice=False, **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        cleaned = dict.fromkeys(clean_line(each)[:120] for each in valuelist)
        self.data = [each for each in cleaned if each][:ABOUT_LIMIT]


class TickField(BooleanField):
    """A tick. Its value in the page is ours, whatever was sent."""

    def _value(self) -> str:
        return "y"


class FeedbackForm(Form):
    """What a stakeholder tells. `website` is filled in by machines only; `form_key` makes a retry harmless."""

    about = SlugsField("What is it about?")
    announcement = LineField(widget=HiddenInput())
    subject = LineField(
        "In one line",
        [
            DataRequired("Give it a short title."),
            Length(max=200, message="Keep the title below 200 characters."),
        ],
    )
    body = TextField(
        "What happened, or what do you wish?",
        [
            DataRequired("Tell us what happened or what you wish."),
            Length(min=10, message="Tell us a little more: at least 10 characters."),
            Length(max=BODY_LIMIT, message=f"Keep it below {BODY_LIMIT:,} characters."),
        ],
    )
    kind = SelectField("What kind of feedback is it?", choices=KINDS, default=FeedbackKind.OTHER)
    email = EmailField("Your mail address")
    name = LineField("Your name", [Optional(), Length(max=120)])
    stakeholder_kind = SelectField("You are", choices=STAKEHOLDERS, default=StakeholderKind.UNSAID)
    affiliation = LineField("Your affiliation", [Optional(), Length(max=200)])
    visibility = RadioField("Who may read it?", choices=VISIBILITIES, default=Visibility.PRIVATE)
    consent = TickField("I agree that this text is shown publicly, without my name, address or affiliation.")
    website = LineField("Leave this field empty")
    form_key = LineField(widget=HiddenInput())

    def validate_consent(self, field: TickField) -> None:
        if self.visibility.data == Visibility.PUBLIC and not field.data:
            raise ValidationError("Tick this, or choose above that fewer people may read it.")


class ReplyForm(Form):
    text = TextField("Your words", [DataRequired("Write something first."), Length(max=BODY_LIMIT)])


class WithdrawForm(Form):
    reason = LineField("Why, if you like to say", [Optional(), Length(max=500)])


class VerdictForm(Form):
    verdict = RadioField(
        "What came of it?",
        [DataRequired("Choose what fits best.")],
        choices=VERDICTS,
        coerce=Verdict,
        validate_choice=False,
    )
    note = TextField("Anything to add", [Optional(), Length(max=2_000)])


class FilterForm(Form):
    """The filters of the public list, sent by GET: nothing is changed, so there is nothing to protect."""

    class Meta:
        csrf = False

    q = LineField("Words")
    state = SelectField("Where it stands")
    kind = SelectField("Kind")
    product = SelectField("Product")
    member = SelectField("Member")
