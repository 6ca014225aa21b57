"""Scheduled maintenance and events as a calendar (RFC 5545), in UTC. Addresses are given in; nothing is read here."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from icalendar import Calendar, Event

from cass_portal.announcements.models import Edition
from cass_portal.text import clean

PRODUCER = "-//CASS//Portal//EN"


class Appointment(NamedTuple):
    """`ends_at` is the end expected now; `moves` how often an update has moved it since the edition."""

    edition: Edition
    url: str
    ends_at: datetime | None
    moves: int = 0


def calendar(name: str, appointments: Iterable[Appointment]) -> bytes:
    found = Calendar()
    found.add("prodid", PRODUCER)
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    found.add("x-wr-calname", clean(name))
    for each in appointments:
        found.add_component(_event(each))
    return bytes(found.to_ical())


def _event(appointment: Appointment) -> Event:
    edition, announcement = appointment.edition, appointment.edition.announcement
    changed_at = announcement.withdrawn_at or edition.published_at or edition.edited_at
    event = Event()
    event.add("uid", f"{announcement.slug}@{urlsplit(appointment.url).hostname}")
    event.add("dtstamp", changed_at)
    event.add("last-modified", changed_at)
    event.add("sequence", edition.number + appointment.moves)
    event.add("dtstart", edition.starts_at)
    if (
        appointment.ends_at is not None
        and edition.starts_at is not None
        and appointment.ends_at > edition.starts_at
    ):
        event.add("dtend", appointment.ends_at)
    event.add("summary", clean(edition.title))
    event.add("description", clean(f"{edition.summary}\n{appointment.url}"))
    event.add("url", appointment.url)
    event.add("categories", [announcement.kind.replace("_", " ")])
    event.add("status", "CANCELLED" if announcement.withdrawn_at is not None else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    return event
