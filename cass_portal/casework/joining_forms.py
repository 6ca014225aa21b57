"""Forms of joining two matters and of making two of one."""

from wtforms.validators import DataRequired, Length
from wtforms.widgets import HiddenInput

from cass_portal.casework.forms import ActForm
from cass_portal.feedback.forms import BODY_LIMIT, SlugsField
from cass_portal.fields import LineField, TextField, VersionField


class JoinForm(ActForm):
    """`into` is the reference of the other matter, `into_version` what of it was looked at."""

    act = "join"
    into = LineField(widget=HiddenInput())
    into_version = VersionField()


class SplitForm(ActForm):
    act = "split"
    subject = LineField(
        "Title of the second matter",
        [
            DataRequired("Give it a short title."),
            Length(max=200, message="Keep the title below 200 characters."),
        ],
    )
    body = TextField(
        "Its text",
        [DataRequired("Leave at least one sentence."), Length(max=BODY_LIMIT)],
        description="Only what the author wrote: take out the lines that belong to the first matter.",
    )
    about = SlugsField("What is it about?")
