"""What happens to a document, as far as the web site is concerned: rows and the event of the act."""

from cass_portal.announcements.lifecycle import EditionState
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.history import Audience, EventKind, record
from tests import factories

K = EventKind


def say(document, kind, by):
    record(document, kind, by=by, audience=Audience.PUBLIC, edition=document.latest_edition.number)


def publish(house, slug="spack-release", **fields):
    document = factories.announcement(
        fields.pop("title", "A release of Spack"),
        by=house.author,
        slug=slug,
        organizations=[house.alpha],
        **fields,
    )
    say(document, K.ANNOUNCEMENT_PUBLISHED, house.second)
    return document


def correct(document, house, **fields):
    """A further published edition."""
    document.public_edition.state = EditionState.SUPERSEDED
    number = document.latest_edition.number + 1
    with db.session.no_autoflush:
        edition = factories.edition(
            document, by=house.author, number=number, state=EditionState.PUBLISHED, organizations=[house.alpha],
            **({"change_note": "A number was wrong."} | fields),
        )  # fmt: skip
    factories.made(edition)
    say(document, K.ANNOUNCEMENT_PUBLISHED, house.second)


def withdraw(document, house, reason="It was not so."):
    document.public_edition.state = EditionState.WITHDRAWN
    document.withdrawn_at, document.withdrawal_reason = now(), reason
    say(document, K.ANNOUNCEMENT_WITHDRAWN, house.second)


def reinstate(document, house):
    document.public_edition.state = EditionState.PUBLISHED
    document.withdrawn_at = document.withdrawal_reason = None
    say(document, K.ANNOUNCEMENT_REINSTATED, house.second)
