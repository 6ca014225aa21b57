"""Forms of the people room. What a form does not name cannot be set."""

from wtforms import BooleanField, DateField, PasswordField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, EqualTo, InputRequired, Length, Optional

from cass_portal.clock import today
from cass_portal.directory.models import Organization
from cass_portal.fields import EmailField, Form, LineField, VersionField
from cass_portal.people.models import MemberRole, Person, TermKind
from cass_portal.text import whole_number

PASSWORD_LENGTH = Length(
    12, 200, "Take at least 12 characters; a few words in a row are easy to keep in mind."
)
ROLES = [
    SelectChoice(MemberRole.AGENT, "Agent: reads and answers"),
    SelectChoice(MemberRole.LEAD, "Lead: also manages its people and policies"),
]
TERMS = [
    SelectChoice(TermKind.HOLDER, "Holder"),
    SelectChoice(TermKind.DELEGATE, "Delegate of the holder, for a time"),
]


def organization_choices(organizations: list[Organization]) -> list[SelectChoice]:
    return [SelectChoice(each.id, each.short_name) for each in organizations]


class SignInForm(Form):
    email = LineField("Mail address", [DataRequired("Please give your mail address."), Length(max=254)])
    password = PasswordField("Password", [InputRequired("Please give your password."), Length(max=200)])


class ForgottenForm(Form):
    email = EmailField("Mail address", [DataRequired("Please give your mail address.")])


class NewPasswordForm(Form):
    password = PasswordField("New password", [InputRequired("Please choose a password."), PASSWORD_LENGTH])
    password_confirm = PasswordField(
        "The same once more",
        [InputRequired("Please repeat it."), EqualTo("password", "The two are not the same.")],
    )


class JoinForm(NewPasswordForm):
    name = LineField(
        "Your name",
        [DataRequired("Please give your name."), Length(max=120)],
        description="Colleagues see it.",
    )


class FirstAdministratorForm(JoinForm):
    email = EmailField("Mail address", [DataRequired("Please give your mail address.")])


class ChangePasswordForm(NewPasswordForm):
    current = PasswordField(
        "Present password", [InputRequired("Please give your present password."), Length(max=200)]
    )


class NameForm(Form):
    name = LineField("Your name", [DataRequired("Please give your name."), Length(max=120)])


class InviteForm(Form):
    """`organization` and `role` for everybody who may invite."""

    email = EmailField("Mail address", [DataRequired("Please give a mail address.")])
    name = LineField("Name", [DataRequired("Please give a name."), Length(max=120)])
    organization = SelectField("Acts for", coerce=whole_number)
    role = SelectField("As", choices=ROLES, coerce=MemberRole, default=MemberRole.AGENT)

    def offer(self, organizations: list[Organization]) -> None:
        self.organization.choices = organization_choices(organizations)


class InviteAnybodyForm(InviteForm):
    """What administrators may grant besides."""

    administrator = BooleanField("Administrator: manages people, members and settings")
    coordinator = BooleanField("Coordinator: triages, routes and publishes for the Consortium")

    def offer(self, organizations: list[Organization]) -> None:
        self.organization.choices = [
            SelectChoice("", "No member organization"),
            *organization_choices(organizations),
        ]


class RolesForm(Form):
    administrator = BooleanField("Administrator: manages people, members and settings")
    coordinator = BooleanField("Coordinator: triages, routes and publishes for the Consortium")
    version = VersionField()


class MembershipForm(Form):
    organization = SelectField("Acts for", coerce=whole_number)
    role = SelectField("As", choices=ROLES, coerce=MemberRole, default=MemberRole.AGENT)


class SeatForm(Form):
    """One more seat of the affiliates; seats of core members come with the catalog."""

    label = LineField(
        "Name of the seat",
        [DataRequired("Please give the seat a name."), Length(max=80)],
        description="Such as “First affiliates’ seat”. Affiliates have one seat for every five of them.",
    )


class TermForm(Form):
    person = SelectField("Person", coerce=whole_number)
    kind = SelectField("As", choices=TERMS, coerce=TermKind)
    starts_on = DateField("First day", [InputRequired("Please give the first day.")], default=today)
    ends_on = DateField(
        "Last day", [Optional()], description="A delegate needs one; a holder stays until replaced."
    )

    def offer(self, people: list[Person]) -> None:
        self.person.choices = [SelectChoice(each.id, each.name) for each in people]
