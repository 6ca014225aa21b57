"""Forms of themes."""

from typing import Any

from wtforms import SelectField, ValidationError
from wtforms.validators import DataRequired, Length

from cass_portal.fields import Form, LineField, TextField, VersionField
from cass_portal.text import MARKDOWN_LIMIT, TextRefused, check_markdown


def markdown(_form: Any, field: Any) -> None:
    """Validator: the text can be rendered."""
    try:
        check_markdown(field.data or "")
    except TextRefused as refusal:
        raise ValidationError(str(refusal)) from None


LIMITS = (Length(max=MARKDOWN_LIMIT), markdown)


class ThemeForm(Form):
    version = VersionField()
    title = LineField("Heading", [DataRequired("Please give a heading."), Length(max=120)])
    said = TextField(
        "You said",
        [DataRequired("Please write what was said."), *LIMITS],
        description="Markdown. In your own words: everybody reads it, also of matters that are not public.",
    )
    discussed = TextField("We discussed", [*LIMITS], description="Markdown.")
    did = TextField("We did", [*LIMITS], description="Markdown.")

    @property
    def text(self) -> dict[str, str]:
        return {name: self[name].data or "" for name in ("title", "said", "discussed", "did")}


class GatherForm(Form):
    version = VersionField()
    reference = LineField(
        "Reference",
        [DataRequired("Please give the reference."), Length(max=40)],
        description="Such as CASS-7K3QF.",
    )


class IntoThemeForm(Form):
    """On the page of a matter: the theme it goes into."""

    theme = SelectField("Theme")


class WithdrawForm(Form):
    version = VersionField()
    reason = TextField(
        "Why it is taken back",
        [DataRequired("Please give the reason."), Length(max=2_000)],
        description="Its readers find this in its place.",
    )


class PlainForm(Form):
    version = VersionField()
