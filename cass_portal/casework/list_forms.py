"""Forms of the queue's and the inbox's filters, in an address."""

from markupsafe import Markup
from wtforms import BooleanField, SelectField
from wtforms import Form as PlainForm
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import Select

from cass_portal.casework.forms import STAKEHOLDER_WORDS, choices_of
from cass_portal.feedback.words import KIND_NAMES


class ManyOptions(Select):
    """Some hundred options on every page: without attributes of their own they are written in a quarter of the time."""

    @classmethod
    def render_option(cls, choice: SelectChoice) -> Markup:
        chosen = Markup(" selected") if choice.selected else ""
        return Markup('<option value="%s"%s>%s</option>') % (choice.value, chosen, choice.label)


class FilterForm(PlainForm):
    """Filters in an address; unknown values count as not chosen."""

    def offer(self, **names: dict[str, str]) -> None:
        """Say what each select among `names` offers: label by value, with the words for no choice under “”."""
        for name, words in names.items():
            self[name].choices = [SelectChoice(value, label) for value, label in words.items()]
        for field in self:
            if isinstance(field, SelectField) and field.data not in {each.value for each in field.choices}:
                field.data = ""


class QueueForm(FilterForm):
    """Filters of the triage queue."""

    kind = SelectField("Kind", choices=choices_of(KIND_NAMES, first="Any kind"))
    stakeholder = SelectField("From", choices=choices_of(STAKEHOLDER_WORDS, first="Anybody"))
    product = SelectField("Product", widget=ManyOptions())
    member = SelectField("With member", widget=ManyOptions())
    incompatibility = BooleanField("Incompatibilities only")
    step = SelectField(
        "Next step",
        choices=[
            SelectChoice("", "Anybody’s"),
            SelectChoice("coordinator", "A coordinator’s"),
            SelectChoice("reply", "Releasing the reply"),
        ],
    )
    overdue = BooleanField("Overdue only")
    mine = BooleanField("Claimed by me")
    order = SelectField(
        "Order", choices=[SelectChoice("", "Newest first"), SelectChoice("oldest", "Oldest first")]
    )


class InboxForm(FilterForm):
    """Filters of a member's inbox."""

    kind = SelectField("Kind", choices=choices_of(KIND_NAMES, first="Any kind"))
    organization = SelectField("For")
    who = SelectField(
        "With",
        choices=[
            SelectChoice("", "Anybody"),
            SelectChoice("me", "Me"),
            SelectChoice("nobody", "Nobody yet"),
        ],
    )
    overdue = BooleanField("Overdue only")
