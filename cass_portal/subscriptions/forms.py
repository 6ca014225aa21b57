"""Forms of subscribing. Field names are part of the portal's promises: links with ?product=… fill them in."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectField, SelectMultipleField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired

from cass_portal.fields import CheckboxesField, EmailField, Form, LineField
from cass_portal.subscriptions.lifecycle import Frequency, Matter, Scope
from cass_portal.subscriptions.rules import OF_ONE_THING, target_named
from cass_portal.subscriptions.words import EXPLAINED, FREQUENCIES, KINDS, SHORT_FREQUENCIES
from cass_portal.subscriptions.zones import time_zones
from cass_portal.text import clean_line

TARGETS_LIMIT = 20
EVERYTHING, CHOSEN = "everything", "chosen"
UNKNOWN = _("One of these cannot be subscribed to, or not any more. Please choose again.")
NO_KIND = _("Tick at least one kind.")


def choices_of(words: Mapping[Any, str]) -> list[SelectChoice]:
    return [SelectChoice(str(each), label) for each, label in words.items()]


class TargetsField(SelectMultipleField):
    """Names of what rules are about, such as “product:kokkos”; which of them exist is for the query to say."""

    def __init__(self, label: str | None = None, **options: object) -> None:
        super().__init__(label, choices=[], validate_choice=False, **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        cleaned = dict.fromkeys(clean_line(each)[:150] for each in valuelist)
        self.data = [each for each in cleaned if each][: TARGETS_LIMIT + 1]


class ZoneField(SelectField):
    """A name of the IANA time zone database; older names count, for browsers know them."""

    def __init__(self, label: str | None = None, **options: object) -> None:
        super().__init__(label, choices=[], validate_choice=False, **options)

    def pre_validate(self, form: object) -> None:
        if self.data not in time_zones():
            raise ValidationError(_("Choose a time zone of the list."))


class RulesForm(Form):
    """What about, which kinds, how often."""

    which = RadioField(
        _("What do you want to hear of?"),
        choices=choices_of(
            {EVERYTHING: _("Everything the Consortium says"), CHOSEN: _("Only what I choose")}
        ),
        default=EVERYTHING,
    )
    about = TargetsField(_("Products, members, areas, topics"))
    kinds = CheckboxesField(
        _("Which kinds?"), choices=choices_of(EXPLAINED), default=[each.value for each in EXPLAINED]
    )
    frequency = RadioField(
        _("How often?"),
        choices=choices_of(FREQUENCIES),
        default=Frequency.IMMEDIATELY.value,
    )

    def validate_about(self, field: TargetsField) -> None:
        if self.which.data != CHOSEN:
            return
        if not field.data:
            raise ValidationError(_("Choose at least one, or everything above."))
        if len(field.data) > TARGETS_LIMIT:
            raise ValidationError(gettext("Choose up to %(count)s at a time.", count=TARGETS_LIMIT))
        if any(target_named(each) is None for each in field.data):
            raise ValidationError(UNKNOWN)

    def validate_kinds(self, field: CheckboxesField) -> None:
        if not field.data and not self.is_of_one_thing:
            raise ValidationError(NO_KIND)

    @property
    def is_of_one_thing(self) -> bool:
        """Whether it is about one announcement or one matter: then there is nothing else to choose but how often."""
        names = self.about.data or []
        return bool(names) and all(each.split(":")[0] in OF_ONE_THING for each in names)

    @property
    def targets(self) -> list[str]:
        return list(self.about.data or []) if self.which.data == CHOSEN else [Scope.EVERYTHING.value]

    @property
    def matters(self) -> list[Matter]:
        return [Matter(each) for each in self.kinds.data or []]


class SubscribeForm(RulesForm):
    """`website` is filled in by machines only."""

    email = EmailField(_("Your mail address"), [DataRequired(_("Give the address that the mails go to."))])
    time_zone = ZoneField(_("Your time zone"), default="UTC")
    website = LineField(_("Leave this field empty"))


class LinkForm(Form):
    email = EmailField(_("Your mail address"), [DataRequired(_("Give the address that the mails go to."))])
    website = LineField(_("Leave this field empty"))


class RuleForm(Form):
    """One row of what somebody hears of."""

    kinds = CheckboxesField(_("Kinds"), choices=choices_of(KINDS))
    frequency = SelectField(_("How often"), choices=choices_of(SHORT_FREQUENCIES))

    def validate_kinds(self, field: CheckboxesField) -> None:
        if not field.data:
            raise ValidationError(_("Tick at least one kind, or end it."))


class ZoneForm(Form):
    time_zone = ZoneField(_("Time zone"))
