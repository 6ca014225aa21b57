"""What nobody outside may read: an unpublished edition in every state, and all that is said about it."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from cass_portal.announcements import actions
from cass_portal.announcements.actions.readers import comment, invite_reader
from cass_portal.announcements.agreement import Stance
from cass_portal.announcements.lifecycle import EditionState, ProductLevel, Stage
from cass_portal.announcements.models import (
    AnnouncementKind,
    CheckedLink,
    Editing,
    LinkState,
    ReaderLinkKind,
)
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import Organization, Product
from cass_portal.people.models import Seat
from tests import factories
from tests.security.world import World

UNPUBLISHED = "molybdenumdraft"
"""In every text of every open edition; for coordinators and members alone."""
UNSAVED = "lanthanumunsaved"
"""In what somebody typed and did not save; for that person alone."""
WORDS = f"Words with {UNPUBLISHED} in them."


def plant(world: World) -> None:
    """BRAVO's representative objects to one of the texts; another coordinator than its author has typed at it."""
    editor, second = world.people["coordinator"], factories.coordinator("Sekunda Coordinator")
    world.people["typist"] = second
    organization = db.session.get_one(Organization, world.values["organization_id"])
    product = db.session.scalars(sa.select(Product).where(Product.slug == world.values["product_slug"])).one()

    def text(kind: AnnouncementKind, state: EditionState = EditionState.DRAFT, **more: Any) -> Any:
        usual = {
            "title": f"About {UNPUBLISHED}",
            "summary": WORDS,
            "body": WORDS,
            "organizations": [organization],
        }
        fields = usual | {"products": [product]} | more
        return factories.announcement(by=editor, kind=kind, state=state, **fields).latest_edition

    later = now() + timedelta(days=1)
    asked = text(AnnouncementKind.DIRECTION)
    text(AnnouncementKind.STATUS, levels={product: ProductLevel.OUTAGE}, stage=Stage.INVESTIGATING)
    text(AnnouncementKind.EVENT, EditionState.SCHEDULED, starts_at=later, publish_at=later)
    text(AnnouncementKind.NEWS, EditionState.DISCARDED)
    revised(
        text(AnnouncementKind.NEWS, EditionState.PUBLISHED, body="Old.", summary="Old.", title="Old"),
        by=editor,
    )
    actions.request_sign_off(asked, by=editor)
    actions.cast_vote(
        asked, seat=db.session.get_one(Seat, world.values["bravo_seat_id"]), stance=Stance.UNCOMFORTABLE, reason=WORDS,
        text_hash=asked.text_hash, by=world.people["objector"],
    )  # fmt: skip
    link, _ = invite_reader(
        asked, kind=ReaderLinkKind.FACT_CHECK, label=f"Reader of {UNPUBLISHED}", by=editor
    )
    comment(link, body=WORDS, text_hash=asked.text_hash, form_key="one form")
    factories.made(
        CheckedLink(edition=asked, url=f"https://example.org/{UNPUBLISHED}", state=LinkState.BROKEN)
    )
    for edition in (asked, None):
        typed = {name: [f"Typed: {UNSAVED}"] for name in ("title", "summary", "body")}
        factories.made(
            Editing(person=second, edition=edition, seen_at=now(), fields=typed, saved_at=now(), based_on=1)
        )
    db.session.commit()


def revised(published: Any, *, by: Any) -> None:
    """An open second edition of what the public reads in its first."""
    draft = actions.open_edition(published, by=by)
    actions.edit(
        draft, title=f"Revised: {UNPUBLISHED}", summary=WORDS, body=WORDS, change_note=WORDS,
        organizations=list(published.organizations), products=published.products, by=by,
    )  # fmt: skip
