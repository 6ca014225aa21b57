"""Who is told of announcements, votes and the web site."""

from collections.abc import Iterable, Iterator

from cass_portal.delivery.models import RecipientRole
from cass_portal.delivery.recipients.kinds import Recipient, administrators, coordinators
from cass_portal.history import Event
from cass_portal.people import queries
from cass_portal.people.models import Person
from cass_portal.status import queries as status

R = RecipientRole


def author(event: Event) -> Iterator[Recipient]:
    """Who edited the announcement last."""
    editor: Person = event.announcement.latest_edition.edited_by
    if editor.active:
        yield Recipient(editor.email, R.PERSON, person=editor)


def owner_of_notice(event: Event) -> Iterator[Recipient]:
    """Who is to say how it goes on; the coordinators where nobody is left."""
    edition = event.announcement.public_edition
    owner = next((each.owner for each in status.notices_of([edition] if edition else [])), None)
    if owner is None:
        yield from coordinators(event)
    else:
        yield Recipient(owner.email, R.PERSON, person=owner)


def representatives(_event: Event) -> Iterator[Recipient]:
    """Whoever can vote: holders and running delegates of the seats of the Steering Committee."""
    for each in queries.representatives():
        yield Recipient(each.email, R.REPRESENTATIVE, person=each)


def silent_representatives(event: Event) -> Iterator[Recipient]:
    for each in queries.representatives(event.detail["silent_seats"]):
        yield Recipient(each.email, R.REPRESENTATIVE, person=each)


def on_edited(event: Event) -> Iterable[Recipient]:
    """Whose votes no longer count, and who was asked to give one."""
    if event.detail.get("ballot") is None:
        return ()
    return [each for each in representatives(event) if each.person and each.person.id != event.actor_id]


def on_question_raised(event: Event) -> Iterator[Recipient]:
    """The members, who vote at once where a second person was to decide; the author and the coordinators."""
    asks = event.detail.get("ballot") is not None
    for each in representatives(event):
        if asks or (each.person and each.person.id != event.actor_id):
            yield each
    yield from on_count(event)


def on_count(event: Event) -> Iterator[Recipient]:
    yield from author(event)
    yield from coordinators(event)


def on_site_request(event: Event) -> Iterator[Recipient]:
    """Only a failure that somebody has to look at: the pages show the rest."""
    if event.detail.get("state") == "failed":
        yield from coordinators(event)
        yield from administrators(event)
