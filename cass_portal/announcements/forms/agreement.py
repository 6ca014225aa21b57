"""Forms of agreeing: readers from outside, votes, and the policy behind them."""

from wtforms import RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import HiddenInput

from cass_portal.announcements.models import ReaderLinkKind
from cass_portal.fields import Form, LineField, TextField

COMMENT_LIMIT = 5_000
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
