"""Where an announcement can start from: a text for each purpose, with prompts in square brackets. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from cass_portal.announcements.lifecycle import AnnouncementKind


@dataclass(frozen=True)
class StartingText:
    """`line` says what it is for; `fields` are further fields of the editor's form."""

    key: str
    kind: AnnouncementKind
    name: str
    line: str
    title: str
    summary: str
    body: str
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def form_data(self) -> dict[str, Any]:
        """What the editor's form holds when somebody starts from it."""
        texts = {"title": self.title, "summary": self.summary, "body": self.body}
        return {"kind": self.kind.value, **texts, **self.fields}


@cache
def starting_texts() -> tuple[StartingText, ...]:
    rows = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return tuple(StartingText(**(row | {"kind": AnnouncementKind(row["kind"])})) for row in rows)


def form_data_of(key: str | None) -> dict[str, Any]:
    """That of the text called `key`; nothing for a blank page or an unknown one."""
    return next((each.form_data for each in starting_texts() if each.key == key), {})
