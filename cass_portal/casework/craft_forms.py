"""Forms of the tools of the queue: saved views, acts on many, texts to begin with, macros."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from wtforms import SelectField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional

from cass_portal.casework import forms as f
from cass_portal.casework.asked import kept, one_of
from cass_portal.casework.lifecycle import AssignmentRole, Outcome
from cass_portal.casework.many import ManyAct, Terms
from cass_portal.casework.models import Macro
from cass_portal.casework.placeholders import KNOWN, check_known
from cass_portal.directory.models import Organization, Topic
from cass_portal.feedback.models import Visibility
from cass_portal.fields import CheckboxesField, Form, LineField, TextField
from cass_portal.people.models import Person
from cass_portal.text import MARKDOWN_LIMIT, TextRefused, whole_number

ME, COORDINATORS = "me", "coordinators"


def packed(query: dict[str, str]) -> str:
    return urlencode(query)


def unpacked(page: str, text: str) -> dict[str, str]:
    """The list that `packed` wrote; what is none of its words is left out."""
    return kept(page, dict(parse_qsl(text[:4_000], max_num_fields=40)))


class ViewForm(f.ActForm):
    act = "view"
    name = LineField("Name", [DataRequired("Please give it a name."), Length(max=80)])
    owner = SelectField("For")


class RenameForm(Form):
    name = LineField("Name", [DataRequired("Please give it a name."), Length(max=80)])


def owner_choices(page: str, actor: Any) -> list[SelectChoice]:
    shared = (
        [SelectChoice(COORDINATORS, "All coordinators")] if actor.is_coordinator and page == "triage" else []
    )
    organizations = actor.organizations
    return [
        SelectChoice(ME, "Me alone"),
        *(SelectChoice(str(each.id), f"Everybody at {each.short_name}") for each in organizations),
        *shared,
    ]


def view_form(page: str, actor: Any, *, sent: bool = False) -> ViewForm:
    """To save the list of the page; empty, or as it was `sent`."""
    form = ViewForm() if sent else ViewForm(formdata=None)
    form.owner.choices = owner_choices(page, actor)
    return form


class BulkForm(f.ActForm):
    """What an act on many needs beyond the ticks. Only the fields of the act are shown and looked at."""

    act = "bulk"
    organizations = CheckboxesField("Members", coerce=int)
    role = SelectField("Role", choices=f.choices_of(f.ROLE_WORDS), default=AssignmentRole.LEAD.value)
    topic = SelectField("Topic", [Optional()])
    visibility = SelectField("Who may read it", choices=f.choices_of(f.VISIBILITY_WORDS))
    person = SelectField("Who has it", [Optional()])
    reason = TextField("Reason", [Length(max=2_000)])
    note = TextField("A word to go with it", [Length(max=2_000)])

    def offer(self, members: list[Organization], topics: list[Topic], people: list[Person]) -> None:
        named = [SelectChoice(str(each.id), each.name) for each in topics]
        self.topic.choices = [SelectChoice("", "Choose one"), *named]
        self.organizations.choices = [SelectChoice(each.id, each.short_name) for each in members]
        names = [SelectChoice(str(each.id), each.name) for each in people]
        self.person.choices = [SelectChoice("", "Nobody yet"), *names]

    def lacks(self, act: ManyAct) -> list[str]:
        """What is still to be said before the act can be previewed."""
        wanted = {
            "organizations": "Please choose at least one member.",
            "topic": "Please choose a topic.",
            "reason": "Please give the reason.",
        }
        return [words for name, words in wanted.items() if name in act.fields and not self[name].data]

    def terms(
        self, act: ManyAct, members: list[Organization], topics: list[Topic], people: list[Person]
    ) -> Terms:
        """Of what was sent, valid or not: what nobody could have chosen is left out."""
        chosen = set(self.organizations.data or ()) if "organizations" in act.fields else set()
        person_id = whole_number(self.person.data or "")
        return Terms(
            reason=(self.reason.data if "reason" in act.fields else self.note.data) or "",
            organizations=tuple(each for each in members if each.id in chosen),
            role=one_of(AssignmentRole, self.role.data) or AssignmentRole.LEAD,
            topic=next((each for each in topics if str(each.id) == self.topic.data), None),
            visibility=one_of(Visibility, self.visibility.data) if "visibility" in act.fields else None,
            person=next((e for e in people if e.id == person_id), None) if "person" in act.fields else None,
        )


class TemplateForm(f.ActForm):
    act = "template"
    name = LineField("Name", [DataRequired("Please give it a name."), Length(max=80)])
    owner = SelectField("For")
    outcome = SelectField("Outcome", choices=f.choices_of(f.OUTCOME_WORDS, first="Any outcome"))
    text = TextField(
        "Text",
        [DataRequired("Please write the text."), Length(max=MARKDOWN_LIMIT), f.markdown],
        description="Markdown. In braces, filled in when it is used: "
        + "; ".join(f"{{{name}}} {words}" for name, words in KNOWN.items())
        + ".",
    )

    def validate_text(self, field: Any) -> None:
        try:
            check_known(field.data or "")
        except TextRefused as refusal:
            raise ValidationError(str(refusal)) from None

    @property
    def chosen_outcome(self) -> Outcome | None:
        return Outcome(self.outcome.data) if self.outcome.data else None


class MacroForm(f.ActForm):
    """The acts of a macro; they are done in the order in which they stand here."""

    act = "macro"
    name = LineField("Name", [DataRequired("Please give it a name."), Length(max=80)])
    plain = CheckboxesField("First")
    visibility = SelectField(
        "Then narrow who may read it", choices=f.choices_of(f.VISIBILITY_WORDS, first="Leave it as it is")
    )
    organizations = CheckboxesField("Then route it to", coerce=int)
    role = SelectField("Role", choices=f.choices_of(f.ROLE_WORDS), default=AssignmentRole.LEAD.value)
    note = TextField(
        "Then note", [Length(max=2_000)], description="For staff; the stakeholder never reads it."
    )
    ask = TextField(
        "Then ask the stakeholder", [Length(max=2_000)], description="Plain text. The matter waits for them."
    )
    reject = TextField(
        "Or reject it, because", [Length(max=2_000)], description="The stakeholder reads this."
    )

    PLAIN = {
        "triage": {"claim": "Claim it", "accept": "Accept it"},
        "inbox": {"acknowledge": "Acknowledge it", "work": "Start work", "take": "Take it myself"},
    }

    def offer(self, page: str, members: list[Organization]) -> None:
        self.plain.choices = [SelectChoice(name, words) for name, words in self.PLAIN[page].items()]
        self.organizations.choices = [SelectChoice(each.id, each.short_name) for each in members]
        if page == "inbox":
            for name in ("visibility", "organizations", "role", "reject"):
                del self[name]

    def steps(self) -> list[dict[str, Any]]:
        """As stored: one after the other."""
        found: list[dict[str, Any]] = [{"act": each} for each in self.plain.data or ()]
        if "visibility" in self and self.visibility.data:
            found.append({"act": "narrow", "visibility": self.visibility.data})
        if "organizations" in self and self.organizations.data:
            to = list(self.organizations.data)
            found.append({"act": "route", "organizations": to, "role": self.role.data})
        words = ("note", "ask", "reject")
        return found + [{"act": e, "text": self[e].data} for e in words if e in self and self[e].data]


def of_macro(macro: Macro) -> dict[str, Any]:
    """The form's values of a stored macro."""
    by_act = {step["act"]: step for step in macro.steps}
    route = by_act.get("route", {})
    plain = {name for words in MacroForm.PLAIN.values() for name in words}
    return {
        "name": macro.name,
        "plain": [each for each in by_act if each in plain],
        "visibility": by_act.get("narrow", {}).get("visibility", ""),
        "organizations": route.get("organizations", []),
        "role": route.get("role", AssignmentRole.LEAD.value),
        **{name: by_act.get(name, {}).get("text") for name in ("note", "ask", "reject")},
    }
