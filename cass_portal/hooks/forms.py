"""What a webhook is asked for."""

from typing import Any

from wtforms import SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, ValidationError

from cass_portal.fields import CheckboxesField, Form, LineField, VersionField
from cass_portal.hooks.addresses import AddressRefused, check_address
from cass_portal.hooks.models import HookKind, Webhook
from cass_portal.hooks.wishes import chosen_of, offered
from cass_portal.hooks.words import KINDS


class HookForm(Form):
    """`kind` is asked for once: what is signed for one side and what is written for another do not mix."""

    kind = SelectField(
        "What is called",
        choices=[SelectChoice(each.value, words) for each, words in KINDS.items()],
        description="A signed webhook gets JSON; the chats get a line with a link, through their incoming webhooks.",
    )
    name = LineField(
        "Name",
        [DataRequired("Give it a name."), Length(max=80)],
        description="Its managers see it, and coordinators in the list of deliveries.",
    )
    url = LineField(
        "Address",
        [
            DataRequired("Give the address that is called."),
            Length(max=2000, message="An address has at most 2,000 characters."),
        ],
        description="It begins with https:// and is in the public network.",
    )
    wishes = CheckboxesField("What it is told of", [DataRequired("Choose at least one.")])
    version = VersionField()

    def __init__(
        self, hook: Webhook | None = None, *, to_organization: bool, is_local: bool, **kwargs: Any
    ) -> None:
        known = _values_of(hook) if hook is not None else {}
        super().__init__(data=known, **kwargs)
        self.is_local = is_local
        self.wishes.choices = [
            SelectChoice(each.key, f"{each.words}: {each.about}")
            for each in offered(to_organization=to_organization)
        ]
        if hook is not None:
            del self.kind

    def validate_url(self, field: LineField) -> None:
        try:
            check_address(field.data or "", is_local=self.is_local)
        except AddressRefused as refusal:
            raise ValidationError(f"{str(refusal)[:1].upper()}{str(refusal)[1:]}.") from None

    @property
    def chosen_kind(self) -> HookKind:
        return HookKind(self.kind.data)


def _values_of(hook: Webhook) -> dict[str, Any]:
    chosen = chosen_of(hook.kinds, to_organization=hook.organization_id is not None)
    return {
        "name": hook.name,
        "url": hook.url,
        "wishes": [each.key for each in chosen],
        "version": hook.version,
    }
