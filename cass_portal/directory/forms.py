"""What leads and administrators keep of the directory."""

from typing import Any

from wtforms import BooleanField, IntegerField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, ValidationError

from cass_portal.directory import queries
from cass_portal.directory.lifecycle import GroupStatus
from cass_portal.directory.models import Organization, Topic, WorkingGroup
from cass_portal.fields import CheckboxesField, EmailField, Form, LineField, TextField, VersionField

DAYS_LIMIT = 90
PROFILE_LIMIT, ENTRY_LIMIT = 100, 80
"""Lines of a profile, characters of a line."""
PLACE = "Give its place, 1 being the first."


class OrganizationForm(Form):
    """An organization's contact point and its own policies."""

    contact_email = EmailField(
        "Contact address",
        description="New matters are mailed here. Without one, they are mailed to its leads and agents.",
    )
    answers_need_second_person = BooleanField(
        "A second person releases each answer",
        description="Whoever wrote an answer cannot release it alone.",
    )
    acknowledge_days = IntegerField(
        "Working days to acknowledge",
        [InputRequired("Give a number of days."), NumberRange(1, DAYS_LIMIT, "Give between 1 and 90 days.")],
        description="Counted from the day a matter was handed over. Matters already there keep their dates.",
    )
    answer_days = IntegerField(
        "Working days to answer",
        [InputRequired("Give a number of days."), NumberRange(1, DAYS_LIMIT, "Give between 1 and 90 days.")],
    )
    version = VersionField()

    def validate_answer_days(self, field: IntegerField) -> None:
        if field.data is not None and (self.acknowledge_days.data or 0) > field.data:
            raise ValidationError("An answer cannot be due before the acknowledgment.")


class ProfileForm(Form):
    """The words by which matters find an organization."""

    words = TextField(
        "Words for what you do",
        [Length(max=PROFILE_LIMIT * ENTRY_LIMIT)],
        description="One word or phrase a line, as people write it who do not know your name. "
        "Names of your products are known already.",
    )
    not_ours = TextField(
        "Often taken for yours, but not",
        [Length(max=PROFILE_LIMIT * ENTRY_LIMIT)],
        description="One word or phrase a line. Matters that say so are suggested to you less.",
    )
    version = VersionField()

    def __init__(self, organization: Organization, **kwargs: Any) -> None:
        given = {"words": organization.words, "not_ours": organization.not_ours}
        lines = {name: "\n".join(each) for name, each in given.items()}
        super().__init__(data={**lines, "version": organization.version}, **kwargs)

    def validate_words(self, field: TextField) -> None:
        entries = lines_of(field)
        if len(entries) > PROFILE_LIMIT:
            raise ValidationError(f"Give at most {PROFILE_LIMIT} lines.")
        if any(len(each) > ENTRY_LIMIT for each in entries):
            raise ValidationError(f"A line may have at most {ENTRY_LIMIT} characters.")

    validate_not_ours = validate_words


def lines_of(field: TextField) -> list[str]:
    """What stands on each line, once, without blanks around it."""
    return list(
        dict.fromkeys(" ".join(each.split()) for each in (field.data or "").splitlines() if each.strip())
    )


class TopicForm(Form):
    """What a topic is and who looks after it."""

    description = LineField(
        "Description", [DataRequired("Say in one sentence what belongs here."), Length(max=300)]
    )
    organizations = CheckboxesField("Members that look after it")
    working_groups = CheckboxesField("Working groups that look after it")
    position = IntegerField(
        "Place in the list",
        [
            InputRequired(PLACE),
            NumberRange(1, 999, PLACE),
        ],
    )
    version = VersionField()

    def __init__(self, topic: Topic, **kwargs: Any) -> None:
        super().__init__(
            data={
                "description": topic.description,
                "organizations": [str(each.id) for each in topic.organizations],
                "working_groups": [str(each.id) for each in topic.working_groups],
                "position": queries.topics().index(topic) + 1,
                "version": topic.version,
            },
            **kwargs,
        )
        self.members = _by_id([*queries.current_members(), *(o for o in topic.organizations if o.is_former)])
        groups = [each for each in queries.working_groups() if each.status != GroupStatus.RETIRED]
        self.groups = _by_id([*groups, *(g for g in topic.working_groups if g.status == GroupStatus.RETIRED)])
        self.organizations.choices = [SelectChoice(key, _label(o)) for key, o in self.members.items()]
        self.working_groups.choices = [SelectChoice(key, _label(g)) for key, g in self.groups.items()]

    def validate_organizations(self, field: CheckboxesField) -> None:
        if all(self.members[key].is_former for key in field.data or [] if key in self.members):
            raise ValidationError("Choose at least one current member, so that somebody can be suggested.")

    @property
    def chosen_organizations(self) -> list[Organization]:
        return [row for key, row in self.members.items() if key in (self.organizations.data or [])]

    @property
    def chosen_groups(self) -> list[WorkingGroup]:
        return [row for key, row in self.groups.items() if key in (self.working_groups.data or [])]


def _by_id(rows: list[Any]) -> dict[str, Any]:
    return {str(each.id): each for each in rows}


def _label(row: Any) -> str:
    if isinstance(row, Organization):
        return f"{row.short_name} (former member)" if row.is_former else row.short_name
    return f"{row.name} (retired)" if row.status == GroupStatus.RETIRED else row.name
