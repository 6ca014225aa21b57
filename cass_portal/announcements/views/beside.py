"""What later rooms have to say beside announcements. They register in rooms.py; this room asks, knowing none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from flask import Flask, current_app

from cass_portal.announcements.models import Edition

EXTENSION = "beside_announcements"


@dataclass(frozen=True)
class Beside:
    """`template` draws `subject` on the public page (as `each.subject`), with the style sheet `style`."""

    template: str
    style: str
    subject: Any


Source: TypeAlias = Callable[[Sequence[Edition]], Mapping[int, Beside]]
"""By the announcement's id, for those of the editions that the room has something about, in constant statements."""


def install(app: Flask, source: Source) -> None:
    app.extensions.setdefault(EXTENSION, []).append(source)


def beside(editions: Sequence[Edition]) -> dict[int, list[Beside]]:
    """What all rooms say, by the announcement's id."""
    found: dict[int, list[Beside]] = {}
    for source in current_app.extensions.get(EXTENSION, []):
        for announcement_id, each in source(editions).items():
            found.setdefault(announcement_id, []).append(each)
    return found
