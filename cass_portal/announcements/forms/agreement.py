"""Forms of agreeing: readers from outside, votes, and the policy behind them."""

from collections.abc import Sequence
from typing import Any

from wtforms import HiddenField, IntegerField, RadioField, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange
from wtforms.widgets import HiddenInput

from cass_portal.announcements.agreement import WITH_REASON, AgreementWay, Policy
from cass_portal.announcements.forms.acts import ActForm
from cass_portal.announcements.models import ReaderLinkKind
from cass_portal.announcements.questions import seat_name
from cass_portal.fields import Form, LineField, TextField, VersionField
from cass_portal.people.models import Seat

COMMENT_LIMIT = 5_000
REASON_LIMIT = 2_000
WAY_WORDS = {
    AgreementWay.SECOND_PERSON: "A second coordinator",
    AgreementWay.SENSE_VOTE: "All seats, by a vote before publication",
    AgreementWay.RATIFY: "All seats, by a ratification after publication",
}
READER_WORDS = {
    ReaderLinkKind.FACT_CHECK: "Fact check: reads it and comments",
    ReaderLinkKind.PREVIEW: "Preview: reads it, nothing more",
}


class ReaderForm(Form):
    label = LineField(
        "Whom is it for?",
        [DataRequired("Say whom the link is for."), Length(max=120)],
        description="Only the desk sees this, so that you know whose comments you read and which link to end.",
    )
    kind = RadioField(
        "What may they do?",
        [InputRequired("Choose one of the two.")],
        choices=[SelectChoice(kind.value, words) for kind, words in READER_WORDS.items()],
        default=ReaderLinkKind.FACT_CHECK.value,
    )


class CommentForm(Form):
    """`form_key` binds the comment to the text that was on the page, and makes a repeated sending harmless."""

    body = TextField(
        "Your comment",
        [
            DataRequired("Write your comment."),
            Length(min=3, max=COMMENT_LIMIT, message="Use 3 to 5,000 characters."),
        ],
        description="What is wrong, missing or misleading? Plain text.",
    )
    form_key = LineField(widget=HiddenInput())


class VoteForm(Form):
    """`text_hash` is that of the text on the page, which the vote is bound to. `stance` is the button."""

    seat = SelectField("For which seat?", coerce=int)
    text_hash = HiddenField()
    stance = HiddenField()
    reason = TextField("Reason", [Length(max=REASON_LIMIT)])

    def offer(self, seats: Sequence[Seat]) -> None:
        """What may be chosen; a single seat needs no choice."""
        self.seat.choices = [SelectChoice(str(each.id), seat_name(each)) for each in seats]
        if not self.is_submitted() and seats:
            self.seat.data = seats[0].id

    def validate_reason(self, field: Any) -> None:
        if self.stance.data in WITH_REASON and not field.data:
            raise ValidationError("Say why, so that the others can answer.")


class QuestionForm(ActForm):
    """Named apart from the page's other reasons, so that each stands at its own form."""

    question_reason = TextField(
        "Why should the members vote?", [DataRequired("Say why the members should vote."), Length(max=1_000)]
    )


class AtOnceForm(ActForm):
    at_once_reason = TextField(
        "Why can it not wait?",
        [DataRequired("Say why it cannot wait."), Length(max=1_000)],
        description="Everybody reads this below the notice.",
    )


def _days(label: str) -> IntegerField:
    return IntegerField(
        label,
        [InputRequired("Give a number of working days."), NumberRange(1, 30, "Use 1 to 30 working days.")],
    )


class PolicyForm(Form):
    """How announcements of one kind are agreed. `version` is 1 while the policy is the one the portal came with."""

    way = RadioField(
        "Who agrees?",
        [InputRequired("Choose who agrees.")],
        choices=[SelectChoice(way.value, words) for way, words in WAY_WORDS.items()],
    )
    vote_days = _days("Vote")
    discussion_days = _days("Discussion of objections")
    second_vote_days = _days("Second vote")
    ratify_days = _days("Ratification")
    quorum = IntegerField(
        "Quorum, percent of the seats",
        [InputRequired("Give a number."), NumberRange(0, 99, "Use 0 to 99 percent.")],
        description="More than this share has to vote before a deadline can decide anything.",
    )
    version = VersionField()

    @property
    def policy(self) -> Policy:
        return Policy(
            way=AgreementWay(self.way.data),
            **{name: self[name].data for name in Policy._fields if name != "way"},
        )
