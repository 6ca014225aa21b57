"""Forms of triage and inbox. A page holds many, so each field's id carries the name of its form's act."""

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from wtforms import BooleanField, DateField, SelectField, ValidationError
from wtforms import Form as PlainForm
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional

from cass_portal.casework.lifecycle import AssignmentRole, Outcome
from cass_portal.casework.rejections import KIND_WORDS, STANDARD_WORDS, RejectionKind
from cass_portal.clock import today
from cass_portal.feedback.models import NARROWNESS, StakeholderKind, Visibility
from cass_portal.fields import Form, LineField, TextField, VersionField
from cass_portal.text import MARKDOWN_LIMIT, TextRefused, check_markdown
from cass_portal.transitions import ActRefused

ROLE_WORDS = {
    AssignmentRole.LEAD: "Leads the answer",
    AssignmentRole.CONTRIBUTING: "Contributes",
    AssignmentRole.INFORMED: "Is only informed",
}
VISIBILITY_WORDS = {
    Visibility.PUBLIC: "Public, once a coordinator agrees",
    Visibility.MEMBERS: "All member organizations",
    Visibility.PRIVATE: "Coordinators and the members it is with",
    Visibility.COORDINATORS: "Coordinators only",
}
OUTCOME_WORDS = {
    Outcome.DONE: "Done",
    Outcome.PARTLY: "Partly done",
    Outcome.PLANNED: "Planned",
    Outcome.DECLINED: "Declined",
    Outcome.ALREADY_AVAILABLE: "Already available",
    Outcome.NO_LONGER_NEEDED: "No longer needed",
    Outcome.INFORMATION: "Information",
}
STAKEHOLDER_WORDS = {
    StakeholderKind.USER: "User",
    StakeholderKind.DEVELOPER: "Developer",
    StakeholderKind.FACILITY: "Computing facility",
    StakeholderKind.FUNDER: "Funding organization",
    StakeholderKind.VENDOR: "Vendor",
    StakeholderKind.INDUSTRY: "Industry",
    StakeholderKind.AGENCY: "Agency",
    StakeholderKind.LEADER: "Institutional leader",
    StakeholderKind.UNSAID: "Not said",
}


def choices_of(words: dict[Any, str], *, first: str | None = None) -> list[SelectChoice]:
    """Options of a select; `first` stands for nothing chosen."""
    head = [SelectChoice("", first)] if first is not None else []
    return [*head, *(SelectChoice(key.value, label) for key, label in words.items())]


def markdown(_form: Any, field: Any) -> None:
    """Validator: the text can be rendered."""
    try:
        check_markdown(field.data or "")
    except TextRefused as refusal:
        raise ValidationError(str(refusal)) from None


class ActForm(Form):
    """A form of one act. Several stand on one page, so ids are made unique by the act's name."""

    act = ""
    version = VersionField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self:
            field.id = f"{self.act}-{field.id}"
            field.label.field_id = field.id


class PlainActForm(ActForm):
    """Nothing to fill in."""


class ReasonForm(ActForm):
    reason = TextField("Reason", [DataRequired("Please give the reason."), Length(max=2_000)])


class RejectForm(ActForm):
    """`reason` may stay empty where the kind has standard words."""

    act = "reject"
    kind = SelectField(
        "Why it is not taken",
        [DataRequired("Please choose why.")],
        choices=choices_of(KIND_WORDS, first="Choose one"),
    )
    reason = TextField(
        "In words",
        [Length(max=2_000)],
        description="The stakeholder reads this. Empty: our usual words for it.",
    )

    def validate_reason(self, field: TextField) -> None:
        if not field.data and self.kind.data == RejectionKind.OTHER:
            raise ValidationError("Please give the reason.")

    @property
    def chosen(self) -> RejectionKind:
        return RejectionKind(self.kind.data)

    @property
    def words(self) -> str:
        return self.reason.data or STANDARD_WORDS[self.chosen]


class DeflectForm(ActForm):
    act = "deflect"
    to = LineField(
        "Where it belongs",
        [DataRequired("Please give the address."), Length(max=500)],
        description="A web address (https://…) or a mail address.",
    )
    reason = TextField(
        "What the stakeholder should know",
        [DataRequired("Please say in a sentence why it belongs there."), Length(max=2_000)],
    )

    def validate_to(self, field: Any) -> None:
        parts = urlsplit(field.data)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
        if not is_web and not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+", field.data):
            raise ValidationError("Please give a full web address (https://…) or one mail address.")


