"""Who may be told of a note, and who is named in it: “@Robin Coordinator”."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from cass_portal.casework.presence import may_know_of
from cass_portal.casework.refusals import MayNotRead
from cass_portal.directory.models import Organization
from cass_portal.feedback.models import Feedback, Visibility
from cass_portal.feedback.words import joined
from cass_portal.people.models import Person
from cass_portal.people.queries import coordinators, people_of


def readers_of(item: Feedback, *, actor: Any, organization: Organization | None) -> list[Person]:
    """Whom `actor` knows of that could be let read a note of `organization` (None: of the coordinators), by name."""
    found = {each.id: each for each in coordinators()}
    if item.visibility != Visibility.COORDINATORS:
        members = [e.organization for e in item.assignments if e.organization_id in item.organization_ids]
        for member in [*([organization] if organization is not None else []), *members]:
            found |= {each.id: each for each in people_of(member)}
    known = [each for each in found.values() if may_know_of(each, actor)]
    return sorted(known, key=lambda each: (each.name, each.id))


def named_in(text: str, people: Iterable[Person]) -> list[Person]:
    """People whose name stands in `text` behind an @; the longest name that fits counts."""
    if "@" not in text:
        return []
    found = []
    for each in sorted(people, key=lambda person: -len(person.name)):
        pattern = re.compile(rf"@{re.escape(each.name)}(?!\w)", re.IGNORECASE)
        if pattern.search(text):
            found.append(each)
            text = pattern.sub(" ", text)
    return found


def names_nobody(text: str, named: Iterable[Person]) -> str:
    """The first @ word of `text` that is the name of none of `named`; empty without one."""
    for each in sorted(named, key=lambda person: -len(person.name)):
        text = re.sub(rf"@{re.escape(each.name)}(?!\w)", " ", text, flags=re.IGNORECASE)
    found = re.search(r"(?<![\w.])@[^\W\d_][\w-]{0,40}", text)
    return found.group() if found else ""


def check_may_read(
    people: Sequence[Person], item: Feedback, *, organization: Organization | None, for_members: bool
) -> None:
    """Raises MayNotRead, naming them, where somebody could not read the note they are mentioned in."""
    shared = item.organization_ids if for_members else frozenset()
    readable = shared | ({organization.id} if organization is not None else frozenset())
    if item.visibility == Visibility.COORDINATORS:
        readable = frozenset()
    kept_out = [each.name for each in people if not _may(each, readable)]
    if kept_out:
        names = joined(kept_out)
        raise MayNotRead(f"{names} may not read this note; choose more readers, or leave the name out")


def _may(person: Any, organization_ids: frozenset[int]) -> bool:
    joined_and_active = person.active and person.joined_at is not None
    return bool(joined_and_active and (person.is_coordinator or person.organization_ids & organization_ids))
