"""Fields that only editions have: instants in UTC, levels of products, references of feedback."""

import re
from datetime import UTC, datetime
from typing import Any

from wtforms import DateTimeLocalField, Field
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import Select

from cass_portal.announcements.lifecycle import INCIDENT, MAINTENANCE, ProductLevel
from cass_portal.fields import TextField
from cass_portal.text import clean_line, whole_number


def stage_choices() -> list[SelectChoice]:
    groups = (("Incident", INCIDENT), ("Maintenance", MAINTENANCE))
    return [
        SelectChoice("", "Not a status notice"),
        *(
            SelectChoice(stage.value, stage.value.replace("_", " ").capitalize(), optgroup=group)
            for group, stages in groups
            for stage in stages
        ),
    ]


class InstantField(DateTimeLocalField):
    """A day and a time in UTC; `data` is aware, None when left empty."""

    data: Any

    def __init__(self, label: str | None = None, **options: Any) -> None:
        formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        super().__init__(label, format=formats, **options)

    def process_formdata(self, valuelist: list[Any]) -> None:
        if not "".join(valuelist).strip():
            self.data = None
            return
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Give a day and a time, such as 2026-03-12 14:30.") from None
        if isinstance(self.data, datetime):
            self.data = self.data.replace(tzinfo=UTC)


class LevelsField(Field):
    """Levels of single products, each sent as “id:level”; `data` maps ids to levels. The page draws the lists."""

    widget = Select()

    def process_data(self, value: Any) -> None:
        self.data = dict(value or {})

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = {}
        for each in valuelist:
            key, _, level = str(each).partition(":")
            product_id = whole_number(key)
            if each and (product_id is None or level not in set(ProductLevel)):
                raise ValueError("Choose one of the levels.")
            if product_id is not None:
                self.data[product_id] = ProductLevel(level)


class ReferencesField(TextField):
    """References of feedback, separated by commas, blanks or lines; `references` are in the order they are written."""

    @property
    def references(self) -> list[str]:
        written = re.split(r"[\s,;]+", clean_line(self.data or "").upper())
        return list(dict.fromkeys(each for each in written if each))
