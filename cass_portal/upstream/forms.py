"""The one form of the room."""

from wtforms.validators import DataRequired, Length

from cass_portal.fields import Form, LineField


class LinkForm(Form):
    address = LineField(
        "Address of an issue, a pull request or a merge request",
        [DataRequired("Paste its address."), Length(max=500)],
    )
