"""The form of an update. Its stages and products are those of the notice, so it is made for each."""

from datetime import UTC, datetime
from typing import Any

from wtforms import BooleanField, DateTimeLocalField, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional

from cass_portal.announcements.lifecycle import OVER, ProductLevel, Stage
from cass_portal.clock import now
from cass_portal.directory.models import Product
from cass_portal.fields import Form, LineField, TextField, VersionField
from cass_portal.status.rules import BODY_LIMIT, URL_LIMIT, is_https
from cass_portal.status.words import LEVELS

AS_IT_IS = ""


class UpdateForm(Form):
    stage = SelectField("Stage")
    body = TextField(
        "What is known now",
        [DataRequired("Say in a few words what is known."), Length(max=BODY_LIMIT)],
        description="Plain text. Everybody can read it at once, on the pages and in the feeds.",
    )
    ends_at = DateTimeLocalField(
        "New expected end (UTC)",
        [Optional()],
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        description="Coordinated Universal Time. Leave it empty when nothing new is known.",
    )
    post_mortem_url = LineField(
        "Address of the post-mortem",
        [Length(max=URL_LIMIT)],
        description="Begins with https://. At the end or after it.",
    )
    tell = BooleanField(
        "Tell subscribers",
        default=True,
        description="Without the tick it stands on the pages and in the feeds, and nobody gets a mail.",
    )
    version = VersionField()

    def validate_ends_at(self, field: Any) -> None:
        if self.instant is not None and not self.is_end and self.instant <= now():
            raise ValidationError("The expected end must lie ahead.")

    def validate_post_mortem_url(self, field: Any) -> None:
        if field.data and not is_https(field.data):
            raise ValidationError("Give an address that begins with https://.")
        if field.data and not self.is_end:
            raise ValidationError("A post-mortem belongs to the end.")

    @property
    def is_end(self) -> bool:
        return self.stage.data in {each.value for each in OVER}

    @property
    def instant(self) -> datetime | None:
        chosen: datetime | None = self.ends_at.data
        return chosen.replace(tzinfo=UTC) if chosen is not None else None

    def level_fields(self) -> list[Any]:
        return [field for field in self if field.name.startswith("level_")]

    def levels(self, products: list[Product]) -> dict[Product, ProductLevel]:
        """What was chosen for each product where something was."""
        chosen = {each: self[f"level_{each.id}"].data for each in products}
        return {each: ProductLevel(level) for each, level in chosen.items() if level != AS_IT_IS}


def form_for(
    stages: list[tuple[Stage, str]], products: list[tuple[Product, ProductLevel]], **options: Any
) -> UpdateForm:
    """A form with a choice of `stages`, and one of levels for each of `products`, which stand where it says."""
    fields = {
        f"level_{product.id}": SelectField(
            product.name,
            choices=[
                SelectChoice(AS_IT_IS, f"As it is ({LEVELS[level].lower()})"),
                *(SelectChoice(each.value, words) for each, words in LEVELS.items()),
            ],
        )
        for product, level in products
    }
    form: UpdateForm = type("UpdateForm", (UpdateForm,), fields)(**options)
    form.stage.choices = [SelectChoice(each.value, words) for each, words in stages]
    return form
