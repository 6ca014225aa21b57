"""Forms of themes."""

from wtforms.validators import DataRequired, Length

from cass_portal.casework.forms import ActForm, markdown
from cass_portal.fields import LineField, TextField
from cass_portal.text import MARKDOWN_LIMIT

LIMITS = (Length(max=MARKDOWN_LIMIT), markdown)


class ThemeForm(ActForm):
    act = "theme"
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


class GatherForm(ActForm):
    act = "gather"
    reference = LineField(
        "Reference",
        [DataRequired("Please give the reference."), Length(max=40)],
        description="Such as CASS-7K3QF.",
    )


class WithdrawForm(ActForm):
    act = "withdraw"
    reason = TextField(
        "Why it is taken back",
        [DataRequired("Please give the reason."), Length(max=2_000)],
        description="Its readers find this in its place.",
    )
