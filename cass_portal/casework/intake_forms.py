"""Forms of what comes in: held texts, addresses, what staff enter for others, and files of many."""

from flask_wtf.file import FileField
from wtforms import RadioField, SelectField
from wtforms.validators import DataRequired, Length, Optional
from wtforms.widgets import HiddenInput

from cass_portal.casework.forms import ActForm, choices_of
from cass_portal.feedback.forms import BODY_LIMIT, SlugsField
from cass_portal.feedback.models import FeedbackKind, SenderMark, Source, StakeholderKind, Visibility
from cass_portal.feedback.words import KINDS, STAKEHOLDERS
from cass_portal.fields import EmailField, Form, LineField, TextField
from cass_portal.languages import DEFAULT, LANGUAGES

MARK_WORDS = {
    SenderMark.TRUSTED: "Trust it: what it confirms is not held",
    SenderMark.BLOCKED: "Block it: what it confirms is held apart, and nobody is written to",
}
SOURCE_WORDS = {
    Source.FORUM: "A forum or mailing list",
    Source.CALL: "A call",
    Source.MEETING: "A meeting or conference",
    Source.MAIL: "A mail to one of us",
    Source.OTHER: "Elsewhere",
}
SOURCE_NAMES = {**SOURCE_WORDS, Source.FILE: "A file of many", Source.PORTAL: "The portal"}
ENTERED_VISIBILITIES = {
    Visibility.PRIVATE: "Coordinators and the members who answer",
    Visibility.MEMBERS: "All member organizations",
    Visibility.PUBLIC: "Everybody, without a name, once a coordinator agrees",
}


class SenderForm(ActForm):
    """What a coordinator decides about the address of a matter."""

    act = "sender"
    mark = RadioField(
        "From now on", [DataRequired("Please choose.")], choices=choices_of(MARK_WORDS), validate_choice=True
    )
    reason = LineField(
        "Reason",
        [DataRequired("Please give the reason."), Length(max=500)],
        description="Only staff reads it.",
    )


class BlockForm(ActForm):
    """Block the address of a held matter and reject it, in one go."""

    act = "block"
    reason = LineField(
        "Why this address is blocked",
        [DataRequired("Please give the reason."), Length(max=500)],
        description="Only staff reads it.",
    )


class AddressForm(SenderForm):
    """The same for an address that somebody types."""

    act = "address"
    address = EmailField("Mail address", [DataRequired("Please give the address.")])


class AboutForm(ActForm):
    act = "about"
    about = SlugsField("What it is about")


class EnterForm(Form):
    """What somebody told staff elsewhere. `form_key` makes a retry harmless."""

    about = SlugsField("What is it about?")
    source = SelectField(
        "Where was it said?",
        [DataRequired("Please say where it was said.")],
        choices=choices_of(SOURCE_WORDS, first="Choose one"),
    )
    source_note = LineField(
        "Which one",
        [DataRequired("Please name the thread, the call or the meeting."), Length(max=500)],
        description="A link, a date, a name of the meeting: so that somebody can find it again. Only staff reads it.",
    )
    subject = LineField("In one line", [DataRequired("Give it a short title."), Length(max=200)])
    body = TextField(
        "What they said",
        [
            DataRequired("Write down what they said."),
            Length(min=10, message="Tell a little more: at least 10 characters."),
            Length(max=BODY_LIMIT, message=f"Keep it below {BODY_LIMIT:,} characters."),
        ],
        description="Plain text, in their words as far as you can. Leave out what they would not want written down.",
    )
    kind = SelectField("What kind of feedback is it?", choices=choices_of(KINDS), default=FeedbackKind.OTHER)
    stakeholder_kind = SelectField(
        "They are", choices=choices_of(STAKEHOLDERS), default=StakeholderKind.UNSAID
    )
    name = LineField("Their name", [Optional(), Length(max=120)], description="Only staff reads it.")
    email = EmailField(
        "Their mail address",
        description="They get one mail that asks whether they want to hear what comes of it; no other unless they do.",
    )
    language = SelectField("Write to them in", choices=LANGUAGES, default=DEFAULT)
    visibility = RadioField("Who may read it?", default=Visibility.PRIVATE)
    form_key = LineField(widget=HiddenInput())

    def offer(self, *, may_be_public: bool) -> None:
        """Who may read it at most: a member's own people may not offer it to everybody."""
        words = {e: w for e, w in ENTERED_VISIBILITIES.items() if may_be_public or e != Visibility.PUBLIC}
        self.visibility.choices = choices_of(words)


class FileForm(Form):
    """A file to look through; the one that was just shown comes back in hidden fields of its own."""

    file = FileField("CSV file")