class VisibilityForm(ActForm):
    act = "visibility"
    visibility = SelectField("Who may read it")
    reason = LineField("Reason", [Length(max=500)], description="For the history; only staff reads it.")

    def __init__(self, *args: Any, ceiling: Visibility = Visibility.PUBLIC, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        allowed = NARROWNESS[NARROWNESS.index(ceiling) :]
        self.visibility.choices = choices_of({each: VISIBILITY_WORDS[each] for each in allowed})


class AskForm(ActForm):
    act = "ask"
    text = TextField(
        "Your question",
        [DataRequired("Please write your question."), Length(max=5_000)],
        description="Plain text. The matter waits until the stakeholder has answered.",
    )


class NoteForm(ActForm):
    """`readers` may be told of it; `check` refuses, by raising ActRefused, whoever may not read it."""

    act = "note"
    text = TextField(
        "Note",
        [DataRequired("Please write the note."), Length(max=5_000)],
        description="Plain text. Whoever you name as @First Last gets a mail.",
    )
    tell = SelectField("Tell also", [Optional()])
    for_members = BooleanField("All members who have this matter read it, too")

    def __init__(self, *args: Any, readers: Iterable[Any] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [SelectChoice(str(each.id), each.name) for each in readers]
        self.tell.choices = [SelectChoice("", "Nobody in particular"), *names]
        self.check: Callable[[], object] | None = None

    def validate_text(self, _field: Any) -> None:
        try:
            if self.check is not None:
                self.check()
        except ActRefused as refusal:
            raise ValidationError(f"{str(refusal)[:1].upper()}{str(refusal)[1:]}.") from None


class WaiveForm(ReasonForm):
    act = "waive"
    reason = TextField(
        "Why no answer is needed", [DataRequired("Please give the reason."), Length(max=2_000)]
    )


class DeclineForm(ReasonForm):
    act = "decline"
    reason = TextField(
        "Why the member should keep it", [DataRequired("Please give the reason."), Length(max=2_000)]
    )


class HandOnForm(ActForm):
    act = "hand-on"
    handed_to = SelectField("Hand it on to", [Optional()])


class ReplyForm(ActForm):
    """`text` may stay empty where a single member's answer speaks for itself; the act knows."""

    act = "reply"
    text = TextField(
        "The Consortium’s words",
        [Length(max=MARKDOWN_LIMIT), markdown],
        description="Markdown. The members’ answers follow below it, each under its name.",
    )


class RouteForm(ActForm):
    act = "route"
    reason = TextField(
        "A word to the members", [Length(max=2_000)], description="Only they and coordinators read it."
    )
    is_incompatibility = BooleanField("These products do not work together")


class RoleForm(ActForm):
    act = "role"
    role = SelectField("Role", choices=choices_of(ROLE_WORDS))


class RouteRow(PlainForm):
    """One member in the route form."""

    chosen = BooleanField()
    role = SelectField("Role", choices=choices_of(ROLE_WORDS))
    acknowledge_by = DateField("Acknowledge by", [DataRequired("Please give a date.")])
    answer_by = DateField("Answer by", [DataRequired("Please give a date.")])

    def validate_acknowledge_by(self, field: Any) -> None:
        if self.chosen.data and field.data < today():
            raise ValidationError("This day is past.")

    def validate_answer_by(self, field: Any) -> None:
        if self.chosen.data and self.acknowledge_by.data and field.data < self.acknowledge_by.data:
            raise ValidationError("The answer cannot be due before the acknowledgment.")


class AnswerForm(ActForm):
    act = "answer"
    outcome = SelectField("Outcome", choices=choices_of(OUTCOME_WORDS, first="Choose one"))
    text = TextField(
        "Answer",
        [DataRequired("Please write the answer."), Length(max=MARKDOWN_LIMIT), markdown],
        description="Markdown. The stakeholder reads it under your organization’s name.",
    )
    target = LineField("If planned: by when", [Length(max=200)], description="A date, a release, a quarter.")
    reason = TextField("If declined: why", [Length(max=2_000)])

    def validate_outcome(self, field: Any) -> None:
        if not field.data:
            raise ValidationError("Please choose what came of it.")

    def validate_target(self, field: Any) -> None:
        if self.outcome.data == Outcome.PLANNED and not field.data:
            raise ValidationError("“Planned” needs a target: by when, or in which release?")

    def validate_reason(self, field: Any) -> None:
        if self.outcome.data == Outcome.DECLINED and not field.data:
            raise ValidationError("“Declined” needs a reason.")


class RefusalForm(ReasonForm):
    act = "refusal"
    reason = TextField(
        "Why it is not yours",
        [DataRequired("Please give the reason."), Length(max=2_000)],
        description="A coordinator decides. If it is handed on, the stakeholder reads this.",
    )
    proposed_to = SelectField("Whose is it?", [Optional()])


class TakeForm(ActForm):
    act = "take"
    person = SelectField("Who has it", [Optional()])
    note = TextField(
        "A word to them", [Length(max=2_000)], description="A note that names them: they get a mail."
    )
