"""Forms of the stakeholder's side. Field names are part of the portal's promises: scripts use them."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import (
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from cass_portal.feedback.attachments.fields import WithFiles
from cass_portal.feedback.lifecycle import Verdict
from cass_portal.feedback.models import FeedbackKind, PromptKind, StakeholderKind, Visibility
from cass_portal.feedback.safe_forms import WithoutTrace
from cass_portal.feedback.words import KINDS, STAKEHOLDERS, VERDICTS, VISIBILITIES
from cass_portal.fields import EmailField, Form, LineField, TextField, TickField, VersionField
from cass_portal.languages import DEFAULT, LANGUAGES
from cass_portal.text import TextRefused, check_markdown, clean_line

BODY_LIMIT = 20_000
SUBJECT_LIMIT = 200
ABOUT_LIMIT = 20
PROMPT_LIMIT = 1_000
PLACES = (
    "about",
    "subject",
    "body",
    "kind",
    "files",
    "email",
    "name",
    "affiliation",
    "stakeholder_kind",
    "ping_email",
    "is_anonymous",
    "visibility",
    "consent",
)
"""Fields of the form to give feedback as they follow on its page; some of them it inherits."""
PROMPT_KINDS = {
    PromptKind.NOTICE: "A notice",
    PromptKind.QUESTION: "A question, always optional; authors see their answer, and so does the desk",
    PromptKind.TRACKER: "A better place: its own tracker; people can still go on here",
    PromptKind.STOP: "A stop: the form is not taken, the private path is shown instead",
}


def choices_of(words: Mapping[Any, Any]) -> list[SelectChoice]:
    """Choices by their words, in the language of the page."""
    return [SelectChoice(str(each), label) for each, label in words.items()]


class SlugsField(SelectMultipleField):
    """Slugs of products and topics; which of them exist is for the query to say."""

    def __init__(self, label: str | None = None, **options: object) -> None:
        super().__init__(label, choices=[], validate_choice=False, **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        cleaned = dict.fromkeys(clean_line(each)[:120] for each in valuelist)
        self.data = [each for each in cleaned if each][:ABOUT_LIMIT]


def _place(field: Any) -> int:
    return PLACES.index(field.name) if field.name in PLACES else len(PLACES)


class FeedbackForm(WithoutTrace):
    """What a stakeholder tells. `website` is filled in by machines only; `form_key` makes a retry harmless.

    `seen` names what the page showed beside the form: prompts by number, “alike” for similar feedback. Scripts
    leave it out and are never asked twice.
    """

    about = SlugsField(_("What is it about?"))
    announcement = LineField(widget=HiddenInput())
    subject = LineField(
        _("In one line"),
        [
            DataRequired(_("Give it a short title.")),
            Length(max=SUBJECT_LIMIT, message=_("Keep the title below 200 characters.")),
        ],
    )
    body = TextField(
        _("What happened, or what do you wish?"),
        [
            DataRequired(_("Tell us what happened or what you wish.")),
            Length(min=10, message=_("Tell us a little more: at least 10 characters.")),
            Length(max=BODY_LIMIT, message=_("Keep it below %(count)s characters.", count=f"{BODY_LIMIT:,}")),
        ],
    )
    kind = SelectField(
        _("What kind of feedback is it?"), choices=choices_of(KINDS), default=FeedbackKind.OTHER
    )
    email = EmailField(_("Your mail address"))
    name = LineField(_("Your name"), [Optional(), Length(max=120)])
    stakeholder_kind = SelectField(
        _("You are"), choices=choices_of(STAKEHOLDERS), default=StakeholderKind.UNSAID
    )
    affiliation = LineField(_("Your affiliation"), [Optional(), Length(max=200)])
    visibility = RadioField(
        _("Who may read it?"), choices=choices_of(VISIBILITIES), default=Visibility.PRIVATE
    )
    consent = TickField(
        _("I agree that this text is shown publicly, without my name, address or affiliation.")
    )
    seen = LineField(widget=HiddenInput())
    website = LineField(_("Leave this field empty"))
    form_key = LineField(widget=HiddenInput())

    def __iter__(self) -> Iterator[Any]:
        """In the order of the page, which the summary of errors follows."""
        return iter(sorted(super().__iter__(), key=_place))

    def validate_consent(self, field: TickField) -> None:
        if self.visibility.data == Visibility.PUBLIC and not field.data:
            raise ValidationError(_("Tick this, or choose above that fewer people may read it."))


class HintsForm(Form):
    """The form while it is typed."""

    about = SlugsField()
    subject = LineField()
    body = TextField()


OTHER_LANGUAGES = {code: name for code, name in LANGUAGES.items() if code != DEFAULT}


def is_a_prompt(form: Any, field: TextField) -> None:
    """Checks a prompt's text, in any language."""
    if form.kind.data == PromptKind.QUESTION and "\n" in (field.data or ""):
        raise ValidationError("A question is one line.")
    try:
        check_markdown(field.data or "")
    except TextRefused as refusal:
        raise ValidationError(str(refusal)) from None


OF_A_PROMPT = (
    Length(max=PROMPT_LIMIT, message=f"Keep it below {PROMPT_LIMIT:,} characters."),
    is_a_prompt,
)


class PromptForm(Form):
    """What is asked or said on the way in, with a text for each further language. For staff."""

    about = SelectField("Shown with feedback about", default="")
    kind = RadioField("What it is", choices=choices_of(PROMPT_KINDS), default=PromptKind.NOTICE)
    text = TextField("Text, in English", [DataRequired("Write what is asked or said."), *OF_A_PROMPT])
    url = LineField("Where it leads", [Length(max=500)])
    position = IntegerField(
        "Place among its kind", [NumberRange(0, 999, "Give a number from 0 to 999.")], default=0
    )
    version = VersionField()

    @property
    def other_texts(self) -> dict[str, Any]:
        """The fields of the further languages, by code."""
        return {code: self[f"text_{code}"] for code in OTHER_LANGUAGES}

    def validate_url(self, field: LineField) -> None:
        if self.kind.data == PromptKind.TRACKER and not field.data:
            raise ValidationError("Say where its own tracker is.")
        if field.data and not field.data.startswith(("https://", "http://", "mailto:")):
            raise ValidationError("Begin it with https:// or mailto:.")


for _code, _name in OTHER_LANGUAGES.items():
    setattr(PromptForm, f"text_{_code}", TextField(f"Text in {_name}", [Optional(), *OF_A_PROMPT]))


class ReplyForm(WithFiles):
    text = TextField(_("Your words"), [DataRequired(_("Write something first.")), Length(max=BODY_LIMIT)])


class WithdrawForm(Form):
    reason = LineField(_("Why, if you like to say"), [Optional(), Length(max=500)])


class VerdictForm(Form):
    verdict = RadioField(
        _("What came of it?"),
        [DataRequired(_("Choose what fits best."))],
        choices=[SelectChoice(each, label) for each, label in VERDICTS.items()],
        coerce=Verdict,
        validate_choice=False,
    )
    note = TextField(_("Anything to add"), [Optional(), Length(max=2_000)])


class FilterForm(Form):
    """The filters of the public list, sent by GET: nothing is changed, so there is nothing to protect."""

    class Meta:
        csrf = False

    q = LineField(_("Search for"))
    state = SelectField(_("Where it stands"))
    kind = SelectField(_("Kind"))
    product = SelectField(_("Product"))
    member = SelectField(_("Member"))
