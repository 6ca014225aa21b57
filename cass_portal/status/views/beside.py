"""What this room says beside an announcement: the timeline of a status notice."""

from collections.abc import Mapping, Sequence

from flask import Flask

from cass_portal.announcements.models import AnnouncementKind, Edition
from cass_portal.announcements.views import beside
from cass_portal.announcements.views.beside import Beside
from cass_portal.status import queries


def install(app: Flask) -> None:
    beside.install(app, timelines)


def timelines(editions: Sequence[Edition]) -> Mapping[int, Beside]:
    notices = [each for each in editions if each.announcement.kind == AnnouncementKind.STATUS]
    return {each.announcement.id: _beside(each) for each in queries.notices_of(notices)} if notices else {}


def _beside(notice: queries.Notice) -> Beside:
    return Beside(template="status/_beside.html", style="css/status.css", subject=notice)
